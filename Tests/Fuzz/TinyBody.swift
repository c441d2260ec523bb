import TensorFiles

/// A body of SMPL-X's layout with 24 vertices, so that a whole avatar is loaded, posed and drawn in
/// milliseconds.
enum TinyBody {
  private static let columns = 4
  private static let rows = 6
  static let vertexCount = columns * rows
  private static let joints = 55

  private static let parents = [
    -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 15, 15, 15, 20, 25,
    26,
    20, 28, 29, 20, 31, 32, 20, 34, 35, 20, 37, 38, 21, 40, 41, 21, 43, 44, 21, 46, 47, 21, 49, 50,
    21, 52, 53,
  ]

  /// An upright tube of four sides, closed at neither end: vertices (V, 3), metres.
  private static var vertices: [Float] {
    let ring: [(Float, Float)] = [(0.3, 0.2), (0.3, -0.2), (-0.3, -0.2), (-0.3, 0.2)]
    return (0..<rows).flatMap { row in
      ring.flatMap { [$0.0, 0.3 * Float(row) - 0.9, $0.1] }
    }
  }

  private static var faces: [Int64] {
    (0..<rows - 1).flatMap { row in
      (0..<columns).flatMap { column -> [Int64] in
        let (a, b) = (row * columns + column, row * columns + (column + 1) % columns)
        return [a, b, a + columns, b, b + columns, a + columns].map(Int64.init)
      }
    }
  }

  static var arrays: [(String, TensorData)] {
    let count = vertexCount
    func floats(_ shape: [Int], _ value: (Int) -> Float) -> TensorData {
      TensorData(shape: shape, floats: (0..<shape.reduce(1, *)).map(value))
    }
    func ints(_ shape: [Int], _ value: (Int) -> Int) -> TensorData {
      TensorData(shape: shape, int64s: (0..<shape.reduce(1, *)).map { Int64(value($0)) })
    }
    let coordinates: [Float] = (0..<count).flatMap {
      [Float($0 % columns) / Float(columns), Float($0 / columns) / Float(rows - 1)]
    }
    let triangles = faces
    var arrays: [(String, TensorData)] = [
      ("v_template", TensorData(shape: [count, 3], floats: vertices)),
      ("shapedirs", floats([count, 3, 20]) { 0.01 * Float($0 % 7) - 0.03 }),
      ("posedirs", floats([count, 3, 486]) { $0 % 97 == 0 ? 0.005 : 0 }),
      ("J_regressor", floats([joints, count]) { $0 % count == ($0 / count * 7) % count ? 1 : 0 }),
      ("weights", floats([count, joints]) { $0 % joints == ($0 / joints) % 22 ? 1 : 0 }),
      ("kintree_table", ints([2, joints]) { $0 < joints ? parents[$0] : $0 - joints }),
      ("f", TensorData(shape: [triangles.count / 3, 3], int64s: triangles)),
      ("vt", TensorData(shape: [count, 2], floats: coordinates)),
      ("ft", TensorData(shape: [triangles.count / 3, 3], int64s: triangles)),
      ("vertex_joint_ids", ints([21]) { $0 % count }),
    ]
    for side in ["l", "r"] {
      arrays.append(
        ("hands_components\(side)", floats([45, 45]) { $0 % 46 == 0 ? 1 : 0 }))
      arrays.append(("hands_mean\(side)", floats([45]) { _ in 0.1 }))
    }
    return arrays
  }
}
