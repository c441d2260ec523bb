import Foundation
import Rasterizer
import TestSupport
import Testing

@testable import Avatar

@Suite struct CameraTests {
  /// Pixel and depth of a world point, by the definition in `PinholeCamera`.
  func project(_ point: SIMD3<Float>, _ path: CameraPath, frame: Int = 0) -> SIMD3<Float> {
    let (r0, r1, r2) = path.rotation(frame: frame)
    let p = point - path.target(frame: frame)
    let q = SIMD3((r0 * p).sum(), (r1 * p).sum(), (r2 * p).sum()) - path.offset
    let focal = Float(path.height) / 2 / tan(path.fieldOfView / 2)
    return [
      q.x / q.z * focal + Float(path.width) / 2, q.y / q.z * focal + Float(path.height) / 2, q.z,
    ]
  }

  func path(yaw: Float, pitch: Float = 0) -> CameraPath {
    CameraPath(
      yaw: yaw * .pi / 180, pitch: pitch * .pi / 180, target: [[0, 1, 0]], fieldOfView: 0.5,
      width: 640, height: 480)
  }

  @Test func personsLeftIsOnTheRightOfThePicture() {
    // Seen from the front the person's left hand (+X) is right of the middle, the head above it.
    let front = path(yaw: 0)
    #expect(project([0.5, 1, 0], front).x > 330)
    #expect(project([0, 1.5, 0], front).y < 230)
    #expect(abs(project([0, 1, 0], front).z - 3) < 1e-5)
    #expect(project([0, 1, 0.5], front).z < 3, "the face is nearer than the back")
    // From behind it is left.
    #expect(project([0.5, 1, 0], path(yaw: 180)).x < 310)
    // At yaw 90 the camera stands at the person's left: the left hand is near, the face is left.
    let left = path(yaw: 90)
    #expect(project([0.5, 1, 0], left).z < 2.6)
    #expect(project([0, 1, 0.5], left).x < 310)
    // From above, the near foot is lower in the picture.
    let above = path(yaw: 0, pitch: 30)
    #expect(project([0, 1, 0.5], above).y > project([0, 1, -0.5], above).y)
  }

  @Test func pinholeCameraAgrees() {
    var path = path(yaw: 33, pitch: 12)
    path.offset = [0.2, -0.1, -4]
    let camera = path.camera(frame: 0)
    let point = SIMD3<Float>(0.3, 1.4, -0.2)
    let expected = project(point, path)
    let q =
      SIMD3(
        (camera.rotation.0 * point).sum(), (camera.rotation.1 * point).sum(),
        (camera.rotation.2 * point).sum()) + camera.translation
    let pixel = SIMD2(q.x, q.y) / q.z * camera.focalLength + camera.principalPoint
    #expect(abs(pixel.x - expected.x) < 1e-2 && abs(pixel.y - expected.y) < 1e-2)
    #expect(abs(q.z - expected.z) < 1e-4)
  }

  @Test(arguments: [Float(0), 17, 90, 211]) func framingIsExact(yaw: Float) throws {
    var generator = SeededGenerator(state: UInt64(yaw) + 1)
    let points = (0..<333).map { _ in
      SIMD3<Float>(
        .random(in: -0.6...0.9, using: &generator), .random(in: 0...1.8, using: &generator),
        .random(in: -0.4...0.5, using: &generator))
    }
    for margin in [Float(0), 0.1] {
      var path = path(yaw: yaw, pitch: 20)
      var framing = Framing(path: path, margin: margin)
      let (x, y, z) = (points.map(\.x), points.map(\.y), points.map(\.z))
      framing.add(x: x, y: y, z: z, count: points.count, path: path, frame: 0)
      path.offset = try #require(framing.offset())
      let pixels = points.map { project($0, path) }
      let horizontal = pixels.map { abs($0.x - 320) / 320 }.max() ?? 0
      let vertical = pixels.map { abs($0.y - 240) / 240 }.max() ?? 0
      // Everything is inside, and what decides touches the border.
      #expect(max(horizontal, vertical) <= 1 - margin + 1e-3)
      #expect(max(horizontal, vertical) >= 1 - margin - 1e-3)
      // The other axis is centred: equally far from both sides at the points that decide.
      let left = pixels.map(\.x).min() ?? 0
      let right = pixels.map(\.x).max() ?? 0
      if horizontal > 1 - margin - 1e-3 { #expect(abs((left + right) / 2 - 320) < 0.5) }
    }
  }

  @Test func framingWithADistance() throws {
    var path = path(yaw: 0)
    var framing = Framing(path: path, margin: 0)
    framing.add(x: [0, 1], y: [1, 1], z: [0, 0], count: 2, path: path, frame: 0)
    path.offset = try #require(framing.offset(distance: 7))
    #expect(abs(project([0, 1, 0], path).z - 7) < 1e-5)
    #expect(Framing(path: path, margin: 0).offset() == nil)
  }
}
