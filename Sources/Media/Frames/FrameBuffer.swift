// One frame on its way from the renderer to a sink.

import CMedia
import Compute

/// Memory for one frame in the form its sink wants, made once and used again and again.
public final class FrameBuffer: @unchecked Sendable {
  // Sendable: the size and pointers never change; the frame has one owner at a time (the renderer
  // between acquire and submit, else the sink), whose workers store disjoint bands.

  public enum Storage: @unchecked Sendable {
    /// For a video: of its pixel format.
    case planes(FramePlanes, PixelFormat)
    /// For pictures: interleaved 8-bit rows without padding, straight alpha if 4 channels.
    case pixels(UnsafeMutablePointer<UInt8>, channels: Int)
  }

  /// Of the picture, before a video's padding to whole chroma samples.
  public let width: Int
  public let height: Int
  public let storage: Storage
  /// The number the sink gave the frame when it was submitted.
  var index = 0
  private let frame: cmedia_frame?
  private let memory: AlignedBuffer<UInt8>

  /// A frame for `VideoWriter`.
  init(width: Int, height: Int, pixels: PixelFormat) throws {
    let size = pixels.padded(width: width, height: height)
    var description = try cmedia_pixel_format(pixels)
    var frame = cmedia_frame()
    try checked("no memory for a frame of \(width) x \(height)", .osError) {
      cmedia_frame_create(&frame, &description, Int32(size.width), Int32(size.height), $0)
    }
    self.width = width
    self.height = height
    self.frame = frame
    memory = AlignedBuffer(count: 0)
    storage = .planes(
      FramePlanes(frame, width: size.width, height: size.height), pixels)
  }

  /// A frame for the picture sinks.
  init(width: Int, height: Int, channels: Int) {
    self.width = width
    self.height = height
    frame = nil
    memory = AlignedBuffer(count: width * height * channels)
    storage = .pixels(memory.pointer, channels: channels)
  }

  deinit {
    if let frame { cmedia_frame_free(frame) }
  }

  /// Stores a band of finished rows, whatever the sink is: converted for a video, copied for
  /// pictures. Several threads may store different bands of one frame.
  ///
  /// - Parameters:
  ///   - pixels: the first row of the band, 8-bit RGB or RGBA.
  ///   - bytesPerRow: from a row to the next.
  ///   - channels: 3 or 4. RGB becomes opaque in an RGBA picture; what a video makes of alpha, its pixel
  ///     format says.
  ///   - rows: the band; it starts at an even row, and ends at one or at the frame's end.
  public func store(
    _ pixels: UnsafePointer<UInt8>, bytesPerRow: Int, channels: Int, rows: Range<Int>
  ) {
    switch storage {
    case .planes(let planes, let format):
      format.conversion.convert(
        PixelBand(
          pixels: pixels, bytesPerRow: bytesPerRow, channels: channels, width: width,
          height: height, rows: rows), planes)
    case .pixels(let to, let wanted):
      precondition(rows.lowerBound >= 0 && rows.upperBound <= height, "rows outside the frame")
      for row in rows {
        copyRow(
          pixels + (row - rows.lowerBound) * bytesPerRow, channels,
          to + row * width * wanted, wanted, width)
      }
    }
  }

  /// For the encoder; nil for a frame of other pixels.
  func withFrame<R>(
    of pixels: PixelFormat, _ body: (UnsafePointer<cmedia_frame>) throws -> R
  ) rethrows -> R? {
    guard var frame, case .planes(_, pixels) = storage else { return nil }
    return try body(&frame)
  }
}

/// Copies a row of pixels of 3 or 4 bytes to pixels of 3 or 4 bytes.
private func copyRow(
  _ from: UnsafePointer<UInt8>, _ fromChannels: Int, _ to: UnsafeMutablePointer<UInt8>,
  _ toChannels: Int, _ width: Int
) {
  if fromChannels == toChannels {
    to.update(from: from, count: width * toChannels)
    return
  }
  for x in 0..<width {
    to[x * toChannels] = from[x * fromChannels]
    to[x * toChannels + 1] = from[x * fromChannels + 1]
    to[x * toChannels + 2] = from[x * fromChannels + 2]
    if toChannels == 4 { to[x * 4 + 3] = 255 }
  }
}
