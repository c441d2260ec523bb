import Compute
import Media

/// A texture as the networks made it, and from what.
public struct SampleRefineTexture: Sendable {
  public let input: TextureInput
  public let result: SampleRefineResult

  /// How floats become bytes.
  public enum Rounding: Sendable {
    /// To the nearest level between black and white.
    case nearest
    /// As the authors' program: cut off, and values above 1 begin again at 0.
    case truncated
  }

  /// The texture, RGB.
  public func picture(_ rounding: Rounding = .nearest) throws -> Picture {
    try picture(result.final, channels: 3, rounding)
  }

  /// What the sampler made, RGB.
  public func sampled(_ rounding: Rounding = .nearest) throws -> Picture {
    try picture(result.sampled, channels: 3, rounding)
  }

  /// What the networks got, RGB.
  public func partial() throws -> Picture {
    let (size, planes) = (input.size, input.planes)
    let count = size * size
    return try Picture(
      width: size, height: size, channels: 3,
      bytes: (0..<count).flatMap { texel in (0..<3).map { planes[$0 * count + texel] } })
  }

  /// The refiner's colours before blending, RGB; nil without a refiner.
  public func refined() throws -> Picture? {
    result.refined.isEmpty ? nil : try picture(result.refined, channels: 3, .nearest)
  }

  /// White where the sampled texture is kept; nil where nothing is blended.
  public func blendMask() throws -> Picture? {
    result.blendMask.isEmpty ? nil : try picture(result.blendMask, channels: 1, .nearest)
  }

  /// Where each texel was sampled: red to the right, green down, 128 for its own place, the ends for half a
  /// texture's width.
  public func flow() throws -> Picture {
    let count = input.size * input.size
    var bytes = [UInt8](repeating: 128, count: 3 * count)
    for texel in 0..<count {
      for axis in 0..<2 {
        bytes[3 * texel + axis] = UInt8(saturating: result.flow[axis * count + texel] * 127 + 128)
      }
    }
    return try Picture(width: input.size, height: input.size, channels: 3, bytes: bytes)
  }

  private func picture(
    _ planes: [Float], channels: Int, _ rounding: Rounding
  ) throws -> Picture {
    let tensor = Tensor(shape: [1, channels, input.size, input.size], planes)
    return rounding == .truncated
      ? try TextureBytes.truncated(tensor) : try TextureBytes.rounded(tensor)
  }
}
