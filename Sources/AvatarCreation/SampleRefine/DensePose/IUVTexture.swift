import Compute
import Media

/// The part of a texture that a photo shows, by DensePose's coordinates.
public struct IUVTexture: Sendable {
  /// RGB; black where nothing is known.
  public let texture: Picture
  /// White where the texture is known.
  public let mask: Picture

  /// Samples a photo between four pixels at a time.
  ///
  /// Matches: the authors' `dp2partial.py`: the photo is centred in a square, coordinates go through the
  /// range of -1 to 1 and float32, colours are cut off to bytes. Theirs takes upright photos alone; a wide
  /// one is centred likewise.
  ///
  /// - Throws: `dataError` for a photo of another size than the IUV picture.
  public init(
    _ coordinates: AtlasCoordinates, of iuv: IUVPicture, photo: Photo, pool: WorkerPool
  ) throws {
    let (width, height, size) = (photo.width, photo.height, coordinates.size)
    guard (width, height) == (iuv.width, iuv.height) else {
      throw ProgramError(
        .dataError, "photo and IUV picture have different sizes",
        expected: "the photo's \(width) x \(height)", found: "\(iuv.width) x \(iuv.height)")
    }
    let side = max(width, height, 2)
    let shift = SIMD2((side - width) / 2, (side - height) / 2)
    func position(_ pixel: Double, _ shift: Int) -> Float {
      let inSquare = 2 * (pixel + Double(shift)) / Double(side - 1) - 1
      return (Float(inSquare) + 1) / 2 * Float(side - 1)
    }
    let bytes = photo.pixels
    let pixels = coordinates.pixels
    var colors = [UInt8](repeating: 0, count: 3 * size * size)
    for texel in pixels.indices where coordinates.mask[texel] {
      let place = SIMD2(position(pixels[texel].x, shift.x), position(pixels[texel].y, shift.y))
      let (column, row) = (place.x.rounded(.down), place.y.rounded(.down))
      let share = place - SIMD2(column, row)
      var sum = SIMD3<Float>.zero
      for (dx, dy, weight) in [
        (0, 0, (1 - share.x) * (1 - share.y)), (1, 0, share.x * (1 - share.y)),
        (0, 1, (1 - share.x) * share.y), (1, 1, share.x * share.y),
      ] {
        let (x, y) = (Int(column) + dx - shift.x, Int(row) + dy - shift.y)
        guard x >= 0, x < width, y >= 0, y < height else { continue }
        let at = 3 * (y * width + x)
        sum += SIMD3(Float(bytes[at]), Float(bytes[at + 1]), Float(bytes[at + 2])) * weight
      }
      for channel in 0..<3 {
        colors[3 * texel + channel] = UInt8(clamping: Int(saturating: sum[channel], .towardZero))
      }
    }
    texture = try Picture(width: size, height: size, channels: 3, bytes: colors)
    mask = try Picture(
      width: size, height: size, channels: 1, bytes: coordinates.mask.map { $0 ? 255 : 0 })
  }
}
