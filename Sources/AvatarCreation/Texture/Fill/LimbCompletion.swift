import Compute

/// Colours of trunk, arms and legs that a network found, for what the photo does not show; heads, hands and
/// feet keep rules of their own.
public struct LimbCompletion: Sendable {
  /// Texels along either side.
  public let size: Int
  /// (size, size, 3) sRGB bytes of the body's own texture, continued over the gutter.
  public let pixels: [UInt8]

  public init(size: Int, pixels: [UInt8]) {
    precondition(pixels.count == 3 * size * size)
    (self.size, self.pixels) = (size, pixels)
  }

  /// - Parameter filled: by texel, sRGB of 0 to 255, and how much there was to fill from.
  func fill(
    _ filled: Plane<SIMD4<Float>>, atlas: AtlasTexels, body: BodySurface, pool: WorkerPool
  ) {
    let groups = body.groups
    let scale = Float(size) / Float(atlas.size)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let group = atlas.interpolate(groups.pointer, texel)
        let limbs =
          group[BodyGroup.trunk.rawValue] + group[BodyGroup.leftArm.rawValue]
          + group[BodyGroup.rightArm.rawValue] + group[BodyGroup.leftLeg.rawValue]
          + group[BodyGroup.rightLeg.rawValue]
        let share = smoothStep(limbs, 0.4, 0.8)
        guard share > 0 else { continue }
        let place = Int(atlas.places[texel])
        let color = sample(
          x: (Float(place % atlas.size) + 0.5) * scale - 0.5,
          y: (Float(place / atlas.size) + 0.5) * scale - 0.5)
        let old = filled[texel]
        var result = old.w > 0 ? old + (color - old) * share : color
        result.w = max(old.w, share)
        filled[texel] = result
      }
    }
  }

  /// Between four texels at a time.
  private func sample(x: Float, y: Float) -> SIMD4<Float> {
    let (x, y) = (x.limited(to: 0...Float(size - 1)), y.limited(to: 0...Float(size - 1)))
    let (column, row) = (min(Int(x), max(size - 2, 0)), min(Int(y), max(size - 2, 0)))
    let (fx, fy) = (x - Float(column), y - Float(row))
    func color(_ dx: Int, _ dy: Int) -> SIMD4<Float> {
      let at = 3 * (min(row + dy, size - 1) * size + min(column + dx, size - 1))
      return SIMD4(Float(pixels[at]), Float(pixels[at + 1]), Float(pixels[at + 2]), 0)
    }
    let upper = color(0, 0) + (color(1, 0) - color(0, 0)) * fx
    let lower = color(0, 1) + (color(1, 1) - color(0, 1)) * fx
    return upper + (lower - upper) * fy
  }
}
