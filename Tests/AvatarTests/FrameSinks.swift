import Media
import Testing

@testable import Avatar
@testable import Media

/// Keeps the bytes of every frame in the order of submission.
final class MemorySink: FrameSink {
  let width: Int
  let height: Int
  let channels: Int
  let bufferCount: Int
  private var free: [FrameBuffer]
  private(set) var frames: [[UInt8]] = []

  init(width: Int, height: Int, channels: Int, buffers: Int) {
    self.width = width
    self.height = height
    self.channels = channels
    bufferCount = buffers
    free = (0..<buffers).map { _ in
      FrameBuffer(width: width, height: height, channels: channels)
    }
  }

  func acquire() throws -> FrameBuffer {
    let frame = free.popLast()
    return try #require(frame)
  }

  func submit(_ frame: FrameBuffer) throws {
    guard case .pixels(let bytes, _) = frame.storage else { return }
    frames.append(Array(UnsafeBufferPointer(start: bytes, count: width * height * channels)))
    // What a frame does not write must not be what another one wrote.
    bytes.update(repeating: 0xa5, count: width * height * channels)
    free.append(frame)
  }

  func finish() throws -> FinishedOutput { FinishedOutput(path: "", frameCount: frames.count) }
  func cancel(keepPartial: Bool) throws -> FinishedOutput? { nil }
}
