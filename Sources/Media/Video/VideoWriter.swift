// Frames to an H.264 MP4 file, on the calling thread. `VideoSink` runs it beside the renderer.

import CMedia
import Compute

/// How a video is encoded.
public struct VideoSettings: Sendable, Equatable {
  /// Of the pictures; odd sizes are padded to even ones by repeating the last column and row.
  public var width: Int
  public var height: Int
  public var frameRate: FrameRate
  /// x264's constant quality: 1 (huge) ... 51 (awful); 18 to 23 is what people use.
  public var crf: Double
  /// x264's speed: "ultrafast" ... "veryslow".
  public var preset: String
  /// Threads of x264, or nil for `defaultThreads`. The file's bytes depend on it: x264 searches
  /// motion less far when it works on several frames at once.
  public var threads: Int?
  /// A line about the video that players show as its comment.
  public var comment: String?

  public init(
    width: Int, height: Int, frameRate: FrameRate, crf: Double = 20,
    preset: String = "veryfast", threads: Int? = nil, comment: String? = nil
  ) {
    self.width = width
    self.height = height
    self.frameRate = frameRate
    self.crf = crf
    self.preset = preset
    self.threads = threads
    self.comment = comment
  }

  public static let presets = [
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
    "placebo",
  ]

  /// The largest width and height of a video.
  public static let largestSide = 16_384

  /// Threads of x264 unless `threads` says otherwise. A constant, because the bytes depend on it: the
  /// same command must give the same file on every machine and with any number of render threads.
  /// Four cost 6 % more than one on a single core and leave little to gain by more at 512 x 512.
  public static let defaultThreads = 4

  /// - Throws: `usage` for a value that no encoder takes.
  public func validate() throws {
    let side = 1...VideoSettings.largestSide
    guard side ~= width, side ~= height else {
      throw ProgramError(
        .usage, "the video's size is out of bounds",
        expected: "sides of 1 to \(VideoSettings.largestSide)", found: "\(width) x \(height)")
    }
    guard 1...51 ~= crf else {
      throw ProgramError(
        .usage, "the quality is out of bounds", key: "crf", expected: "1 (best) to 51",
        found: "\(crf)")
    }
    guard VideoSettings.presets.contains(preset) else {
      throw ProgramError(
        .usage, "no such preset", key: "preset",
        expected: VideoSettings.presets.joined(separator: ", "), found: preset)
    }
    guard 1...128 ~= threads ?? 1 else {
      throw ProgramError(
        .usage, "the number of encoder threads is out of bounds", expected: "1 to 128",
        found: "\(threads ?? 1)")
    }
  }
}

/// Two texts as C has them; the second may be missing.
func withCStrings<R>(
  _ first: String, _ second: String?,
  _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>?) throws -> R
) rethrows -> R {
  try first.withCString { first in
    guard let second else { return try body(first, nil) }
    return try second.withCString { try body(first, $0) }
  }
}

/// A finished video, picture or sequence.
public struct FinishedOutput: Sendable, Equatable {
  /// The file; for a sequence the pattern of its names.
  public let path: String
  public let frameCount: Int

  public init(path: String, frameCount: Int) {
    self.path = path
    self.frameCount = frameCount
  }
}

/// Writes H.264 (High profile, yuv420p, bt709 limited) into an MP4 with its index in front.
///
/// The file gets its name in `finish`, after it was read again and its frames counted. The same
/// frames and settings give the same bytes, on every run.
public final class VideoWriter {
  public let settings: VideoSettings
  /// Where the video will be.
  public let path: String
  /// Frames appended so far.
  public private(set) var frameCount = 0
  private let file: PendingFile
  private let overwrite: Bool
  private var encoder: OpaquePointer?

  /// - Parameter overwrite: whether a file of that name may be replaced.
  /// - Throws: when the settings are wrong, the file cannot be created or libx264 is missing.
  public convenience init(path: String, settings: VideoSettings, overwrite: Bool = false) throws {
    try settings.validate()
    let file = try PendingFile(path: path, overwrite: overwrite)
    try self.init(file: file, settings: settings, overwrite: overwrite)
  }

  init(file: PendingFile, settings: VideoSettings, overwrite: Bool) throws {
    self.settings = settings
    self.file = file
    self.overwrite = overwrite
    path = file.path
    let rate = settings.frameRate
    var timescale = rate.numerator
    // Players expect a clock of some thousand ticks.
    while timescale < 10_000 { timescale *= 2 }
    do {
      try withCStrings(settings.preset, settings.comment) { preset, comment in
        var values = cmedia_video_settings(
          width: Int32(YUVPlanes.padded(settings.width)),
          height: Int32(YUVPlanes.padded(settings.height)),
          rate_numerator: Int32(rate.numerator), rate_denominator: Int32(rate.denominator),
          timescale: Int32(timescale), crf: settings.crf, preset: preset,
          threads: Int32(settings.threads ?? VideoSettings.defaultThreads), comment: comment)
        var status: Int32 = 0
        var writeError: Int32 = 0
        do {
          try checked("the video cannot be started", .unavailable) {
            status = cmedia_encoder_open(&encoder, &values, file.descriptor, &writeError, $0)
            return status
          }
        } catch let error as ProgramError {
          if status == CMEDIA_NO_ENCODER { throw VideoWriter.missingEncoder() }
          // The first bytes are written at once.
          if writeError != 0 {
            throw systemError(writeError, "cannot be written", path, .inputOutput)
          }
          throw error.inFile(path)
        }
      }
    } catch {
      file.discard()
      throw error
    }
  }

  deinit { close() }

  private static func missingEncoder() -> ProgramError {
    ProgramError(
      .unavailable, "libavcodec was built without libx264", expected: "the encoder libx264",
      hint: "install Debian's libavcodec59 or libavcodec-extra59, or write PNG pictures instead")
  }

  /// A frame of this video's size; make a few and use them again.
  public func makeFrame() throws -> FrameBuffer {
    try FrameBuffer(videoWidth: settings.width, height: settings.height)
  }

  /// Encodes `frame`, made by `makeFrame`; its memory may be filled again afterwards.
  ///
  /// After an error the writer is finished and its file gone.
  public func append(_ frame: FrameBuffer) throws {
    guard let encoder else { throw closed() }
    guard frame.width == settings.width, frame.height == settings.height else {
      throw ProgramError(
        .software, "a frame of another size", file: path,
        expected: "\(settings.width) x \(settings.height)",
        found: "\(frame.width) x \(frame.height)")
    }
    let sent: Void? = try frame.withFrame { planes in
      try orDiscard { cmedia_encoder_send(encoder, planes, $0) }
    }
    guard sent != nil else {
      throw ProgramError(.software, "a frame that is not a video's", file: path)
    }
    frameCount += 1
  }

  /// Completes the file, reads it again, counts its frames and gives it its name.
  public func finish() throws -> FinishedOutput {
    try complete()
    try file.commit()
    return FinishedOutput(path: path, frameCount: frameCount)
  }

  /// Stops early.
  ///
  /// - Parameter keepPartial: whether the frames so far become a playable file, `NAME.partial.mp4`
  ///   (or `NAME.partial-2.mp4` and so on, rather than replacing an earlier one).
  /// - Returns: that file, or nil when there is none.
  public func cancel(keepPartial: Bool) throws -> FinishedOutput? {
    guard keepPartial, frameCount > 0, encoder != nil else {
      close()
      return nil
    }
    try complete()
    let partial = try file.commitPartial()
    return FinishedOutput(path: partial, frameCount: frameCount)
  }

  private func complete() throws {
    guard let encoder else { throw closed() }
    guard frameCount > 0 else {
      close()
      throw ProgramError(
        .usage, "a video needs at least one frame", file: path, found: "none")
    }
    try orDiscard { cmedia_encoder_finish(encoder, $0) }
    cmedia_encoder_close(encoder)
    self.encoder = nil
    do {
      let found = try VideoReader.frameCount(path: file.temporaryPath)
      guard found == frameCount else {
        throw ProgramError(
          .inputOutput, "the finished video has lost frames", expected: "\(frameCount)",
          found: "\(found)")
      }
    } catch var error as ProgramError {
      file.discard()
      error.file = path
      throw error
    }
  }

  private func closed() -> ProgramError {
    ProgramError(.software, "the video is closed already", file: path)
  }

  private func close() {
    if let encoder { cmedia_encoder_close(encoder) }
    encoder = nil
    file.discard()
  }

  /// Calls the shim; when it fails, ends the file and says why: a failed write is the system's
  /// message, anything else libav's.
  private func orDiscard(_ call: (UnsafeMutablePointer<CChar>) -> Int32) throws {
    do {
      try checked("the video cannot be encoded", .inputOutput, call)
    } catch let error as ProgramError {
      let number = encoder.map { cmedia_encoder_write_error($0) } ?? 0
      close()
      throw number == 0
        ? error.inFile(path) : systemError(number, "cannot be written", path, .inputOutput)
    }
  }
}
