/// Landmarks and masks of the photos, from golden data.
import Compute
import SMPLX
import TensorFiles
import TestSupport

@testable import AvatarCreation

struct FitFixture {
  let landmarks: PersonLandmarks
  let mask: Matte

  init(_ path: String) throws {
    let file = try NPZFile(path: path)
    func floats(_ key: String) throws -> [Float] { try file.tensor(key).floats() }
    /// Pixel centres at whole numbers become ones at +0.5.
    func vectors(_ key: String, width: Int, shift: SIMD3<Float> = .zero) throws -> [SIMD3<Float>] {
      let values = try floats(key)
      return (0..<values.count / width).map {
        SIMD3(values[$0 * width], values[$0 * width + 1], values[$0 * width + 2]) + shift
      }
    }
    let half = SIMD3<Float>(0.5, 0.5, 0)
    let size = try file.tensor("size").ints()
    let points = try floats("points")
    let body = try vectors("points", width: 5, shift: half).enumerated().map {
      PersonLandmarks.Point(
        position: $1, visibility: points[5 * $0 + 3], presence: points[5 * $0 + 4])
    }
    func hand(_ side: String) throws -> PersonLandmarks.Hand? {
      guard file.contains("\(side)_hand") else { return nil }
      let confidence = try floats("\(side)_hand_flag")[0]
      guard confidence >= 0.5 else { return nil }
      return PersonLandmarks.Hand(
        points: try vectors("\(side)_hand", width: 3, shift: half),
        world: try vectors("\(side)_hand_world", width: 3), confidence: confidence)
    }
    var face: PersonLandmarks.Face?
    if file.contains("face") {
      face = PersonLandmarks.Face(
        points: try vectors("face", width: 3, shift: half), confidence: try floats("face_flag")[0])
    }
    landmarks = PersonLandmarks(
      width: size[0], height: size[1], body: body, world: try vectors("world", width: 3),
      leftHand: try hand("left"), rightHand: try hand("right"), face: face)
    mask = Matte(
      width: size[0], height: size[1],
      coverage: try file.tensor("mask").bytes().map { Float($0) / 255 })
  }
}
