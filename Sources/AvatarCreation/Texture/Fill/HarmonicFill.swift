import Compute

/// The smoothest continuation of what is seen over the surface.
enum HarmonicFill {
  /// - Returns: by texel, sRGB of 0 to 255.
  static func fill(
    _ seen: SeenTexels, atlas: AtlasTexels, body: BodySurface, pool: WorkerPool
  ) -> Plane<SIMD4<Float>> {
    let vertices = body.diffuse(
      vertexColors(seen.colors, atlas: atlas, body: body, pool: pool), pool: pool)
    let result = Plane<SIMD4<Float>>(count: max(atlas.count, 1), filledWith: .zero)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range { result[texel] = atlas.interpolate(vertices.pointer, texel) }
    }
    return result
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
