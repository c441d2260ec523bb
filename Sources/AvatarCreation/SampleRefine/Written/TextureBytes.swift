import Compute
import Media

/// Networks' textures as bytes.
public enum TextureBytes {
  /// As the authors' program writes textures: cut off to whole levels, and values above 1 begin again at 0.
  ///
  /// Matches: torchvision's `to_pil_image` of floats.
  ///
  /// - Parameter texture: (1, channels, height, width).
  public static func truncated(_ texture: Tensor) throws -> Picture {
    try picture(texture) { UInt8(truncatingIfNeeded: Int(saturating: $0 * 255, .towardZero)) }
  }

  /// Rounded to whole levels between black and white.
  ///
  /// Matches: torchvision's `save_image`, with which the authors write what lies between.
  public static func rounded(_ texture: Tensor) throws -> Picture {
    try picture(texture) { UInt8(saturating: ($0 * 255 + 0.5).rounded(.down)) }
  }

  private static func picture(_ texture: Tensor, _ byte: (Float) -> UInt8) throws -> Picture {
    let shape = texture.shape
    guard shape.count == 4, shape[0] == 1, [1, 3].contains(shape[1]) else {
      throw ProgramError(
        .software, "a texture has another shape", expected: "1 x 3 x N x N", found: "\(shape)")
    }
    let (channels, count) = (shape[1], shape[2] * shape[3])
    var bytes = [UInt8](repeating: 0, count: channels * count)
    texture.withUnsafeBuffer { values in
      for channel in 0..<channels {
        for pixel in 0..<count {
          bytes[pixel * channels + channel] = byte(values[channel * count + pixel])
        }
      }
    }
    return try Picture(width: shape[3], height: shape[2], channels: channels, bytes: bytes)
  }
}
