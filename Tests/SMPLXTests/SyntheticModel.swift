/// Body files made up by the tests: any number of vertices and columns, dense or sparse correctives.
import Foundation
import TensorFiles

@testable import SMPLX

struct SyntheticModel {
  var arrays: [(name: String, tensor: TensorData)] = []

  /// - Parameters:
  ///   - columns: shape and expression columns together.
  ///   - density: share of the correctives' rows that are not zero.
  init(vertexCount: Int, columns: Int = 20, density: Float = 1, seed: UInt64 = 1) {
    var random = TestRandom(state: seed)
    let joints = BodyPose.jointCount
    func floats(_ count: Int, _ scale: Float) -> [Float] {
      (0..<count).map { _ in random.next() * scale }
    }
    func add(_ name: String, _ shape: [Int], _ floats: [Float]) {
      arrays.append((name, TensorData(shape: shape, floats: floats)))
    }
    func add(_ name: String, _ shape: [Int], _ ints: [Int]) {
      arrays.append((name, TensorData(shape: shape, int64s: ints.map(Int64.init))))
    }
    add("v_template", [vertexCount, 3], floats(vertexCount * 3, 1))
    add("shapedirs", [vertexCount, 3, columns], floats(vertexCount * 3 * columns, 0.03))
    var correctives: [Float] = []
    for _ in 0..<(vertexCount * 3) {
      let row = floats(486, 0.02)
      correctives += abs(random.next()) <= density ? row : row.map { _ in 0 }
    }
    add("posedirs", [vertexCount, 3, 486], correctives)
    func rowsOfSumOne(_ rows: Int, _ columns: Int, _ each: Int) -> [Float] {
      var result = [Float](repeating: 0, count: rows * columns)
      for row in 0..<rows {
        for _ in 0..<each {
          let column = Int(abs(random.next()) * Float(columns)) % columns
          result[row * columns + column] += 1 / Float(each)
        }
      }
      return result
    }
    add("J_regressor", [joints, vertexCount], rowsOfSumOne(joints, vertexCount, 5))
    add("weights", [vertexCount, joints], rowsOfSumOne(vertexCount, joints, 4))
    let parents = [
      4_294_967_295, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 15, 15,
      15, 20, 25, 26, 20, 28, 29, 20, 31, 32, 20, 34, 35, 20, 37, 38, 21, 40, 41, 21, 43, 44, 21,
      46, 47, 21, 49, 50, 21, 52, 53,
    ]
    add("kintree_table", [2, joints], parents + Array(0..<joints))
    let faceCount = max(vertexCount, 1)
    add(
      "f", [faceCount, 3],
      (0..<faceCount).flatMap { [$0, ($0 + 1) % vertexCount, ($0 + 2) % vertexCount] })
    for side in ["l", "r"] {
      add("hands_components\(side)", [45, 45], floats(45 * 45, 0.2))
      add("hands_mean\(side)", [45], floats(45, 0.3))
    }
    add("lmk_faces_idx", [51], (0..<51).map { $0 % faceCount })
    add("lmk_bary_coords", [51, 3], floats(153, 1))
    add("dynamic_lmk_faces_idx", [79, 17], (0..<(79 * 17)).map { $0 % faceCount })
    add("dynamic_lmk_bary_coords", [79, 17, 3], floats(79 * 17 * 3, 1))
    add("vertex_joint_ids", [21], (0..<21).map { $0 % vertexCount })
  }

  subscript(name: String) -> TensorData? {
    get { arrays.first { $0.name == name }?.tensor }
    set {
      guard let newValue else { return arrays.removeAll { $0.name == name } }
      if let index = arrays.firstIndex(where: { $0.name == name }) {
        arrays[index].tensor = newValue
      } else {
        arrays.append((name, newValue))
      }
    }
  }

  /// Calls `body` with the path of the model in a folder that is removed afterwards.
  func withFile<R>(named name: String = "model.npz", _ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("smplx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent(name).path
    try NPZ.write(arrays.map { ($0.name, $0.tensor) }, to: path, compressed: false)
    return try body(path)
  }

  func load() throws -> BodyModel { try withFile { try BodyModel.load(path: $0) } }
}
