/// Bodies and poses that the body tests share.
import Compute
import Foundation
import TensorFiles
import TestSupport

@testable import SMPLX

/// One golden case: inputs and outputs of the reference implementation.
struct BodyCase {
  let name: String
  let betas: [Float]
  let poses: [BodyPose]
  /// (F, 55, 3), as the reference decoded it.
  let fullPose: [Float]
  let contour: Bool
  /// Vertices that the file holds, all of them if it names none.
  let vertexIDs: [Int]
  /// (F, n, 3) and (F, joints, 3) metres.
  let vertices: [Float]
  let joints: [Float]
  let jointTotal: Int

  init(path: String, model: BodyModel) throws {
    let file = try NPZFile(path: path)
    name = URL(fileURLWithPath: path).lastPathComponent
    func floats(_ key: String) throws -> [Float] { try file.tensor(key).floats() }
    func number(_ key: String) throws -> Int { try file.tensor(key).ints()[0] }
    let frames = try file.header("global_orient").shape[0]
    func row(_ key: String, _ frame: Int) throws -> [Float] {
      let width = try file.header(key).shape[1]
      return Array(try floats(key)[(frame * width)..<((frame + 1) * width)])
    }
    betas = try row("betas", 0)
    let usesComponents = try number("use_pca") != 0
    let hands = try HandPCA(
      model: model, componentCount: usesComponents ? number("num_pca_comps") : 45,
      flatMean: number("flat_hand_mean") != 0)
    contour = try number("use_face_contour") != 0
    fullPose = try floats("full_pose")
    vertices = try floats("vertices")
    joints = try floats("joints")
    jointTotal = try file.header("joints").shape[1]
    vertexIDs =
      file.contains("vertex_ids")
      ? try file.tensor("vertex_ids").ints() : Array(0..<model.vertexCount)
    var poses: [BodyPose] = []
    for frame in 0..<frames {
      var numbers: [Float] = []
      for key in ["global_orient", "body_pose", "jaw_pose", "leye_pose", "reye_pose"] {
        numbers += try row(key, frame)
      }
      let left = try row("left_hand_pose", frame)
      let right = try row("right_hand_pose", frame)
      var pose = BodyPose()
      for joint in 0..<25 {
        pose.rotations[joint] = SIMD3(
          numbers[3 * joint], numbers[3 * joint + 1], numbers[3 * joint + 2])
      }
      pose.rotations.replaceSubrange(
        25..<40, with: usesComponents ? try hands.left(left) : try hands.left(axisAngle: left))
      pose.rotations.replaceSubrange(
        40..<55, with: usesComponents ? try hands.right(right) : try hands.right(axisAngle: right))
      let translation = try row("transl", frame)
      pose.translation = SIMD3(translation[0], translation[1], translation[2])
      pose.expression = try row("expression", frame)
      poses.append(pose)
    }
    self.poses = poses
  }

  /// Betas may differ from frame to frame.
  static func betas(path: String) throws -> [[Float]] {
    let tensor = try NPZFile(path: path).tensor("betas")
    let (all, width) = (try tensor.floats(), tensor.shape[1])
    return (0..<tensor.shape[0]).map { Array(all[($0 * width)..<(($0 + 1) * width)]) }
  }
}

/// Numbers that are the same in every run.
struct TestRandom {
  var state: UInt64
  /// In -1 ..< 1.
  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
  }
  mutating func vector() -> SIMD3<Float> { SIMD3(next(), next(), next()) }
  mutating func pose(expression: Int = 0, spread: Float = 1) -> BodyPose {
    BodyPose(
      rotations: (0..<BodyPose.jointCount).map { _ in vector() * spread },
      translation: vector(),
      expression: expression > 0 ? (0..<expression).map { _ in next() } : nil)
  }
}

/// The body file that a golden file names, among the shipped ones or beside the golden data.
func bodyFile(named name: String) throws -> String {
  let shipped = Fixtures.asset("body/\(name)")
  if FileManager.default.fileExists(atPath: shipped) { return shipped }
  return try Fixtures.shared("body/\(name)")
}
