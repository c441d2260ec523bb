// The encoder of a codec as libavcodec knows it, and the settings that it takes.

import CMedia
import Compute

/// A scale of constant quality; lower numbers are better and larger.
public struct QualityScale: Sendable, Equatable {
  /// Its name among the encoder's settings.
  let option: String
  public let range: ClosedRange<Double>
  /// A number outside of the range by which the encoder loses nothing, in a form that few players
  /// read; nil where there is none.
  public let lossless: Double?
  public let draft: Double
  public let standard: Double
  public let high: Double
}

/// Named trades of speed for size.
public struct EncoderPresets: Sendable, Equatable {
  /// Their name among the encoder's settings.
  let option: String
  /// From fast to slow.
  public let names: [String]
  public let draft: String
  public let standard: String
  public let high: String
}

public struct VideoEncoder: Sendable, Equatable {
  /// What the encoder's threads share.
  enum Threading: Sendable, Equatable {
    /// Several frames at once.
    case frames
    /// Slices of a frame.
    case slices
  }

  /// In messages: "x264".
  public let title: String
  /// libavcodec's: "libx264".
  public let name: String
  /// What to do where libavcodec was built without it.
  let remedy: String
  /// Nil where the quality is always the same.
  public let quality: QualityScale?
  /// Nil where there is nothing to choose.
  public let presets: EncoderPresets?
  /// What is always set.
  let options: [LibraryOption]
  let threading: Threading
  /// Threads unless the settings say otherwise. A constant, because the bytes may depend on it: the
  /// same command must give the same file on every machine and with any number of render threads.
  let defaultThreads: Int
  /// Whether it has its own copy of a frame when it returns. The renderer fills a frame again at once, so
  /// that an encoder that goes on reading is given a copy.
  let copiesFrames: Bool
  /// Whether it writes a note about itself as a user-data unit of H.264, which the file must not keep.
  let hasH264Note: Bool

  /// Whether this process's libavcodec has it.
  public var isAvailable: Bool { cmedia_has_encoder(name) != 0 }

  var missing: ProgramError {
    ProgramError(
      .unavailable, "libavcodec was built without \(name)", expected: "the encoder \(name)",
      hint: "\(remedy), or write PNG pictures instead")
  }

  func options(quality chosen: Double?, preset: String?) -> [LibraryOption] {
    var result = options
    if let quality {
      result.append(LibraryOption(quality.option, "\(chosen ?? quality.standard)"))
    }
    if let presets { result.append(LibraryOption(presets.option, preset ?? presets.standard)) }
    return result
  }
}

extension VideoEncoder {
  /// Constant quality: 1 (huge) ... 51 (awful); 18 to 23 is what people use. 0 is lossless, which only
  /// the profile High 4:4:4 Predictive can say.
  ///
  /// The bytes depend on the number of threads: x264 searches motion less far when it works on several
  /// frames at once. Four cost 6 % more than one on a single core and leave little to gain by more
  /// at 512 x 512.
  static let x264 = VideoEncoder(
    title: "x264", name: "libx264",
    remedy: "install Debian's libavcodec59 or libavcodec-extra59",
    quality: QualityScale(
      option: "crf", range: 1...51, lossless: 0, draft: 26, standard: 20, high: 16),
    presets: EncoderPresets(
      option: "preset",
      names: [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
        "veryslow", "placebo",
      ], draft: "ultrafast", standard: "veryfast", high: "slow"),
    options: [LibraryOption("profile", "high")], threading: .frames, defaultThreads: 4,
    copiesFrames: true, hasH264Note: true)
}
