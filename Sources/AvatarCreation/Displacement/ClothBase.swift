import Compute
import SMPLX

/// The shape that any cloth gives a body: it spans hollows and shows nothing of what is small below it.
enum ClothBase {
  /// Stiffness of the cloth, against lengths of `unit`.
  private static let stiffness = 18.0
  /// Metres: the length of edge whose Laplacian weighs 1.
  private static let unit = 0.012
  /// Share of the way that the cloth goes inwards.
  private static let inwards: Float = 0.6

  /// Offsets of the rest mesh, metres.
  ///
  /// - Parameter isClothed: vertices under cloth; borders are softened.
  static func offsets(
    of body: ShapedBody, adjacency: VertexAdjacency, normals: ([SIMD3<Float>]) -> [SIMD3<Float>],
    isClothed: (Int) -> Bool
  ) -> [SIMD3<Float>] {
    let rest = body.restVertices
    let points = (0..<adjacency.vertexCount).map { rest[$0] }
    var share = points.indices.map { isClothed($0) ? Float(1) : 0 }
    for _ in 0..<6 { share = adjacency.smoothed(share, by: 0.5) }
    guard share.contains(where: { $0 > 0 }) else {
      return [SIMD3<Float>](repeating: .zero, count: points.count)
    }
    let laplacian = unit * MeshLaplacian.inverseLength(adjacency, shortest: 2e-3) { points[$0] }
    // What is not clothed holds what is.
    let hold = share.map { 1 / Double(max($0, 1e-3)) }
    let matrix = stiffness * laplacian.squared() + SparseSymmetricMatrix(diagonal: hold)
    let start = points.flatMap { [Double($0.x), Double($0.y), Double($0.z)] }
    let solution = ConjugateGradients(matrix).solve(
      start.indices.map { hold[$0 / 3] * start[$0] }, columns: 3, start: start, tolerance: 1e-6)
    let smooth = points.indices.map {
      SIMD3<Float>(
        SIMD3(
          solution.values[3 * $0], solution.values[3 * $0 + 1], solution.values[3 * $0 + 2]))
    }
    let directions = normals(smooth)
    return points.indices.map { vertex in
      let way = (smooth[vertex] - points[vertex]).dot(directions[vertex])
      return min(1.5 * share[vertex], 1) * (way > 0 ? way : inwards * way) * directions[vertex]
    }
  }
}

extension VertexAdjacency {
  /// Values moved towards the mean of their neighbours'.
  func smoothed(_ values: [Float], by share: Float) -> [Float] {
    values.indices.map { vertex in
      let neighbours = self[vertex]
      guard !neighbours.isEmpty else { return values[vertex] }
      let sum = neighbours.reduce(Float(0)) { $0 + values[Int($1)] }
      return values[vertex] + share * (sum / Float(neighbours.count) - values[vertex])
    }
  }
}
