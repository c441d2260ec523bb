// A video that is encoded while the next frames are rendered.

import Compute

/// `VideoWriter` on a thread of its own, fed through a few frames that are used again and again.
public final class VideoSink: FrameSink {
  public let width: Int
  public let height: Int
  public let bufferCount: Int
  private let writer: VideoWriter
  private let ring: FrameRing
  private let thread: BackgroundThread

  /// - Parameters:
  ///   - buffers: frames in circulation, at least 2: one in the encoder, the others with the
  ///     renderer or waiting.
  ///   - overwrite: whether a file of that name may be replaced.
  public convenience init(
    path: String, settings: VideoSettings, buffers: Int = 4, overwrite: Bool = false
  ) throws {
    try self.init(
      VideoWriter(path: path, settings: settings, overwrite: overwrite), buffers: buffers)
  }

  init(_ writer: VideoWriter, buffers: Int) throws {
    self.writer = writer
    width = writer.settings.width
    height = writer.settings.height
    bufferCount = max(buffers, 2)
    let ring = try FrameRing((0..<bufferCount).map { _ in try writer.makeFrame() })
    self.ring = ring
    // The writer belongs to the thread until it is joined.
    nonisolated(unsafe) let writer = writer
    thread = try BackgroundThread {
      while let frame = ring.take() {
        do {
          try writer.append(frame)
          ring.giveBack(frame)
        } catch {
          ring.fail(asProgramError(error))
          return
        }
      }
    }
  }

  deinit {
    ring.close(dropping: true)
    thread.join()
  }

  public func acquire() throws -> FrameBuffer { try ring.acquire() }

  public func submit(_ frame: FrameBuffer) throws { try ring.submit(frame) }

  public func finish() throws -> FinishedOutput {
    try stop(dropping: false)
    return try writer.finish()
  }

  public func cancel(keepPartial: Bool) throws -> FinishedOutput? {
    try stop(dropping: !keepPartial)
    return try writer.cancel(keepPartial: keepPartial)
  }

  private func stop(dropping: Bool) throws {
    ring.close(dropping: dropping)
    thread.join()
    if let error = ring.failure { throw error }
  }
}

/// Errors of our own as they are; there are no others.
func asProgramError(_ error: any Error) -> ProgramError {
  error as? ProgramError ?? ProgramError(.software, "\(error)")
}
