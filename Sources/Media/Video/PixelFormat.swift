// What the pixels of a kind of video are.

/// How many pixels share a chroma sample: 2 x 2 in 4:2:0, 1 x 1 in 4:4:4, RGB and grey.
public struct ChromaSubsampling: Sendable, Equatable {
  let across: Int
  let down: Int
}

/// What numbers mean as colours, in libav's names.
public struct ColorEncoding: Sendable, Equatable {
  /// "tv" (limited) or "pc" (full).
  let range: String
  let primaries: String
  let transfer: String
  let matrix: String
  /// Where a chroma sample sits among its pixels: "center", "left", ...
  let chromaLocation: String

  static let bt709Limited = ColorEncoding(
    range: "tv", primaries: "bt709", transfer: "bt709", matrix: "bt709", chromaLocation: "center")
}

public struct PixelFormat: Sendable, Equatable {
  /// libav's: "yuv420p".
  let name: String
  let chroma: ChromaSubsampling
  /// Of a sample.
  let bitDepth: Int
  let hasAlpha: Bool
  public let meaning: PixelMeaning
  let color: ColorEncoding
  let conversion: PixelConversion

  /// 8-bit 4:2:0, bt709, limited range: what every player shows.
  static let yuv420p = PixelFormat(
    name: "yuv420p", chroma: ChromaSubsampling(across: 2, down: 2), bitDepth: 8, hasAlpha: false,
    meaning: .color, color: .bt709Limited, conversion: .bt709Limited420)

  /// A picture's size as it is stored: sides are rounded up to whole chroma samples.
  public func padded(width: Int, height: Int) -> (width: Int, height: Int) {
    func up(_ size: Int, _ step: Int) -> Int { (size + step - 1) / step * step }
    return (up(width, chroma.across), up(height, chroma.down))
  }
}
