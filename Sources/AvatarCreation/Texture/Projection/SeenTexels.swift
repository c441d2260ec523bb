import Compute

/// What the photo says of every texel: its colour there and how far that is to be trusted.
struct SeenTexels: Sendable {
  /// By texel: sRGB of 0 to 255, and a weight of 0 (hidden, grazing or at an edge) to 1.
  let colors: Plane<SIMD4<Float>>
  /// (V) position and normal in the camera's axes, and how far the vertex is moved in the working photo
  /// by `FaceWarp`: x, y, z, nx, ny, nz, dx, dy.
  let vertices: Plane<SIMD8<Float>>

  /// Pixels of a person of 1000 within which nothing nearer may be.
  private static let occlusion: Float = 10

  /// What is before each pixel of the photo.
  struct Obstacles: Sendable {
    /// (height, width) metres: the least depth around.
    let nearest: Plane<Float>
    /// (height, width): 1 at the arms and near them.
    let gap: Plane<Float>

    init(_ posed: PosedSurface, body: BodySurface, pool: WorkerPool) {
      nearest = LeastAround.within(
        max(1, Int(saturating: SeenTexels.occlusion * posed.unit)), of: posed.depth,
        width: posed.width, height: posed.height, pool: pool)
      gap = ArmGap.share(posed, body: body, pool: pool)
    }
  }

  init(
    _ atlas: AtlasTexels, body: BodySurface, posed: PosedSurface, photo: WorkingPhoto,
    spline: PhotoSpline, shift: Plane<SIMD2<Float>>?, pool: WorkerPool
  ) {
    let colors = Plane<SIMD4<Float>>(count: max(atlas.count, 1), filledWith: .zero)
    let look = TexelLook(
      atlas, body: body, posed: posed, photo: photo, shift: shift,
      obstacles: Obstacles(posed, body: body, pool: pool))
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let found = look.at(texel)
        let color = spline.sample(found.place)
        colors[texel] = SIMD4(color.x, color.y, color.z, found.weight)
      }
    }
    self.colors = colors
    vertices = look.vertices
  }

  /// Where a texel is in the working photo, the face's warp included.
  @inline(__always)
  func place(_ texel: Int, _ atlas: AtlasTexels, _ posed: PosedSurface) -> SIMD2<Float> {
    let surface = atlas.interpolate(vertices.pointer, texel)
    return posed.project(SIMD4(surface[0], surface[1], surface[2], 0))
      + SIMD2(surface[6], surface[7])
  }

  /// Makes the border of what is seen of the head soft on the surface: light changes over a head's sides,
  /// and masks end there where they like.
  func feather(_ atlas: AtlasTexels, body: BodySurface, pool: WorkerPool) {
    let (colors, groups) = (colors, body.groups)
    let sums = atlas.gather(vertexCount: body.vertexCount, pool: pool) { texel in
      SIMD4(colors[texel].w, 1, 0, 0)
    }
    let means = Plane(
      body.smoothed((0..<body.vertexCount).map { sums[$0].x / max(sums[$0].y, 1) }, steps: 2),
      orEmpty: 0)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range where colors[texel].w > 0 {
        guard atlas.interpolate(groups.pointer, texel)[BodyGroup.head.rawValue] > 0.5 else {
          continue
        }
        colors[texel].w *= smoothStep(atlas.interpolate(means.pointer, texel), 0.15, 0.7)
      }
    }
  }
}
