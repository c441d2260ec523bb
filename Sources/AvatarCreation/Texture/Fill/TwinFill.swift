import Compute

/// Takes the other side of the body where the photo shows it.
enum TwinFill {
  static func fill(
    _ seen: SeenTexels, _ filled: Plane<SIMD4<Float>>, atlas: AtlasTexels, body: BodySurface,
    posed: PosedSurface, photo: PhotoSpline, pool: WorkerPool
  ) {
    let colors = seen.colors
    let sums = atlas.gather(vertexCount: body.vertexCount, pool: pool) { texel in
      SIMD4(colors[texel].w, 1, 0, 0)
    }
    let weights = (0..<body.vertexCount).map { sums[$0].x / max(sums[$0].y, 1) }
    let gains = body.smoothed(
      (0..<body.vertexCount).map { weights[body.mirror[$0]] * (1 - weights[$0]) }, steps: 8)
    // By vertex: where its twin is seen, how surely, and how much of what is hidden around it shows there:
    // narrow strips along the border of what is seen stay as they are.
    let twins = Plane<SIMD4<Float>>(count: body.vertexCount, filledWith: .zero)
    for vertex in 0..<body.vertexCount {
      let twin = body.mirror[vertex]
      let place = posed.project(posed.positions[twin])
      let shift = seen.vertices[twin]
      twins[vertex] = SIMD4(
        place.x + shift[6], place.y + shift[7],
        isFixed(body.regions[vertex]) ? 0 : weights[twin], gains[vertex])
    }
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let twin = atlas.interpolate(twins.pointer, texel)
        let share = smoothStep(twin.z, 0.5, 0.95) * smoothStep(twin.w, 0.25, 0.5)
        guard share > 0 else { continue }
        let color = photo.sample(SIMD2(twin.x, twin.y))
        let old = filled[texel]
        filled[texel] = old.w > 0 ? old + (color - old) * share : color
        filled[texel].w = max(old.w, share)
      }
    }
  }

  /// Hands and feet have rules of their own.
  private static func isFixed(_ region: BodyRegion) -> Bool {
    switch region {
    case .leftHand, .rightHand, .leftFoot, .rightFoot: true
    default: false
    }
  }
}
