// How frames are coded, and by which encoder.

import Compute

public struct VideoCodec: Sendable, Equatable {
  /// In messages: "H.264".
  public let title: String
  /// As readers report it: "h264".
  let name: String
  public let encoder: VideoEncoder

  static let h264 = VideoCodec(title: "H.264", name: "h264", encoder: .x264)

  /// - Parameters:
  ///   - quality: on the encoder's scale; nil for its standard.
  ///   - preset: nil for the standard one.
  /// - Throws: `usage` for what the encoder does not take.
  public func check(quality: Double?, preset: String?) throws {
    if let quality {
      guard let scale = encoder.quality else { throw refused("quality", "\(quality)") }
      guard scale.range ~= quality else {
        throw ProgramError(
          .usage, "the quality is out of bounds", key: scale.option,
          expected: "\(shortest(scale.range.lowerBound)) (best) to "
            + shortest(scale.range.upperBound), found: "\(quality)")
      }
    }
    if let preset {
      guard let presets = encoder.presets else { throw refused("preset", preset) }
      guard presets.names.contains(preset) else {
        throw ProgramError(
          .usage, "no such preset", key: presets.option,
          expected: presets.names.joined(separator: ", "), found: preset)
      }
    }
  }

  private func refused(_ key: String, _ found: String) -> ProgramError {
    ProgramError(.usage, "\(title) has no \(key) to choose here", key: key, found: found)
  }
}

/// A number without the ".0" of whole ones.
private func shortest(_ number: Double) -> String {
  let text = "\(number)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
