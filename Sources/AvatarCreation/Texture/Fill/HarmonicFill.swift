import Compute

/// The smoothest continuation of what is seen over the surface.
enum HarmonicFill {
  /// Steps at the border of what is seen beside the eyes and of feet, sRGB levels: of light, and of glasses
  /// and soles, which end there and would become a cloud.
  private static let steps: (Float, Float) = (22, 45)
  /// Metres above and below the eyes where glasses are.
  private static let frame: (Float, Float) = (0.025, 0.035)

  /// Fills the texels that nothing was found for, and takes away the step between what is seen and what
  /// was found for the rest.
  ///
  /// - Parameters:
  ///   - filled: by texel, sRGB of 0 to 255, and how much there was to fill from.
  ///   - glasses: how likely they are worn, 0 to 1.
  static func fill(
    _ seen: SeenTexels, over filled: Plane<SIMD4<Float>>, atlas: AtlasTexels, body: BodySurface,
    glasses: Float, pool: WorkerPool
  ) {
    let known = vertexColors(seen.colors, atlas: atlas, body: body, pool: pool)
    let vertices = body.diffuse(known, pool: pool)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let share = filled[texel].w
        guard share < 1 else { continue }
        let smooth = atlas.interpolate(vertices.pointer, texel)
        filled[texel] = smooth + (filled[texel] - smooth) * smoothStep(share, 0, 0.02)
      }
    }
    let colors = seen.colors
    let guesses = atlas.gather(vertexCount: body.vertexCount, pool: pool) { texel in
      let weight = colors[texel].w
      return filled[texel] * SIMD4(weight, weight, weight, 0) + SIMD4(0, 0, 0, weight)
    }
    let eyes = (body.joints[23].y + body.joints[24].y) / 2
    for vertex in 0..<body.vertexCount {
      let (sum, color) = (guesses[vertex], known[vertex])
      guard color.w > 0.5, sum.w > 0 else {
        known[vertex] = .zero
        continue
      }
      let step = color - sum / sum.w
      let group = body.groups[vertex]
      let own =
        group[BodyGroup.head.rawValue] * glasses
        * smoothStep(abs(body.rest[vertex].y - eyes), Self.frame.1, Self.frame.0)
        + group[BodyGroup.leftFoot.rawValue] + group[BodyGroup.rightFoot.rawValue]
      let other = smoothStep(SIMD3(step.x, step.y, step.z).length, Self.steps.0, Self.steps.1)
      known[vertex] = SIMD4(
        step.x.limited(to: -60...60), step.y.limited(to: -60...60), step.z.limited(to: -60...60),
        color.w * (1 - other * min(own, 1)))
    }
    let steps = body.diffuse(known, screen: 0.015, pool: pool)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range { filled[texel] += atlas.interpolate(steps.pointer, texel) }
    }
  }

  /// Means of texels at the vertices, and how many texels of a texture of 1024 say so, at most 4.
  static func vertexColors(
    _ texels: Plane<SIMD4<Float>>, atlas: AtlasTexels, body: BodySurface, pool: WorkerPool
  ) -> Plane<SIMD4<Float>> {
    let sums = atlas.gather(vertexCount: body.vertexCount, pool: pool) { texel in
      let color = texels[texel]
      return SIMD4(color.x * color.w, color.y * color.w, color.z * color.w, color.w)
    }
    let scale = Float(atlas.size) / 1024
    for vertex in 0..<body.vertexCount {
      let sum = sums[vertex]
      sums[vertex] = sum / max(sum.w, 1e-9)
      sums[vertex].w = min(sum.w / (scale * scale), 4)
    }
    return sums
  }
}
