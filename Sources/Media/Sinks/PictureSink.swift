// One frame as one PNG picture.

import Compute

/// The sink of a still: takes exactly one frame.
public final class PictureSink: FrameSink {
  public let width: Int
  public let height: Int
  public var bufferCount: Int { 1 }
  private let file: PendingFile
  private let frame: FrameBuffer
  private let meaning: PixelMeaning
  private var isAcquired = false
  private var isSubmitted = false

  /// Opens the file, so that an unwritable place is known before anything is rendered.
  ///
  /// - Parameters:
  ///   - channels: 3 for RGB, 4 for RGBA with straight alpha.
  ///   - overwrite: whether a file of that name may be replaced.
  public init(
    path: String, width: Int, height: Int, channels: Int, overwrite: Bool = false,
    meaning: PixelMeaning = .color
  ) throws {
    try Picture.checkSize(width: width, height: height, .usage, file: path)
    precondition(channels == 3 || channels == 4, "pixels have 3 or 4 bytes")
    self.width = width
    self.height = height
    self.meaning = meaning
    file = try PendingFile(path: path, overwrite: overwrite)
    frame = FrameBuffer(width: width, height: height, channels: channels)
  }

  public func acquire() throws -> FrameBuffer {
    guard !isAcquired else { throw onlyOne() }
    isAcquired = true
    return frame
  }

  public func submit(_ frame: FrameBuffer) throws {
    guard frame === self.frame, !isSubmitted else { throw onlyOne() }
    isSubmitted = true
  }

  public func finish() throws -> FinishedOutput {
    guard isSubmitted else {
      file.discard()
      throw ProgramError(.usage, "a picture needs one frame", file: file.path, found: "none")
    }
    var encoder = PNGEncoder(compression: .small)
    try writePNG(frame, meaning, with: &encoder, to: file)
    return FinishedOutput(path: file.path, frameCount: 1)
  }

  /// A picture has no partial form.
  public func cancel(keepPartial: Bool) throws -> FinishedOutput? {
    file.discard()
    return nil
  }

  private func onlyOne() -> ProgramError {
    ProgramError(
      .usage, "a single picture takes one frame", file: file.path,
      hint: "write a sequence: name_%06d.png")
  }
}
