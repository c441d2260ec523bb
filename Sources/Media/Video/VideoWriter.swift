// Frames to a video file, on the calling thread. `VideoSink` runs it beside the renderer.

import CMedia
import Compute

/// Writes a video of the format that its settings name.
///
/// The file gets its name in `finish`, after it was read again and its frames counted. The same
/// frames and settings give the same bytes, on every run.
final class VideoWriter {
  let settings: VideoSettings
  /// Where the video will be.
  let path: String
  /// Frames appended so far.
  private(set) var frameCount = 0
  private let file: PendingFile
  private let overwrite: Bool
  private var encoder: OpaquePointer?

  /// - Parameter overwrite: whether a file of that name may be replaced.
  /// - Throws: when the settings are wrong, the file cannot be created or the encoder is missing.
  convenience init(path: String, settings: VideoSettings, overwrite: Bool = false) throws {
    try settings.validate()
    let file = try PendingFile(path: path, overwrite: overwrite)
    try self.init(file: file, settings: settings, overwrite: overwrite)
  }

  init(file: PendingFile, settings: VideoSettings, overwrite: Bool) throws {
    self.settings = settings
    self.file = file
    self.overwrite = overwrite
    path = file.path
    do {
      var values = try cmedia_video_settings(settings)
      try withCString(settings.comment) { comment in
        values.comment = comment
        var status: Int32 = 0
        var writeError: Int32 = 0
        do {
          try checked("the video cannot be started", .unavailable) {
            status = cmedia_encoder_open(&encoder, &values, file.descriptor, &writeError, $0)
            return status
          }
        } catch let error as ProgramError {
          if status == CMEDIA_NO_ENCODER { throw settings.format.codec.encoder.missing }
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

  /// A frame of this video's size; make a few and use them again.
  func makeFrame() throws -> FrameBuffer {
    try FrameBuffer(
      width: settings.width, height: settings.height, pixels: settings.format.pixels)
  }

  /// Encodes `frame`, made by `makeFrame`; its memory may be filled again afterwards.
  ///
  /// After an error the writer is finished and its file gone.
  func append(_ frame: FrameBuffer) throws {
    guard let encoder else { throw closed() }
    guard frame.width == settings.width, frame.height == settings.height else {
      throw ProgramError(
        .software, "a frame of another size", file: path,
        expected: "\(settings.width) x \(settings.height)",
        found: "\(frame.width) x \(frame.height)")
    }
    let sent: Void? = try frame.withFrame(of: settings.format.pixels) { planes in
      try orDiscard { cmedia_encoder_send(encoder, planes, $0) }
    }
    guard sent != nil else {
      throw ProgramError(.software, "a frame that is not this video's", file: path)
    }
    frameCount += 1
  }

  /// Completes the file, reads it again, counts its frames and gives it its name.
  func finish() throws -> FinishedOutput {
    try complete()
    try file.commit()
    return FinishedOutput(path: path, frameCount: frameCount)
  }

  /// Stops early.
  ///
  /// - Parameter keepPartial: whether the frames so far become a playable file, `NAME.partial.mp4`
  ///   (or `NAME.partial-2.mp4` and so on, rather than replacing an earlier one).
  /// - Returns: that file, or nil when there is none.
  func cancel(keepPartial: Bool) throws -> FinishedOutput? {
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
