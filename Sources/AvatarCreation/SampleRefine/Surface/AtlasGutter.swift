import Compute
import Media
import SMPLX

/// The space between the islands of a texture, into which they are continued: filters that reach over an
/// island's border find its own colours there.
enum AtlasGutter {
  /// A picture whose texels outside of the islands are filled from those inside.
  static func filled(
    _ picture: Picture, texels: AtlasTexels, pool: WorkerPool
  ) throws -> Picture {
    precondition(picture.width == texels.size && picture.height == texels.size)
    let size = texels.size
    let plane = Plane<SIMD4<Float>>(count: size * size, filledWith: .zero)
    let bytes = picture.converted(toBitDepth: 8).converted(toChannels: 3).bytes()
    for texel in 0..<texels.count {
      let place = Int(texels.places[texel])
      plane[place] = SIMD4(
        Float(bytes[3 * place]), Float(bytes[3 * place + 1]), Float(bytes[3 * place + 2]), 1)
    }
    return try self.picture(plane, size: size, pool: pool)
  }

  /// - Parameter plane: (size, size): levels and a weight, which are used up.
  static func picture(
    _ plane: Plane<SIMD4<Float>>, size: Int, pool: WorkerPool
  ) throws -> Picture {
    PushPull.fill(plane, width: size, height: size, pool: pool)
    var bytes = [UInt8](repeating: 0, count: 3 * size * size)
    for place in 0..<size * size {
      let color = plane[place]
      for channel in 0..<3 { bytes[3 * place + channel] = UInt8(saturating: color[channel]) }
    }
    return try Picture(width: size, height: size, channels: 3, bytes: bytes)
  }
}
