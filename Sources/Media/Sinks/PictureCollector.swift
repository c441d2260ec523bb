// Frames that stay in memory.

import Compute

/// A sink that keeps its frames as pictures, for those who go on drawing.
public final class PictureCollector: FrameSink {
  public let width: Int
  public let height: Int
  public let bufferCount: Int
  /// In the order of submission, with the channels of the sink.
  public private(set) var pictures: [Picture] = []
  private let channels: Int
  private var free: [FrameBuffer] = []

  /// - Parameter channels: 3 for RGB, 4 for RGBA with straight alpha.
  public init(width: Int, height: Int, channels: Int, buffers: Int) throws {
    try Picture.checkSize(width: width, height: height, .usage)
    precondition(channels == 3 || channels == 4, "pixels have 3 or 4 bytes")
    self.width = width
    self.height = height
    self.channels = channels
    bufferCount = buffers
  }

  public func acquire() throws -> FrameBuffer {
    free.popLast() ?? FrameBuffer(width: width, height: height, channels: channels)
  }

  public func submit(_ frame: FrameBuffer) throws {
    guard case .pixels(let bytes, channels) = frame.storage, frame.width == width,
      frame.height == height
    else { throw ProgramError(.software, "a frame of another sink") }
    let count = width * height * channels
    pictures.append(
      Picture(
        unchecked: width, height, channels,
        .bytes([UInt8](UnsafeBufferPointer(start: bytes, count: count)))))
    free.append(frame)
  }

  public func finish() throws -> FinishedOutput {
    FinishedOutput(path: "", frameCount: pictures.count)
  }

  public func cancel(keepPartial: Bool) throws -> FinishedOutput? { nil }
}
