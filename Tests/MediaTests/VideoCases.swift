// Frames that the video suites share.

import Compute
import Testing

@testable import Media

/// Frame `index`: four flat quarters whose colours change slowly, and a bar that moves.
func testFrame(_ index: Int, width: Int, height: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: width * height * 3)
  let colors: [[Int]] = [[200, 40, 40], [40, 180, 60], [40, 60, 200], [220, 220, 220]]
  for y in 0..<height {
    for x in 0..<width {
      let quarter = (y * 2 / height) * 2 + x * 2 / width
      for channel in 0..<3 {
        let isBar = (x + width - index * 2 % width) % width < 4
        bytes[(y * width + x) * 3 + channel] =
          isBar ? 20 : UInt8(colors[quarter][channel] - index % 16)
      }
    }
  }
  return bytes
}

extension FrameBuffer {
  /// Stores a whole RGB picture.
  func store(rgb: [UInt8]) {
    rgb.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      store(base, bytesPerRow: width * 3, channels: 3, rows: 0..<height)
    }
  }
}

extension FrameRate {
  /// When frame `index` is shown, in seconds.
  func time(ofFrame index: Int) -> Double {
    Double(index) * Double(denominator) / Double(numerator)
  }
}

/// Writes `count` test frames with a writer on this thread.
func writeVideo(_ path: String, _ settings: VideoSettings, count: Int, overwrite: Bool = false)
  throws -> FinishedOutput
{
  let writer = try VideoWriter(path: path, settings: settings, overwrite: overwrite)
  let frame = try writer.makeFrame()
  for index in 0..<count {
    frame.store(rgb: testFrame(index, width: settings.width, height: settings.height))
    try writer.append(frame)
  }
  return try writer.finish()
}
