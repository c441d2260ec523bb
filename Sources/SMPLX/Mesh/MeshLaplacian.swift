import Compute

/// Laplacians of a triangle mesh: symmetric, positive semidefinite, rows sum to zero.
///
/// Row v of L x is sum over v's neighbours u of w(u, v) (x_v - x_u).
public enum MeshLaplacian {
  /// Every edge weighs 1.
  public static func umbrella(_ adjacency: VertexAdjacency) -> SparseSymmetricMatrix {
    weighted(adjacency) { _, _ in 1 }
  }

  /// An edge weighs 1 / its length in metres, so that dense places of a mesh are not stiffer than others.
  ///
  /// - Parameters:
  ///   - position: of a vertex, metres.
  ///   - shortest: lengths below this count as this.
  public static func inverseLength(
    _ adjacency: VertexAdjacency, shortest: Double = 1e-4, position: (Int) -> SIMD3<Float>
  ) -> SparseSymmetricMatrix {
    weighted(adjacency) { one, other in
      let edge = SIMD3<Double>(position(one)) - SIMD3<Double>(position(other))
      return 1 / max(shortest, (edge * edge).sum().squareRoot())
    }
  }

  /// - Parameter weight: of the edge between two vertices, the same in both directions, at least 0.
  public static func weighted(
    _ adjacency: VertexAdjacency, weight: (_ one: Int, _ other: Int) -> Double
  ) -> SparseSymmetricMatrix {
    var starts: [Int32] = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    let entries = adjacency.neighbours.count + adjacency.vertexCount
    columns.reserveCapacity(entries)
    values.reserveCapacity(entries)
    for vertex in 0..<adjacency.vertexCount {
      var sum = 0.0
      var own = columns.count
      for neighbour in adjacency[vertex] {
        let value = weight(min(vertex, Int(neighbour)), max(vertex, Int(neighbour)))
        sum += value
        columns.append(neighbour)
        values.append(-value)
        if neighbour < Int32(vertex) { own = columns.count }
      }
      columns.insert(Int32(vertex), at: own)
      values.insert(sum, at: own)
      starts.append(Int32(columns.count))
    }
    return SparseSymmetricMatrix(
      size: adjacency.vertexCount, starts: starts, columns: columns, values: values)
  }
}
