import Compute
import SMPLX
import TestSupport
import Testing

@testable import Avatar

/// Somebody who starts far from the origin and walks on, 0.1 m a frame, bobbing.
struct Walk: PoseSource {
  let start: SIMD3<Float>
  let frameCount: Int

  func translation(_ frame: Int) -> SIMD3<Float> {
    start + SIMD3(0.1 * Float(frame), frame % 2 == 0 ? 0.02 : -0.02, 0)
  }

  func pose(frame: Int, into pose: inout BodyPose) throws {
    pose = BodyPose()
    pose.translation = translation(frame)
  }
}

@Suite struct CameraModeTests {
  static let walk = Walk(start: [50, 0.4, -3], frameCount: 40)

  func scene(_ mode: CameraMode) throws -> Scene {
    let pool = WorkerPool(threads: 1)
    let person = try Person(
      avatar: "sample", assets: Assets(root: Fixtures.packageRoot.path + "/assets"), pool: pool)
    return try Scene(
      person: person, poses: Self.walk, selection: .all(Self.walk.frameCount),
      settings: CameraSettings(
        mode: mode, yaw: 0.2, pitch: 0.1, distance: nil, fieldOfView: 0.5, margin: 0.1),
      width: 320, height: 240, pool: pool)
  }

  /// The largest distance of a vertex from the picture's middle, 1 at its edge, in a frame; infinite
  /// when one is behind the camera.
  func reach(_ scene: Scene, frame: Int) throws -> Float {
    let poser = BodyPoser(body: scene.person.body, pool: WorkerPool(threads: 1))
    var pose = BodyPose()
    try scene.poses.pose(frame: frame, into: &pose)
    try poser.pose(pose)
    let vertices = poser.vertices()
    let camera = scene.camera.camera(frame: frame)
    var reach: Float = 0
    for index in 0..<vertices.count {
      let point = vertices[index]
      let z = (camera.rotation.2 * point).sum() + camera.translation.z
      guard z > 0 else { return .infinity }
      let x = ((camera.rotation.0 * point).sum() + camera.translation.x) / z
      let y = ((camera.rotation.1 * point).sum() + camera.translation.y) / z
      reach = max(reach, abs(x * camera.focalLength.x) / 160, abs(y * camera.focalLength.y) / 120)
    }
    return reach
  }

  func path(_ scene: Scene) throws -> CameraPath { try #require(scene.camera as? CameraPath) }

  func reaches(_ scene: Scene) throws -> [Float] {
    try (0..<Self.walk.frameCount).map { try reach(scene, frame: $0) }
  }

  @Test func fitSeesTheWholeWalk() throws {
    let scene = try scene(.fit)
    let reaches = try reaches(scene)
    let largest = try #require(reaches.max())
    #expect(abs(largest - 0.9) < 2e-3, "everything is inside, and something touches the margin")
    let camera = try path(scene)
    #expect(camera.yaw == 0.2 && camera.turn == .none && camera.target.count == 1)
  }

  @Test func fixedFramesTheStart() throws {
    let scene = try scene(.fixed)
    let reaches = try reaches(scene)
    #expect(abs(reaches[0] - 0.9) < 2e-3)
    // It stands still, and 3.9 m further the walker has left the picture.
    let camera = try path(scene)
    #expect(camera.turn == .none && camera.target.count == 1)
    #expect(reaches[39] > 1.5)
  }

  @Test func followGoesAlong() throws {
    let scene = try scene(.follow)
    let camera = try path(scene)
    let reaches = try reaches(scene)
    for reach in reaches { #expect(reach <= 0.902 && reach > 0.75, "\(reach)") }
    let rest = scene.person.body.restJoints[0]
    for frame in 3..<37 {
      // The walk without its bobbing; the smoothing is symmetric, so it does not lag.
      let away = camera.target(frame: frame) - rest - Self.walk.translation(frame)
      #expect(abs(away.x) < 1e-4 && abs(away.y) < 0.03 && abs(away.z) < 1e-5, "\(away)")
    }
    let heights = (3..<37).map { camera.target(frame: $0).y }
    let bobbing = (heights.max() ?? 1) - (heights.min() ?? 0)
    #expect(bobbing < 0.04 / 2, "half of the bobbing at most: \(bobbing)")
  }

  @Test func orbitGoesRoundOnce() throws {
    let scene = try scene(.orbit)
    let camera = try path(scene)
    let reaches = try reaches(scene)
    for reach in reaches { #expect(reach <= 0.902) }
    #expect((reaches.max() ?? 0) > 0.897)
    let count = Self.walk.frameCount
    for frame in 0..<count {
      let expected = 0.2 + 2 * Float.pi * Float(frame) / Float(count)
      #expect(abs(camera.yaw(frame: frame) - expected) < 1e-5)
      #expect(camera.target(frame: frame) == camera.target(frame: 0))
    }
    // The last frame is one step short of the first.
    #expect(camera.turn.frames == count)
  }
}
