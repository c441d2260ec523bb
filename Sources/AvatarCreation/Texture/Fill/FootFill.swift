import Compute

/// Feet and shoes: sides and heel have the usual colour of their height, the sole is darker.
enum FootFill {
  private static let bands = 24
  /// Metres.
  private static let bandHeight: Float = 0.005

  static func fill(
    _ seen: SeenTexels, _ filled: Plane<SIMD4<Float>>, atlas: AtlasTexels, body: BodySurface,
    pool: WorkerPool
  ) {
    let profiles = [BodyGroup.leftFoot, .rightFoot].map {
      Profile($0, seen, atlas: atlas, body: body)
    }
    let (groups, rest, normals) = (body.groups, body.rest, body.normals)
    for (group, twin) in [(0, 1), (1, 0)] {
      let lane = (group == 0 ? BodyGroup.leftFoot : .rightFoot).rawValue
      // A foot that is not seen is like the other one.
      guard let profile = profiles[group] ?? profiles[twin] else { continue }
      let ground = Self.ground(BodyGroup(rawValue: lane) ?? .leftFoot, body)
      pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
        for texel in range {
          let share = smoothStep(atlas.interpolate(groups.pointer, texel)[lane], 0.3, 0.7)
          guard share > 0 else { continue }
          let height = atlas.interpolate(rest.pointer, texel).y - ground
          var color = profile.color(height)
          let down = -atlas.interpolate(normals.pointer, texel).y
          let sole = smoothStep(down, 0.6, 0.85) * smoothStep(height, 0.035, 0.025)
          color += (profile.sole - color) * sole
          let old = filled[texel]
          var result = old.w > 0 ? old + (color - old) * share : color
          result.w = max(old.w, share)
          filled[texel] = result
        }
      }
    }
  }

  private static func ground(_ group: BodyGroup, _ body: BodySurface) -> Float {
    (0..<body.vertexCount).filter { body.groups[$0][group.rawValue] > 0.5 }
      .map { body.rest[$0].y }.min() ?? 0
  }

  /// The usual colour at each height.
  private struct Profile: Sendable {
    var colors: [SIMD4<Float>]
    var sole: SIMD4<Float>

    init?(_ group: BodyGroup, _ seen: SeenTexels, atlas: AtlasTexels, body: BodySurface) {
      let ground = FootFill.ground(group, body)
      var found = [[SIMD4<Float>]](repeating: [], count: bands)
      for texel in 0..<atlas.count where seen.colors[texel].w > 0.4 {
        let corner = Int(atlas.corners[3 * Int(atlas.faces[texel])])
        guard body.groups[corner][group.rawValue] > 0.5 else { continue }
        let height = atlas.interpolate(body.rest.pointer, texel).y - ground
        found[min(max(Int(height / bandHeight), 0), bands - 1)].append(seen.colors[texel])
      }
      let medians = found.map { PerceptualColor.median($0) }
      let known = medians.indices.filter { medians[$0] != nil }
      guard known.count >= 2 else { return nil }
      let whole = medians.indices.map { band -> SIMD4<Float> in
        if let color = medians[band] { return color }
        let below = known.last { $0 < band }
        let above = known.first { $0 > band }
        guard let low = below ?? above, let high = above ?? below, let a = medians[low],
          let b = medians[high]
        else { return .zero }
        return high == low ? a : a + (b - a) * (Float(band - low) / Float(high - low))
      }
      colors = whole.indices.map { band in
        let (a, b) = (whole[max(band - 1, 0)], whole[min(band + 1, bands - 1)])
        return (a + 2 * whole[band] + b) / 4
      }
      sole = colors[..<4].reduce(.zero, +) * (0.6 / 4)
    }

    func color(_ height: Float) -> SIMD4<Float> {
      let at = (height / bandHeight - 0.5).limited(to: 0...Float(bands - 1))
      let band = min(Int(at), bands - 2)
      return colors[band] + (colors[band + 1] - colors[band]) * (at - Float(band))
    }
  }
}
