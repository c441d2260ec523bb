import ArgumentParser
import Avatar
import Compute
import Media

/// Timing and coding of a video.
struct VideoOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help:
      "Frames per second, 0.01 to 1000, for example 30, 29.97 or 30000/1001 (default 30).",
    transform: VideoOptions.parseRate)
  var fps: FrameRate?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only these frames: 0-99,120 (numbers of the whole sequence), or 2/8 for the second of eight pieces. They are those of the whole run; avatar join joins videos of pieces.",
      valueName: "list"),
    transform: OptionText.parse)
  var frames: String?

  @Flag(
    help: ArgumentHelp(
      "Make what is missing: of numbered pictures (and masks) those that are not there; a video that is there is left as it is. Looks at names and sizes, not at what is shown."
    ))
  var resume = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "x264's quality scale for .mp4, \(Limits.crf), fractions too; lower is better (default 20).",
      visibility: .hidden),
    transform: VideoOptions.parseQuality)
  var crf: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "x264's preset for .mp4: \(VideoSettings.presets.joined(separator: ", ")) (default veryfast).",
      visibility: .hidden),
    transform: VideoOptions.parsePreset)
  var preset: String?

  func frameRate() throws -> FrameRate { try fps ?? FrameRate(30) }

  func encoding(_ quality: PictureOptions.Quality) throws -> VideoEncoding {
    let (defaultCRF, defaultPreset): (Double, String) =
      switch quality {
      case .draft: (26, "ultrafast")
      case .standard: (20, "veryfast")
      case .high: (16, "slow")
      }
    return VideoEncoding(
      frameRate: try frameRate(), crf: crf ?? defaultCRF, preset: preset ?? defaultPreset)
  }

  /// Throws for options that mean nothing for this kind of output.
  func check(_ kind: OutputKind, path: String) throws {
    guard kind != .video, let option = crf != nil ? "--crf" : preset != nil ? "--preset" : nil
    else { return }
    throw ProgramError(
      .usage, "the option is for .mp4; pictures are kept without loss", file: path, key: option)
  }

  /// 0 is lossless in x264, which only the profile High 4:4:4 Predictive can say, and few players read
  /// that.
  @Sendable static func parseQuality(_ text: String) throws -> Double {
    do {
      return try Limits.crf.parse(text)
    } catch {
      throw ValidationError(
        "it must be \(Limits.crf)"
          + (Double(text) == 0
            ? "; few players read lossless H.264, a .png sequence is lossless" : "")
      )
    }
  }

  @Sendable static func parsePreset(_ text: String) throws -> String {
    guard VideoSettings.presets.contains(text) else {
      throw ValidationError("it must be one of \(VideoSettings.presets.joined(separator: ", "))")
    }
    return text
  }

  @Sendable static func parseRate(_ text: String) throws -> FrameRate {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    // Terms above these are refused anyway, and nothing can overflow below them.
    let term = Limit(1...1_000_000_000)
    if parts.count == 2, let numerator = try? term.parse(parts[0]),
      let denominator = try? term.parse(parts[1]),
      let rate = try? FrameRate(numerator, denominator)
    {
      return rate
    }
    if parts.count == 1, let value = Double(text), let rate = try? FrameRate(value) { return rate }
    throw ValidationError(
      "it must be \(FrameRate.range.lowerBound) to \(Int(FrameRate.range.upperBound)) frames a second,"
        + " such as 30, 29.97 or 30000/1001")
  }
}
