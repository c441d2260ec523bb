/// Body files of other layouts, and broken ones: each is told what is wrong with it.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct BodyLoadingTests {
  /// The golden small model with some arrays replaced (or removed, with nil), written to a file of
  /// its own and loaded.
  private func load(
    _ changes: [String: TensorData?] = [:], compressed: Bool = false
  ) throws -> BodyModel {
    let source = try NPZFile(path: Fixtures.path("lbs/model.npz"))
    let names = source.names + changes.keys.filter { !source.contains($0) }
    let arrays: [(String, TensorData)] = try names.compactMap { name in
      if let change = changes[name] { return change.map { (name, $0) } }
      return (name, try source.tensor(name))
    }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("body-loading-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("SMPLX_MALE.npz").path
    try NPZ.write(arrays, to: path, compressed: compressed)
    let model = try BodyModel.load(path: folder.path, gender: "male")
    // The folder has no other body.
    #expect(throws: ProgramError.self) { try BodyModel.load(path: folder.path) }
    return model
  }

  private func golden(_ name: String) throws -> TensorData {
    try NPZFile(path: Fixtures.path("lbs/model.npz")).tensor(name)
  }

  /// The error that loading with `changes` ends with.
  private func loadingError(_ changes: [String: TensorData?]) -> ProgramError? {
    do {
      _ = try load(changes)
      return nil
    } catch { return error as? ProgramError }
  }

  /// The array with one number replaced.
  private func changed(_ name: String, at index: Int, to value: Float) throws -> TensorData {
    let tensor = try golden(name)
    var floats = try tensor.floats()
    floats[index] = value
    return TensorData(shape: tensor.shape, floats: floats)
  }

  private func changed(_ name: String, at index: Int, to value: Int) throws -> TensorData {
    let tensor = try golden(name)
    var values = try tensor.ints().map { Int64($0) }
    values[index] = Int64(value)
    return TensorData(shape: tensor.shape, int64s: values)
  }

  private func planes(_ model: BodyModel, _ betas: [Float], _ expression: [Float]) throws -> [Float]
  {
    let body = try ShapedBody(model: model, betas: betas, expression: expression)
    let rest = body.restVertices
    return [rest.x, rest.y, rest.z].flatMap { plane in (0..<rest.count).map { plane[$0] } }
  }

  @Test func readsDeflatedAndDoublePrecisionFiles() throws {
    let plain = try load()
    var doubles: [String: TensorData?] = [:]
    for name in ["v_template", "shapedirs", "posedirs", "weights", "J_regressor"] {
      let tensor = try golden(name)
      doubles[name] = TensorData(shape: tensor.shape, doubles: try tensor.floats().map(Double.init))
    }
    for model in [try load(doubles), try load(compressed: true)] {
      #expect(model.vertexCount == plain.vertexCount)
      #expect(try planes(model, [1, 2], [3]) == planes(plain, [1, 2], [3]))
      #expect(model.poseColumns.entryCount == plain.poseColumns.entryCount)
      #expect(model.faces == plain.faces)
    }
  }

  @Test func refusesShapesThatContradictEachOther() throws {
    let vertexCount = try golden("v_template").shape[0]
    let wrong: [(String, [Int])] = [
      ("v_template", [vertexCount, 4]), ("v_template", [0, 3]),
      ("shapedirs", [vertexCount - 1, 3, 20]), ("shapedirs", [vertexCount, 3, 0]),
      ("posedirs", [vertexCount, 3, 485]), ("posedirs", [486, vertexCount * 3]),
      ("weights", [vertexCount, 54]), ("weights", [vertexCount + 1, 55]),
      ("J_regressor", [24, vertexCount]), ("kintree_table", [2, 24]), ("f", [10, 4]),
      ("hands_meanl", [44]), ("hands_componentsr", [6, 45]), ("lmk_bary_coords", [1, 3]),
      ("vertex_joint_ids", [20]), ("dynamic_lmk_faces_idx", [78, 17]), ("ft", [5, 3]),
    ]
    for (name, shape) in wrong {
      let tensor = TensorData(
        shape: shape, floats: [Float](repeating: 0, count: shape.reduce(1, *)))
      let error = loadingError([name: tensor])
      #expect(error?.code == .dataError, "\(name) \(shape)")
      // A wrong template shows in the arrays that follow it.
      if shape[0] > 0 { #expect(error?.key != nil, "\(name) \(shape)") }
    }
  }

  @Test func refusesValuesThatCannotBe() throws {
    for name in [
      "v_template", "shapedirs", "posedirs", "weights", "J_regressor", "vt", "hands_meanr",
      "hands_componentsl", "lmk_bary_coords", "dynamic_lmk_bary_coords",
    ] {
      let last = try golden(name).count - 1
      for (index, value) in [(0, Float.nan), (last, .infinity), (last / 2, -.infinity)] {
        let error = loadingError([name: try changed(name, at: index, to: value)])
        #expect(error?.code == .dataError && error?.key == name, "\(name) at \(index)")
      }
    }
    let vertexCount = try golden("v_template").shape[0]
    for (name, value) in [
      ("f", vertexCount), ("f", -1), ("ft", 1 << 20), ("vertex_joint_ids", -1),
      ("vertex_joint_ids", vertexCount), ("lmk_faces_idx", 1 << 40), ("lmk_faces_idx", .min),
      ("dynamic_lmk_faces_idx", -5),
      // A joint that is its own parent, one whose parent comes later.
      ("kintree_table", 1), ("kintree_table", 12),
    ] {
      let error = loadingError([name: try changed(name, at: 1, to: value)])
      #expect(error?.code == .dataError && error?.key == name, "\(name) = \(value)")
    }
    // Indices that are no integers.
    let error = loadingError([
      "f": try TensorData(
        shape: golden("f").shape, floats: golden("f").ints().map { Float($0) })
    ])
    #expect(error?.code == .dataError && error?.key == "f")
  }

  @Test func readsParts() throws {
    let vertexCount = try golden("v_template").shape[0]
    let names = TensorData(
      scalarType: .unicode(2), shape: [2], bytes: Array("h\0\0\0\0\0\0\0a\0\0\0b\0\0\0".utf8))
    var numbers = (0..<vertexCount).map { UInt8($0 % 2) }
    let model = try load([
      "part": TensorData(shape: [vertexCount], bytes: numbers), "part_names": names,
    ])
    #expect(model.partNames == ["h", "ab"])
    #expect(model.parts == numbers)
    numbers[3] = 2
    let unknown = loadingError([
      "part": TensorData(shape: [vertexCount], bytes: numbers), "part_names": names,
    ])
    #expect(unknown?.key == "part")
    let short = loadingError(["part": TensorData(shape: [1], bytes: [0]), "part_names": names])
    #expect(short?.key == "part")
  }
}
