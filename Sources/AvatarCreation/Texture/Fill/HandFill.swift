import Compute

/// Hands: what is seen counts only where it has the hand's colour, and the rest follows it, and the other
/// hand a little.
enum HandFill {
  static func fill(
    _ seen: SeenTexels, _ filled: Plane<SIMD4<Float>>, atlas: AtlasTexels, body: BodySurface,
    colors: PersonColors, pool: WorkerPool
  ) {
    for group in [BodyGroup.leftHand, .rightHand] {
      let reference = reference(group, seen, atlas: atlas, body: body, colors: colors)
      let groups = body.groups
      pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
        for texel in range where seen.colors[texel].w > 0 {
          guard atlas.interpolate(groups.pointer, texel)[group.rawValue] > 0.5 else { continue }
          let difference = PerceptualColor.lab(seen.colors[texel]) - reference
          let distance = (difference * SIMD3(0.6, 1, 1)).length
          seen.colors[texel].w *= smoothStep(distance, 25, 14)
        }
      }
    }
    let (groups, regions) = (body.groups, body.regions)
    let scale = Float(atlas.size) / 1024
    let sums = atlas.gather(vertexCount: body.vertexCount, pool: pool) { texel in
      let color = seen.colors[texel]
      guard color.w > 0 else { return .zero }
      let group = atlas.interpolate(groups.pointer, texel)
      guard group[BodyGroup.leftHand.rawValue] + group[BodyGroup.rightHand.rawValue] > 0.5 else {
        return .zero
      }
      return SIMD4(color.x * color.w, color.y * color.w, color.z * color.w, color.w)
    }
    let given = Plane<SIMD4<Float>>(count: body.vertexCount, filledWith: .zero)
    for vertex in 0..<body.vertexCount {
      let (own, twin) = (sums[vertex], sums[body.mirror[vertex]])
      let ownWeight = min(own.w / (scale * scale), 4)
      let twinWeight = 0.3 * min(twin.w / (scale * scale), 4)
      let total = ownWeight + twinWeight + 0.02
      var color =
        own / max(own.w, 1e-9) * ownWeight + twin / max(twin.w, 1e-9) * twinWeight
      color = (color + colors.skin * 0.02) / total
      given[vertex] = SIMD4(color.x, color.y, color.z, min(total, 2) + 0.003)
    }
    let vertices = body.diffuse(given, pool: pool)
    let isHand = Plane<Float>(
      regions.map { $0 == .leftHand || $0 == .rightHand ? 1 : 0 }, orEmpty: 0)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let share = smoothStep(atlas.interpolate(isHand.pointer, texel), 0.2, 0.8)
        guard share > 0 else { continue }
        let color = atlas.interpolate(vertices.pointer, texel)
        let old = filled[texel]
        var result = old.w > 0 ? old + (color - old) * share : color
        result.w = max(old.w, share)
        filled[texel] = result
      }
    }
  }

  /// The hand's own usual colour if it is like the face's skin, else the skin's.
  private static func reference(
    _ group: BodyGroup, _ seen: SeenTexels, atlas: AtlasTexels, body: BodySurface,
    colors: PersonColors
  ) -> SIMD3<Float> {
    let skin = PerceptualColor.lab(colors.skin)
    var found: [SIMD4<Float>] = []
    for texel in stride(from: 0, to: atlas.count, by: 3) where seen.colors[texel].w > 0.5 {
      let corner = Int(atlas.corners[3 * Int(atlas.faces[texel])])
      if body.groups[corner][group.rawValue] > 0.5 { found.append(seen.colors[texel]) }
    }
    guard let median = PerceptualColor.median(found) else { return skin }
    let own = PerceptualColor.lab(median)
    let chroma = SIMD3(0, own.y - skin.y, own.z - skin.z).length
    return chroma < 12 && abs(own.x - skin.x) < 20 ? own : skin
  }
}
