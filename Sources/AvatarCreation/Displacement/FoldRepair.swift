import Compute
import SMPLX

/// Keeps a displaced surface from folding over itself and from running into its other parts.
struct FoldRepair {
  let points: [SIMD3<Float>]
  let faces: [UInt32]
  let adjacency: VertexAdjacency

  /// Metres that each vertex may move along its direction before it meets another part of the surface half
  /// way.
  ///
  /// - Parameters:
  ///   - normals: of the surface and at the same time the directions, unit vectors.
  ///   - farthest: beyond which nothing is looked for.
  ///   - counts: vertices that need room and take it; others have as much as they like.
  func room(
    along normals: [SIMD3<Float>], farthest: Float, counts: (Int) -> Bool
  ) -> [Float] {
    let reach = 2 * farthest
    var cells: [SIMD3<Int32>: [Int32]] = [:]
    func cell(_ point: SIMD3<Float>) -> SIMD3<Int32> {
      SIMD3<Int32>((point / reach).rounded(.down))
    }
    let isCounted = points.indices.map(counts)
    for vertex in points.indices where isCounted[vertex] {
      cells[cell(points[vertex]), default: []].append(Int32(vertex))
    }
    return points.indices.map { vertex in
      guard isCounted[vertex] else { return farthest }
      let (point, normal) = (points[vertex], normals[vertex])
      var room = farthest
      let own = cell(point)
      for x in Int32(-1)...1 {
        for y in Int32(-1)...1 {
          for z in Int32(-1)...1 {
            for other in cells[own &+ SIMD3(x, y, z)] ?? [] {
              let way = points[Int(other)] - point
              let ahead = way.dot(normal)
              // Ahead, nearly straight, and looking back.
              guard ahead > 1e-4, ahead < 2 * room, normals[Int(other)].dot(normal) < -0.4 else {
                continue
              }
              let aside = (way - ahead * normal).length
              if aside < 0.35 * ahead + 0.004 { room = min(room, 0.45 * ahead) }
            }
          }
        }
      }
      return room
    }
  }

  /// Triangles that look the other way than those of the surface as it was.
  ///
  /// - Parameter moved: the same vertices after a displacement.
  func folds(_ moved: [SIMD3<Float>]) -> [Int] {
    (0..<faces.count / 3).filter { face in
      func normal(_ points: [SIMD3<Float>]) -> SIMD3<Float> {
        let (a, b, c) = (
          points[Int(faces[3 * face])], points[Int(faces[3 * face + 1])],
          points[Int(faces[3 * face + 2])]
        )
        return (b - a).cross(c - a)
      }
      return normal(points).dot(normal(moved)) < 0
    }
  }

  /// Lowers displacements where they fold the surface, with their surroundings, until they do not.
  ///
  /// - Returns: displacements and the number of triangles that still are folded.
  func unfolded(
    _ displacement: [Float], along normals: [SIMD3<Float>], rounds: Int = 24
  ) -> (displacement: [Float], folds: Int) {
    var result = displacement
    for _ in 0..<rounds {
      let folded = folds(points.indices.map { points[$0] + result[$0] * normals[$0] })
      guard !folded.isEmpty else { return (result, 0) }
      var share = [Float](repeating: 0, count: points.count)
      for face in folded { for corner in 0..<3 { share[Int(faces[3 * face + corner])] = 1 } }
      let core = share
      for _ in 0..<2 { share = adjacency.smoothed(share, by: 0.6) }
      // Towards the neighbours first, which unfolds wrinkles without taking the cloth away.
      let mean = adjacency.smoothed(result, by: 1)
      for vertex in result.indices {
        let amount = max(share[vertex], 0.8 * core[vertex])
        if amount > 0.02 {
          result[vertex] += amount * (0.9 * mean[vertex] - result[vertex])
        }
      }
    }
    return (result, folds(points.indices.map { points[$0] + result[$0] * normals[$0] }).count)
  }
}
