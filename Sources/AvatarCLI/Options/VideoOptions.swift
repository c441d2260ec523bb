import ArgumentParser
import Avatar
import Compute
import Media

/// Timing and coding of a video.
struct VideoOptions: ParsableArguments {
  @Option(help: "Frames per second, for example 30, 29.97 or 30000/1001 (default 30).")
  var fps: FrameRate?

  @Option(help: "Only these frames, for example 0-99,120 (numbers of the whole sequence).")
  var frames: String?

  @Option(help: "x264's quality scale, 0 to 51; lower is better (default 20).")
  var crf: Int?

  @Option(help: "x264's preset, ultrafast to veryslow (default veryfast).")
  var preset: String?

  mutating func validate() throws {
    if let crf, !(0...51).contains(crf) {
      throw ValidationError("--crf must be 0 to 51, not \(crf)")
    }
    if let preset, !VideoSettings.presets.contains(preset) {
      throw ValidationError(
        "--preset must be one of \(VideoSettings.presets.joined(separator: ", ")), not \(preset)")
    }
  }

  func frameRate() throws -> FrameRate { try fps ?? FrameRate(30) }

  func encoding(_ quality: PictureOptions.Quality) throws -> VideoEncoding {
    let (defaultCRF, defaultPreset): (Int, String) =
      switch quality {
      case .draft: (26, "ultrafast")
      case .standard: (20, "veryfast")
      case .high: (16, "slow")
      }
    return VideoEncoding(
      frameRate: try frameRate(), crf: crf ?? defaultCRF, preset: preset ?? defaultPreset)
  }
}

extension FrameRate: ExpressibleByArgument {
  public init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2, let numerator = Int(parts[0]), let denominator = Int(parts[1]) {
      try? self.init(numerator, denominator)
    } else if parts.count == 1, let value = Double(argument) {
      try? self.init(value)
    } else {
      return nil
    }
  }
}
