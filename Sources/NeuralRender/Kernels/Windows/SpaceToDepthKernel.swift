// Blocks of pixels gathered into channels, channels last.

import CSIMD
import Compute

/// `torch.nn.functional.pixel_unshuffle`, the inverse: (H r, W r, C) to (H, W, C r r).
struct SpaceToDepthKernel: Sendable {
  let factor: Int

  init(factor: Int) {
    precondition(factor > 0)
    self.factor = factor
  }

  /// The rows of the input that an output row reads.
  func rowsRead(_ y: Int) -> Range<Int> { y * factor..<(y + 1) * factor }

  /// The columns of the input that an output column reads.
  func columnsRead(_ x: Int) -> Range<Int> { x * factor..<(x + 1) * factor }

  /// Copies some pixels of an output row.
  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    precondition(target.channels == source.channels * factor * factor)
    precondition(source.height == target.height * factor && source.width == target.width * factor)
    switch factor {
    case 2 where source.channels <= 4 && source.pixelStride == source.channels:
      blocks(y, columns, source, target)
    case 2: row(y, columns, source, target, factor: 2)
    case 3: row(y, columns, source, target, factor: 3)
    case 4: row(y, columns, source, target, factor: 4)
    default: row(y, columns, source, target, factor: factor)
    }
  }

  /// Blocks of two by two pixels of up to four channels: a vector of both rows, changed in order.
  @inline(never)
  private func blocks(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let channels = source.channels
    var places = SIMD16<Int32>.zero
    for lane in 0..<4 &* channels {
      let (channel, row, column) = (lane / 4, lane / 2 % 2, lane % 2)
      places[lane] = Int32(truncatingIfNeeded: 8 &* row &+ column &* channels &+ channel)
    }
    // Whole vectors reach into the pixels behind, which are read as well, or written after them.
    let isPacked = target.pixelStride == target.channels
    let reach = (7 / channels) &+ 2
    let last = isPacked ? min(columns.upperBound, target.width &- reach) &- 4 : 0
    let row = source.base + 2 &* y &* source.rowStride
    let to = target.base + y &* target.rowStride
    var x = columns.lowerBound
    while x < columns.upperBound {
      let upper = row + 2 &* channels &* x
      let lower = upper + source.rowStride
      csimd_prefetch(UnsafeRawPointer(upper) + prefetchDistance)
      csimd_prefetch(UnsafeRawPointer(lower) + prefetchDistance)
      if x < last {
        let both = SIMD16(lowHalf: SIMD8(at: upper), highHalf: SIMD8(at: lower))
        store16(csimd_lookup16_f32(both, places), to + x &* target.pixelStride)
      } else {
        let count = 2 &* channels
        let both = SIMD16(
          lowHalf: loadFirst16(upper, count).lowHalf, highHalf: loadFirst16(lower, count).lowHalf)
        storeFirst16(
          csimd_lookup16_f32(both, places), to + x &* target.pixelStride, 4 &* channels)
      }
      x &+= 1
    }
  }

  @inline(__always)
  private func row(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap, factor: Int
  ) {
    for x in columns {
      let block = source.pixel(y &* factor, x &* factor)
      var to = target.pixel(y, x)
      var channel = 0
      while channel < source.channels {
        var row = 0
        while row < factor {
          let from = block + (row &* source.rowStride &+ channel)
          var column = 0
          while column < factor {
            to[column] = from[column &* source.pixelStride]
            column &+= 1
          }
          to += factor
          row &+= 1
        }
        channel &+= 1
      }
    }
  }
}
