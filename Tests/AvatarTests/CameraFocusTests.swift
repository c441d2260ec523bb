import Compute
import SMPLX
import TestSupport
import Testing

@testable import Avatar

/// Somebody who walks, waves an arm and nods.
private struct Waving: PoseSource {
  let frameCount = 24

  func pose(frame: Int, into pose: inout BodyPose) throws {
    pose = BodyPose()
    let phase = Float(frame) / 24 * 2 * .pi
    pose.translation = [3 + 0.05 * Float(frame), 0.2, -1]
    pose.rotations[16] = [0, 0, -1.2 + 0.5 * sinSeries(phase)]
    pose.rotations[17] = [0, 0, 0.9]
    pose.rotations[15] = [0.3 * sinSeries(phase), 0.2, 0]
  }

  /// Smooth and periodic is all that is asked.
  private func sinSeries(_ x: Float) -> Float {
    let t = x > .pi ? x - 2 * .pi : x
    return t - t * t * t / 9.87
  }
}

@Suite struct CameraFocusTests {
  static let person = Result {
    try Person(avatar: "sample", assets: Assets(root: Fixtures.packageRoot.path + "/assets"))
  }

  private func scene(
    _ mode: CameraMode, _ focus: CameraFocus, target: SIMD3<Float>? = nil, distance: Float? = nil,
    yaw: Float = 0.3, poses: any PoseSource = Waving(), turn: Float? = nil
  ) throws -> Scene {
    try Scene(
      person: Self.person.get(), poses: poses, selection: .all(poses.frameCount),
      settings: CameraSettings(
        mode: mode, yaw: yaw, pitch: 0.1, distance: distance, fieldOfView: 0.5, margin: 0.1,
        focus: focus, target: target),
      width: 320, height: 240, turn: turn, pool: WorkerPool(threads: 2))
  }

  /// Where a world point is seen, 1 at the picture's edges; nil behind the camera.
  private func seen(_ point: SIMD3<Float>, _ scene: Scene, frame: Int) -> SIMD2<Float>? {
    let camera = scene.camera.camera(frame: frame)
    let z = (camera.rotation.2 * point).sum() + camera.translation.z
    guard z > 0 else { return nil }
    let x = ((camera.rotation.0 * point).sum() + camera.translation.x) / z * camera.focalLength.x
    let y = ((camera.rotation.1 * point).sum() + camera.translation.y) / z * camera.focalLength.y
    return [x / 160, y / 120]
  }

  private func vertices(
    _ scene: Scene, _ focus: CameraFocus, frame: Int
  ) throws -> [SIMD3<Float>] {
    let poser = BodyPoser(body: scene.person.body, pool: WorkerPool(threads: 1))
    var pose = BodyPose()
    try scene.poses.pose(frame: frame, into: &pose)
    try poser.pose(pose)
    let posed = poser.vertices()
    let dominant = scene.person.body.model.dominantJoints()
    return dominant.indices.filter { focus.joints?.contains(dominant[$0]) ?? true }.map {
      posed[$0]
    }
  }

  private func reach(_ scene: Scene, _ focus: CameraFocus, frame: Int) throws -> Float {
    var reach: Float = 0
    for vertex in try vertices(scene, focus, frame: frame) {
      guard let point = seen(vertex, scene, frame: frame) else { return .infinity }
      reach = max(reach, abs(point.x), abs(point.y))
    }
    return reach
  }

  /// Parts of the bundled bodies where parts of a body are.
  @Test func partsAreWhereTheyShouldBe() throws {
    let body = try Self.person.get().body
    let dominant = body.model.dominantJoints()
    let rest = body.restVertices
    func box(_ focus: CameraFocus) -> (low: SIMD3<Float>, high: SIMD3<Float>, count: Int) {
      var (low, high) = (SIMD3<Float>(repeating: .infinity), -SIMD3<Float>(repeating: .infinity))
      var count = 0
      for vertex in dominant.indices where focus.joints?.contains(dominant[vertex]) ?? true {
        low.replace(with: rest[vertex], where: rest[vertex] .< low)
        high.replace(with: rest[vertex], where: rest[vertex] .> high)
        count += 1
      }
      return (low, high, count)
    }
    let joints = body.restJoints
    let (full, head, hands) = (box(.full), box(.head), box(.hands))
    let (feet, upper) = (box(.feet), box(.upper))
    #expect(full.count == dominant.count)
    #expect(head.high.y == full.high.y && head.low.y > joints[9].y && head.low.x > joints[17].x)
    // In the T pose the hands are outermost, on both sides.
    #expect(hands.high.x == full.high.x && hands.low.x == full.low.x)
    #expect(hands.low.y > joints[0].y)
    #expect(feet.low.y == full.low.y && feet.high.y < joints[4].y && feet.high.z > 0)
    #expect(upper.high.y == full.high.y && upper.low.y > joints[4].y)
    for part in [head, hands, feet, upper] { #expect(part.count > 200 && part.count < full.count) }
  }

  /// What is framed touches the margin and nothing of it is outside, however the camera goes.
  @Test(arguments: CameraFocus.allCases, [CameraMode.fit, .follow, .orbit])
  func framesThePart(focus: CameraFocus, mode: CameraMode) throws {
    let scene = try scene(mode, focus)
    let reaches = try (0..<24).map { try reach(scene, focus, frame: $0) }
    let largest = reaches.max() ?? 0
    #expect(abs(largest - 0.9) < 3e-3, "\(reaches)")
  }

  @Test(arguments: CameraFocus.allCases) func fixedFramesThePartOfTheStart(
    focus: CameraFocus
  ) throws {
    let scene = try scene(.fixed, focus)
    #expect(abs(try reach(scene, focus, frame: 0) - 0.9) < 3e-3)
  }

  /// A turntable of a head turns about the head and stays as close all the time.
  @Test func turntableTurnsAboutThePart() throws {
    let scene = try scene(
      .fit, .head, yaw: 0, poses: StillPose(BodyPose(), frameCount: 12), turn: 360)
    let path = try #require(scene.camera as? CameraPath)
    let head = try vertices(scene, .head, frame: 0)
    let x = head.map(\.x)
    let z = head.map(\.z)
    #expect(abs(path.target[0].x - ((x.min() ?? 0) + (x.max() ?? 0)) / 2) < 1e-5)
    #expect(abs(path.target[0].z - ((z.min() ?? 0) + (z.max() ?? 0)) / 2) < 1e-5)
    let reaches = try (0..<12).map { try reach(scene, .head, frame: $0) }
    #expect(abs((reaches.max() ?? 0) - 0.9) < 3e-3 && (reaches.min() ?? 0) > 0.75, "\(reaches)")
  }

  /// The part is followed: the head of a walker stays where it is in the picture.
  @Test func followGoesWithThePart() throws {
    let scene = try scene(.follow, .head)
    for frame in 2..<22 {
      let head = try vertices(scene, .head, frame: frame)
      let middle = head.reduce(.zero, +) / Float(head.count)
      let point = try #require(seen(middle, scene, frame: frame))
      #expect(abs(point.x) < 0.4 && abs(point.y) < 0.4, "frame \(frame): \(point)")
    }
  }

  @Test(arguments: [CameraMode.fit, .fixed, .follow, .orbit])
  func targetIsInTheMiddle(mode: CameraMode) throws {
    let target: SIMD3<Float> = [3.1, 0.5, -0.9]
    for distance in [nil, 1.5] as [Float?] {
      let scene = try scene(mode, .head, target: target, distance: distance)
      let path = try #require(scene.camera as? CameraPath)
      for frame in 0..<24 {
        let point = mode == .follow ? path.target(frame: frame) : target
        let place = try #require(seen(point, scene, frame: frame))
        #expect(abs(place.x) < 1e-4 && abs(place.y) < 1e-4, "\(place)")
      }
      #expect(path.target[0] == target)
      let camera = scene.camera.camera(frame: 0)
      let away = (camera.rotation.2 * target).sum() + camera.translation.z
      if let distance {
        #expect(abs(away - distance) < 1e-4)
      } else {
        // The least distance at which all of it is seen.
        let frames = mode == .fixed ? 0..<1 : 0..<24
        let largest = try frames.map { try reach(scene, .head, frame: $0) }.max() ?? 0
        #expect(abs(largest - 0.9) < 3e-3, "\(largest)")
      }
    }
  }

  @Test func followWithATargetGoesAlong() throws {
    let target: SIMD3<Float> = [3.1, 0.5, -0.9]
    let scene = try scene(.follow, .full, target: target)
    let path = try #require(scene.camera as? CameraPath)
    let way = path.target(frame: 20) - path.target(frame: 0)
    #expect(abs(way.x - 1) < 0.02 && abs(way.y) < 1e-4 && abs(way.z) < 1e-4, "\(way)")
  }
}
