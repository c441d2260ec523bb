/// The body model against the reference implementation (`smplx` in float64).
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct BodyParityTests {
  /// The fixtures' README: 2e-5 m for vertices and joints, 1e-5 rad for decoded poses.
  static let length: Float = 2e-5
  static let angle: Float = 1e-5

  static func check(path: String, model: BodyModel, pool: WorkerPool) throws {
    let golden = try BodyCase(path: path, model: model)
    let betas = try BodyCase.betas(path: path)
    let count = golden.poses.count
    try #require(count > 0 && !golden.vertexIDs.isEmpty)
    var worstPose: Float = 0
    for (frame, pose) in golden.poses.enumerated() {
      for (joint, rotation) in pose.rotations.enumerated() {
        for axis in 0..<3 {
          let expected = golden.fullPose[(frame * 55 + joint) * 3 + axis]
          worstPose = max(worstPose, abs(rotation[axis] - expected))
        }
      }
    }
    #expect(worstPose <= angle, "\(golden.name): decoded pose")
    #expect(model.jointTotal(contour: golden.contour) == golden.jointTotal, "\(golden.name)")
    // Frames with the same betas are posed in one batch.
    var start = 0
    while start < count {
      var end = start + 1
      while end < count && betas[end] == betas[start] { end += 1 }
      let body = try ShapedBody(model: model, betas: betas[start])
      let poser = BodyPoser(body: body, pool: pool, batch: end - start)
      try poser.pose(golden.poses[start..<end])
      for frame in start..<end {
        let vertices = poser.vertices(frame - start)
        let joints = poser.joints(frame - start, contour: golden.contour)
        try #require(joints.count == golden.jointTotal)
        var worst: (difference: Float, what: String) = (0, "")
        func compare(_ found: SIMD3<Float>, _ expected: [Float], _ index: Int, _ what: String) {
          for axis in 0..<3 {
            let difference = abs(found[axis] - expected[index * 3 + axis])
            if !(difference <= worst.difference) { worst = (difference, what) }
          }
        }
        let n = golden.vertexIDs.count
        for (index, id) in golden.vertexIDs.enumerated() {
          compare(vertices[id], golden.vertices, frame * n + index, "vertex \(id)")
        }
        for (index, joint) in joints.enumerated() {
          compare(joint, golden.joints, frame * golden.jointTotal + index, "joint \(index)")
        }
        #expect(
          worst.difference <= length, "\(golden.name) frame \(frame): \(worst.what)")
      }
      start = end
    }
  }

  @Test(arguments: ["model.npz", "model.pkl"]) func smallModel(file: String) throws {
    let model = try BodyModel.load(path: Fixtures.path("lbs/\(file)"))
    let pool = WorkerPool(threads: 2)
    for path in try Fixtures.files(in: "lbs", prefix: "case_", suffix: ".npz") {
      try Self.check(path: path, model: model, pool: pool)
    }
  }

  @Test func pickledModelIsTheSame() throws {
    let archive = try BodyModel.load(path: Fixtures.path("lbs/model.npz"))
    let pickle = try BodyModel.load(path: Fixtures.path("lbs/model.pkl"))
    #expect(pickle.vertexCount == archive.vertexCount && pickle.parents == archive.parents)
    #expect(pickle.shapeCount == archive.shapeCount)
    let sameFaces = pickle.faces == archive.faces
    #expect(sameFaces)
  }

  @Test func freeBody() throws {
    let pool = WorkerPool(threads: 2)
    var models: [String: BodyModel] = [:]
    for path in try Fixtures.files(in: "lbs", prefix: "full_", suffix: ".npz") {
      let name = try NPZFile(path: path).tensor("body").strings()[0]
      let model = try models[name] ?? BodyModel.load(path: bodyFile(named: name))
      models[name] = model
      try Self.check(path: path, model: model, pool: pool)
    }
  }
}
