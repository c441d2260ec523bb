import Avatar
import Compute

/// What photos show of a person's texture.
public struct KnownTexture: Sendable, Equatable {
  /// Texels along a side.
  public let size: Int
  /// (3, size, size) sRGB bytes.
  public internal(set) var colors: [UInt8]
  /// (size, size) 1 where colours are known.
  public internal(set) var mask: [UInt8]
  /// (size, size) 1 where they are means of known neighbours.
  public internal(set) var inpainted: [UInt8]
  /// (size, size) how much the surface faces the camera, 0 to 255.
  public internal(set) var angles: [UInt8]

  /// Smaller textures have no inside.
  static let leastSize = 4

  /// What one photo shows.
  ///
  /// - Parameter wrapsWhite: whether a channel's full white becomes 0, as in DINAR: overexposed clothes get
  ///   spots. False keeps it white, for photos that need not agree with DINAR.
  /// - Throws: `dataError` when it shows nothing.
  public init(_ sample: DinarSample, raster: PhotoRaster, size: Int, wrapsWhite: Bool = true)
    throws
  {
    guard size >= Self.leastSize else {
      throw ProgramError(
        .dataError, "the texture is too small",
        expected: "at least \(Self.leastSize) texels a side",
        found: "\(size)")
    }
    let side = sample.side
    let photo = TexelSampling(
      Self.bytes(of: sample.inputRGB, wrapsWhite: wrapsWhite), channels: 3, uv: raster.uv,
      mask: sample.mask.elements,
      width: side, height: side, size: size)
    let facing = TexelSampling(
      raster.angles.map { UInt8(saturating: $0 * 255, .towardZero) }, channels: 1, uv: raster.uv,
      mask: sample.mask.elements, width: side, height: side, size: size)
    self.size = size
    (colors, mask, inpainted) = (photo.values, photo.mask, photo.inpainted)
    angles = facing.values
    guard mask.contains(1) else {
      throw ProgramError(
        .dataError, "fit and mask do not overlap: the photo shows nothing of the body",
        file: sample.fit.path, hint: "avatar check draws both over the photo")
    }
  }

  /// The photo in bytes as DINAR makes them: 1.0 becomes 256, and that wraps to 0.
  static func bytes(of picture: Tensor, wrapsWhite: Bool = true) -> [UInt8] {
    picture.elements.map {
      let level = Int(saturating: ($0 + 1) * 128, .towardZero)
      return wrapsWhite ? UInt8(truncatingIfNeeded: level) : UInt8(clamping: level)
    }
  }

  /// (1, 5, size, size): colours in [0, 1], the mask, which of it is inpainted: the last channels of the
  /// texture that is compressed.
  public var channels: Tensor {
    Tensor(
      shape: [1, 5, size, size],
      colors.map { Float($0) / 255 } + mask.map { Float($0) } + inpainted.map { Float($0) })
  }

  /// (1, 1, size, size) how much the surface faces the camera, 0 to 1.
  public var normalAngles: Tensor {
    Tensor(shape: [1, 1, size, size], angles.map { Float($0) / 255 })
  }

  /// The texture that is compressed: the generator's channels and the known ones.
  ///
  /// - Parameter generated: (1, C, size, size).
  /// - Returns: (1, C + 5, size, size).
  public func texture(generated: Tensor) -> Tensor {
    precondition(generated.shape.count == 4 && Array(generated.shape.suffix(2)) == [size, size])
    return Tensor(
      shape: [1, generated.shape[1] + 5, size, size], generated.elements + channels.elements)
  }
}
