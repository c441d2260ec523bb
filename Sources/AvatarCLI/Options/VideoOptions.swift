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
      VideoOptions.help { format in
        guard let scale = format.codec.encoder.quality else { return nil }
        let range = Limit(scale.range)
        let standard = Limit<Double>.text(scale.standard)
        return
          "quality scale for \(format.container.usualExtension), \(range), fractions too; lower is better (default \(standard))."
      },
      visibility: .hidden),
    transform: VideoOptions.parseQuality)
  var crf: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      VideoOptions.help { format in
        guard let presets = format.codec.encoder.presets else { return nil }
        let names = presets.names.joined(separator: ", ")
        return
          "preset for \(format.container.usualExtension): \(names) (default \(presets.standard))."
      },
      visibility: .hidden),
    transform: VideoOptions.parsePreset)
  var preset: String?

  func frameRate() throws -> FrameRate { try fps ?? FrameRate(30) }

  /// A sentence on each format's encoder, which `text` goes on about; nil for one without the option.
  private static func help(_ text: (VideoFormat) -> String?) -> String {
    VideoFormat.all.compactMap { format in
      text(format).map { "\(format.codec.encoder.title)'s \($0)" }
    }.joined(separator: " ")
  }

  func encoding(_ quality: PictureOptions.Quality, _ kind: OutputKind) throws -> VideoEncoding {
    let encoder = kind.videoFormat?.codec.encoder
    let (scale, presets) = (encoder?.quality, encoder?.presets)
    let (usualQuality, usualPreset) =
      switch quality {
      case .draft: (scale?.draft, presets?.draft)
      case .standard: (scale?.standard, presets?.standard)
      case .high: (scale?.high, presets?.high)
      }
    return VideoEncoding(
      frameRate: try frameRate(), quality: crf ?? usualQuality, preset: preset ?? usualPreset)
  }

  /// Throws for options that mean nothing for this kind of output.
  func check(_ kind: OutputKind, path: String) throws {
    if let format = kind.videoFormat {
      try format.codec.check(quality: crf, preset: preset)
      return
    }
    guard let option = crf != nil ? "--crf" : preset != nil ? "--preset" : nil else { return }
    throw ProgramError(
      .usage,
      "the option is for \(VideoFormat.usualExtensions.joined(separator: ", ")); pictures are kept without loss",
      file: path, key: option)
  }

  @Sendable static func parseQuality(_ text: String) throws -> Double {
    do {
      return try Limits.crf.parse(text)
    } catch {
      let lossless = Double(text).flatMap { number in
        VideoFormat.all.first { $0.codec.encoder.quality?.lossless == number }
      }
      throw ValidationError(
        "it must be \(Limits.crf)"
          + (lossless.map {
            "; few players read lossless \($0.codec.title), a .png sequence is lossless"
          } ?? ""))
    }
  }

  @Sendable static func parsePreset(_ text: String) throws -> String {
    guard VideoFormat.presets.contains(text) else {
      throw ValidationError("it must be one of \(VideoFormat.presets.joined(separator: ", "))")
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
