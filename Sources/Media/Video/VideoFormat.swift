// What a video file is made of.

/// A kind of video: how its file is laid out, how its frames are coded and what its pixels are.
///
/// Writers, readers, sinks, options and messages ask this value; a kind of video is added by one more
/// in `all`.
public struct VideoFormat: Sendable, Equatable {
  public let container: VideoContainer
  public let codec: VideoCodec
  public let pixels: PixelFormat

  /// Plays everywhere.
  public static let h264 = VideoFormat(container: .mp4, codec: .h264, pixels: .yuv420p)

  /// What can be written. An output whose name has an extension of several is the first one.
  public static let all = [h264]

  /// Whether its frames keep how much they cover.
  public var hasAlpha: Bool { pixels.hasAlpha }
}

extension VideoFormat {
  /// The usual extensions of the names of videos, without repetition: ".mp4".
  public static var usualExtensions: [String] {
    unique(all.map(\.container.usualExtension))
  }

  /// From the least to the greatest number on the quality scale of any format.
  public static var qualityRange: ClosedRange<Double> {
    let ranges = all.compactMap(\.codec.encoder.quality?.range)
    let least = ranges.map(\.lowerBound).min() ?? 0
    return least...max(ranges.map(\.upperBound).max() ?? 0, least)
  }

  /// The presets of all formats, without repetition.
  public static var presets: [String] {
    unique(all.flatMap { $0.codec.encoder.presets?.names ?? [] })
  }

  private static func unique(_ texts: [String]) -> [String] {
    var seen = Set<String>()
    return texts.filter { seen.insert($0).inserted }
  }
}
