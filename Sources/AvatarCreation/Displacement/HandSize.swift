import SMPLX

/// Hands larger or smaller than their body's.
enum HandSize {
  /// Offsets of the rest mesh, metres: hands grow from their wrists.
  ///
  /// - Parameter factor: of the body's own hands.
  static func offsets(
    of body: ShapedBody, factor: Float, regions: SurfaceRegions, adjacency: VertexAdjacency
  ) -> [SIMD3<Float>] {
    let rest = body.restVertices
    var share = regions.regions.map { $0 == .hand ? Float(1) : 0 }
    for _ in 0..<4 { share = adjacency.smoothed(share, by: 0.5) }
    return share.indices.map { vertex in
      guard share[vertex] > 0 else { return .zero }
      let place = rest[vertex]
      let wrist = body.restJoints[place.x > 0 ? 20 : 21]
      return (factor - 1) * share[vertex] * (place - wrist)
    }
  }
}
