import Compute
import SMPLX

/// The shape that any cloth gives a body: it spans hollows and shows nothing of what is small below it.
enum ClothBase {
  /// Metres: what is smaller than about three times this does not show.
  private static let bend = 0.03
  /// Share of the way that the cloth goes inwards.
  private static let inwards: Float = 0.9

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
    // Bending of a thin plate, by the areas about the vertices, so that dense places bend no less. What is
    // not clothed holds what is.
    let areas = Self.areas(points, faces: body.model.faces)
    let hold = points.indices.map { areas[$0] / Double(max(share[$0], 1e-3)) }
    let bending = MeshLaplacian.umbrella(adjacency).squared(weights: areas.map { 1 / $0 })
    let matrix = bend * bend * bend * bend * bending + SparseSymmetricMatrix(diagonal: hold)
    let start = points.flatMap { [Double($0.x), Double($0.y), Double($0.z)] }
    let solution = ConjugateGradients(matrix).solve(
      start.indices.map { hold[$0 / 3] * start[$0] }, columns: 3, start: start, tolerance: 1e-4)
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

  /// A third of the triangles around each vertex, square metres, and at least a square millimetre.
  private static func areas(_ points: [SIMD3<Float>], faces: [UInt32]) -> [Double] {
    var areas = [Double](repeating: 0, count: points.count)
    for face in stride(from: 0, to: faces.count - 2, by: 3) {
      let corners = (0..<3).map { Int(faces[face + $0]) }
      let a = points[corners[0]]
      let area = (points[corners[1]] - a).cross(points[corners[2]] - a).length / 6
      for corner in corners { areas[corner] += Double(area) }
    }
    return areas.map { max($0, 1e-6) }
  }
}
