// Channels spread over blocks of pixels, and blocks gathered into channels, channels last.

import CSIMD
import Compute

/// `torch.nn.functional.pixel_shuffle`: (H, W, C r r) to (H r, W r, C), channel c of pixel
/// (h r + i, w r + j) being channel (c r + i) r + j of pixel (h, w).
struct DepthToSpaceKernel: Sendable {
  let factor: Int

  init(factor: Int) {
    precondition(factor > 0)
    self.factor = factor
  }

  /// The row of the input that an output row reads.
  func rowsRead(_ y: Int) -> Range<Int> { y / factor..<y / factor + 1 }

  /// The column of the input that an output column reads.
  func columnsRead(_ x: Int) -> Range<Int> { x / factor..<x / factor + 1 }

  /// Copies some pixels of an output row.
  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    precondition(source.channels == target.channels * factor * factor)
    precondition(target.height == source.height * factor && target.width == source.width * factor)
    switch (factor, target.channels) {
    case (2, 3): row(y, columns, source, target, factor: 2, channels: 3)
    case (2, 16...): pairs(y, columns, source, target)
    case (2, let channels): row(y, columns, source, target, factor: 2, channels: channels)
    case (4, 3): row(y, columns, source, target, factor: 4, channels: 3)
    case (2, 1): row(y, columns, source, target, factor: 2, channels: 1)
    case (let factor, 1): row(y, columns, source, target, factor: factor, channels: 1)
    case (let factor, 3): row(y, columns, source, target, factor: factor, channels: 3)
    case (let factor, let channels):
      row(y, columns, source, target, factor: factor, channels: channels)
    }
  }

  /// Blocks of two by two, whose channels come in fours: sixteen of both pixels of a row at a time.
  @inline(never)
  private func pairs(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let start = columns.lowerBound &+ (columns.lowerBound & 1)
    let end = max(start, columns.upperBound & ~1)
    row(
      y, columns.lowerBound..<min(start, columns.upperBound), source, target, factor: 2,
      channels: target.channels)
    if y & 1 == 0 {
      pairs(y, start..<end, source, target, first: 0)
    } else {
      pairs(y, start..<end, source, target, first: 2)
    }
    row(
      y, end..<max(end, columns.upperBound), source, target, factor: 2, channels: target.channels)
  }

  @inline(__always)
  private func pairs(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap, first: Int32
  ) {
    for x in stride(from: columns.lowerBound, to: columns.upperBound, by: 2) {
      let from = source.pixel(y / 2, x / 2)
      let to = target.pixel(y, x)
      SIMD16<Float>.forEach(target.channels) { channel, _ in
        csimd_pairs_of_fours(
          from + 4 &* channel, first, to + channel, to + (target.pixelStride &+ channel))
      }
    }
  }

  @inline(__always)
  private func row(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap, factor: Int,
    channels: Int
  ) {
    guard !columns.isEmpty else { return }
    var x = columns.lowerBound
    var from = source.pixel(y / factor, x / factor) + y % factor &* factor
    var column = x % factor
    var to = target.pixel(y, x)
    while x < columns.upperBound {
      var channel = 0
      while channel < channels {
        to[channel] = from[channel &* factor &* factor &+ column]
        channel &+= 1
      }
      to += target.pixelStride
      x &+= 1
      column &+= 1
      if column == factor {
        column = 0
        from += source.pixelStride
      }
    }
  }
}

/// `tf.nn.depth_to_space`: (H, W, r r C) to (H r, W r, C), channel c of pixel (h r + i, w r + j) being
/// channel (i r + j) C + c of pixel (h, w).
struct BlockToSpaceKernel: Sendable {
  let factor: Int

  init(factor: Int) {
    precondition(factor > 0)
    self.factor = factor
  }

  /// The row of the input that an output row reads.
  func rowsRead(_ y: Int) -> Range<Int> { y / factor..<y / factor + 1 }

  /// The column of the input that an output column reads.
  func columnsRead(_ x: Int) -> Range<Int> { x / factor..<x / factor + 1 }

  /// Copies some pixels of an output row.
  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    let channels = target.channels
    precondition(source.channels == channels * factor * factor)
    precondition(target.height == source.height * factor && target.width == source.width * factor)
    for x in columns {
      let block = (y % factor * factor + x % factor) * channels
      target.pixel(y, x).update(
        from: source.pixel(y / factor, x / factor) + block, count: channels)
    }
  }
}
