// Two output rows at once: what both read comes from the second-level cache once, and enough sums are
// under way for the processor to add to two in every cycle.

import CSIMD
import Compute

extension DepthwiseConvolution {
  /// The longest row of a pair, in bytes: what a pair reads and writes must stay in the second-level cache.
  private static let longestRow = 1 << 16

  /// Whether two neighbouring rows may be computed together: windows of 5 x 5 at stride 1, whole vectors.
  /// Those of 3 x 3 wait for memory alone.
  var pairsRows: Bool {
    csimd_vector_bytes() == 64 && shape.kernelHeight == 5 && shape.kernelWidth == 5
      && shape.stride == 1 && shape.dilation == 1 && channels % 16 == 0
      && 4 * channels * columns.input <= Self.longestRow
  }

  /// Computes some pixels of rows y and y + 1, to the bits of each row alone.
  func twoRows(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap,
    residual: FeatureMap? = nil
  ) {
    let areInside = rows.interior.contains(y) && rows.interior.contains(y &+ 1)
    guard pairsRows && areInside && residual == nil else {
      row(y, columns, from: source, to: target, residual: residual)
      return row(y &+ 1, columns, from: source, to: target, residual: residual)
    }
    let inner = self.columns.interior(of: columns)
    let left = inner.count % FourSums<SIMD16<Float>>.pixels
    let pairs = inner.lowerBound..<inner.upperBound &- left
    withFunction { function in self.pairs(y, pairs, source, target, function) }
    for y in y..<y &+ 2 {
      row(y, columns.lowerBound..<pairs.lowerBound, from: source, to: target)
      row(y, pairs.upperBound..<columns.upperBound, from: source, to: target)
    }
  }

  @inline(never)
  private func pairs(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap,
    _ function: some EpilogueFunction
  ) {
    let next = source.pixelStride
    let top = source.base + rows.first(y) &* source.rowStride
    let foretells = foretells
    var x = columns.lowerBound
    while x < columns.upperBound {
      let start = top + self.columns.first(x) &* next
      var first = 0
      while first < channels {
        let piece = DepthwisePiece<SIMD16<Float>>(self, first, 0)
        var pixel = start + first
        if foretells {
          prefetchRows(pixel, source)
          target.prefetchTarget(y, x, first, 4)
          target.prefetchTarget(y &+ 1, x, first, 4)
        }
        var (upper, lower) = (FourSums<SIMD16<Float>>(), FourSums<SIMD16<Float>>())
        var weights = piece.weights
        upper.addFive(pixel, next, weights)
        var row = 1
        while row < 5 {
          pixel += source.rowStride
          lower.addFive(pixel, next, weights)
          weights += 80
          upper.addFive(pixel, next, weights)
          row &+= 1
        }
        pixel += source.rowStride
        lower.addFive(pixel, next, weights)
        let epilogue = piece.epilogue
        upper.forEach { pixel, sum in
          store16(function.apply(epilogue, sum), target.pixel(y, x &+ pixel) + first)
        }
        lower.forEach { pixel, sum in
          store16(function.apply(epilogue, sum), target.pixel(y &+ 1, x &+ pixel) + first)
        }
        first &+= 16
      }
      x &+= 4
    }
  }

  /// Asks for the last row of the pair, and for the first new one of the next pair: half as far ahead as for
  /// one row was the fastest of what was tried.
  @inline(__always)
  private func prefetchRows(_ pixel: UnsafePointer<Float>, _ source: FeatureMap) {
    let row = 4 &* source.rowStride
    let first = Int(bitPattern: pixel) &+ 5 &* row &+ prefetchDistance / 2
    source.prefetch(first, 4)
    source.prefetch(first &+ row, 4)
  }
}
