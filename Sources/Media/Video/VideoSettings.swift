// What a video is written with.

import Compute

public struct VideoSettings: Sendable, Equatable {
  /// Of the pictures; sides are padded to whole chroma samples by repeating the last column and row.
  public var width: Int
  public var height: Int
  public var frameRate: FrameRate
  public var format: VideoFormat
  /// On the encoder's scale, lower is better; nil for its standard.
  public var quality: Double?
  /// One of the encoder's; nil for its standard.
  public var preset: String?
  /// Of the encoder, or nil for its default. The file's bytes may depend on it.
  public var threads: Int?
  /// A line about the video that players show as its comment.
  public var comment: String?

  public init(
    width: Int, height: Int, frameRate: FrameRate, format: VideoFormat = .h264,
    quality: Double? = nil, preset: String? = nil, threads: Int? = nil, comment: String? = nil
  ) {
    self.width = width
    self.height = height
    self.frameRate = frameRate
    self.format = format
    self.quality = quality
    self.preset = preset
    self.threads = threads
    self.comment = comment
  }

  /// The largest width and height of a video.
  static let largestSide = 16_384

  /// - Throws: `usage` for a value that the format's encoder does not take.
  func validate() throws {
    let side = 1...VideoSettings.largestSide
    guard side ~= width, side ~= height else {
      throw ProgramError(
        .usage, "the video's size is out of bounds",
        expected: "sides of 1 to \(VideoSettings.largestSide)", found: "\(width) x \(height)")
    }
    try format.codec.check(quality: quality, preset: preset)
    guard 1...128 ~= threads ?? 1 else {
      throw ProgramError(
        .usage, "the number of encoder threads is out of bounds", expected: "1 to 128",
        found: "\(threads ?? 1)")
    }
  }
}
