// Kernels that are no product of a column and a row.

import CSIMD
import Compute

extension UpFIRDownKernel {
  /// Pixels of a row with a kernel that is no product.
  func wholeRow(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let (topSample, topPhase) = vertical.first(y)
    let (top, bottom) = (
      max(topSample, 0), min(topSample + vertical.count(topPhase), source.height)
    )
    let rows = top..<max(bottom, top)
    let firstTap = topPhase + (top - topSample) * vertical.up
    for x in columns {
      let (sample, phase) = horizontal.first(x)
      let left = max(sample, 0)
      let right = min(sample + horizontal.count(phase), source.width)
      let across = left..<max(right, left)
      let to = target.pixel(y, x)
      if channels < 16 {
        let value = sum(rows, firstTap, across, phase, left - sample, source) {
          loadFirst16($0, channels)
        }
        storeFirst16(value, to, channels)
        continue
      }
      var channel = 0
      while channel < channels {
        // The last vector overlaps the one before it.
        let start = min(channel, channels - 16)
        let value = sum(rows, firstTap, across, phase, left - sample, source) {
          load16($0 + start)
        }
        store16(value, to + start)
        channel += 16
      }
    }
  }

  /// The sum over the samples of some rows and columns.
  ///
  /// - Parameters:
  ///   - tap: the row of taps that meets the first row.
  ///   - skipped: taps of `phase` before the one that meets the first column.
  ///   - load: reads channels of a pixel.
  @inline(__always)
  private func sum(
    _ rows: Range<Int>, _ tap: Int, _ columns: Range<Int>, _ phase: Int, _ skipped: Int,
    _ source: FeatureMap, load: (UnsafePointer<Float>) -> SIMD16<Float>
  ) -> SIMD16<Float> {
    let lists = whole.taps(0)
    var sum = SIMD16<Float>.zero
    for row in rows {
      let list = tap + (row - rows.lowerBound) * vertical.up
      let weights = lists + ((list * horizontal.up + phase) * horizontal.most + skipped)
      var from = UnsafePointer(source.pixel(row, columns.lowerBound))
      for column in 0..<columns.count {
        sum = multiplyAdd(load(from), SIMD16(repeating: weights[column]), sum)
        from += source.pixelStride
      }
    }
    return sum
  }
}
