import Compute

extension BodyModel {
  /// (V) the vertex on the other side: of the file, or the one nearest to the mirrored place of the template.
  package func mirroredVertices() -> [Int] {
    if let mirror = vertexMirror { return mirror.map { Int($0) } }
    return Self.nearestTwins(
      (0..<vertexCount).map {
        SIMD3(template[$0], template[paddedCount + $0], template[2 * paddedCount + $0])
      })
  }

  /// The point nearest to the mirror image in x of each.
  package static func nearestTwins(_ rest: [SIMD3<Float>]) -> [Int] {
    let count = rest.count
    let order = (0..<count).sorted { rest[$0].y < rest[$1].y }
    let heights = order.map { rest[$0].y }
    return (0..<count).map { vertex in
      let place = SIMD3(-rest[vertex].x, rest[vertex].y, rest[vertex].z)
      var (low, high) = (0, count)
      while low < high {
        let middle = (low + high) / 2
        if heights[middle] < place.y { low = middle + 1 } else { high = middle }
      }
      var (best, least) = (vertex, Float.infinity)
      func visit(_ indices: some Sequence<Int>) {
        for index in indices {
          let step = heights[index] - place.y
          if step * step > least { break }
          let difference = rest[order[index]] - place
          let square = (difference * difference).sum()
          if square < least { (best, least) = (order[index], square) }
        }
      }
      visit(low..<count)
      visit(stride(from: low - 1, through: 0, by: -1))
      return best
    }
  }
}
