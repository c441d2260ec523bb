/// The neighbours of each vertex of a triangle mesh, by compressed rows.
///
/// By vertex, so that surfaces hang together over the seams of their texture.
public struct VertexAdjacency: Sendable, Equatable {
  /// Neighbours `starts[v] ..< starts[v + 1]` belong to vertex v: V + 1 numbers.
  public let starts: [Int32]
  /// Vertices that share an edge with v, ascending.
  public let neighbours: [Int32]

  public var vertexCount: Int { starts.count - 1 }

  /// - Parameter faces: (F, 3), vertex numbers below `vertexCount`.
  public init(faces: [UInt32], vertexCount: Int) {
    var counts = [Int32](repeating: 0, count: vertexCount + 1)
    for corner in faces { counts[Int(corner) + 1] += 2 }
    for vertex in 0..<vertexCount { counts[vertex + 1] += counts[vertex] }
    var places = counts
    var all = [Int32](repeating: 0, count: Int(counts[vertexCount]))
    for face in stride(from: 0, to: faces.count - 2, by: 3) {
      for corner in 0..<3 {
        let vertex = Int(faces[face + corner])
        all[Int(places[vertex])] = Int32(faces[face + (corner + 1) % 3])
        all[Int(places[vertex]) + 1] = Int32(faces[face + (corner + 2) % 3])
        places[vertex] += 2
      }
    }
    var starts: [Int32] = [0]
    var neighbours: [Int32] = []
    starts.reserveCapacity(vertexCount + 1)
    neighbours.reserveCapacity(all.count / 2)
    for vertex in 0..<vertexCount {
      let begin = neighbours.count
      for neighbour in all[Int(counts[vertex])..<Int(counts[vertex + 1])].sorted()
      where neighbour != Int32(vertex) {
        if neighbours.count == begin || neighbours[neighbours.count - 1] != neighbour {
          neighbours.append(neighbour)
        }
      }
      starts.append(Int32(neighbours.count))
    }
    self.starts = starts
    self.neighbours = neighbours
  }

  /// The vertices that share an edge with `vertex`, ascending.
  public subscript(vertex: Int) -> ArraySlice<Int32> {
    neighbours[Int(starts[vertex])..<Int(starts[vertex + 1])]
  }
}

extension VertexAdjacency {
  /// Values of the vertices, moved towards the mean of their neighbours' by a share of the way.
  package func smoothed(_ values: [Float], by share: Float) -> [Float] {
    values.indices.map { vertex in
      let around = self[vertex]
      guard !around.isEmpty else { return values[vertex] }
      let sum = around.reduce(Float(0)) { $0 + values[Int($1)] }
      return values[vertex] + share * (sum / Float(around.count) - values[vertex])
    }
  }

  package func smoothed(_ values: [SIMD3<Float>], by share: Float) -> [SIMD3<Float>] {
    values.indices.map { vertex in
      let around = self[vertex]
      guard !around.isEmpty else { return values[vertex] }
      let sum = around.reduce(SIMD3<Float>.zero) { $0 + values[Int($1)] }
      return values[vertex] + share * (sum / Float(around.count) - values[vertex])
    }
  }
}
