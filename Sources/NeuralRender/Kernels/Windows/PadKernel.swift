// Borders added to an image or cut off, channels last.

import Compute

/// An image with its borders widened, or cropped where `top` and `left` are negative.
///
/// What is added or cut below and to the right follows from the extents of the maps. Reflection must not
/// need a second mirror.
struct PadKernel: Sendable {
  /// Pixels added above and to the left.
  let top: Int
  let left: Int
  let border: BorderMode

  init(top: Int, left: Int, border: BorderMode = .zero) {
    precondition(border == .zero || (top >= 0 && left >= 0), "only zero padding can crop")
    self.top = top
    self.left = left
    self.border = border
  }

  /// The row of the input that an output row reads, before border handling.
  func rowsRead(_ y: Int) -> Range<Int> { y - top..<y - top + 1 }

  /// The column of the input that an output column reads, before border handling.
  func columnsRead(_ x: Int) -> Range<Int> { x - left..<x - left + 1 }

  /// Writes some pixels of an output row.
  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    precondition(source.channels == target.channels)
    guard let sourceY = borderIndex(y - top, count: source.height, border: border) else {
      for x in columns { target.pixel(y, x).update(repeating: 0, count: target.channels) }
      return
    }
    precondition(sourceY >= 0 && sourceY < source.height)
    let start = min(max(left, columns.lowerBound), columns.upperBound)
    let end = max(start, min(left + source.width, columns.upperBound))
    edges(y, sourceY, columns.lowerBound..<start, source, target)
    copy(
      source.pixel(sourceY, start - left), source.pixelStride, target.pixel(y, start),
      target.pixelStride, pixels: end - start, channels: target.channels)
    edges(y, sourceY, end..<columns.upperBound, source, target)
  }

  private func edges(
    _ y: Int, _ sourceY: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    for x in columns {
      let pixel = target.pixel(y, x)
      if let sourceX = borderIndex(x - left, count: source.width, border: border) {
        precondition(sourceX >= 0 && sourceX < source.width)
        pixel.update(from: source.pixel(sourceY, sourceX), count: target.channels)
      } else {
        pixel.update(repeating: 0, count: target.channels)
      }
    }
  }
}

/// Copies the channels of neighbouring pixels.
@inline(__always)
private func copy(
  _ source: UnsafePointer<Float>, _ sourceStride: Int, _ target: UnsafeMutablePointer<Float>,
  _ targetStride: Int, pixels: Int, channels: Int
) {
  if sourceStride == channels && targetStride == channels {
    target.update(from: source, count: pixels * channels)
  } else {
    for pixel in 0..<pixels {
      (target + pixel * targetStride).update(from: source + pixel * sourceStride, count: channels)
    }
  }
}
