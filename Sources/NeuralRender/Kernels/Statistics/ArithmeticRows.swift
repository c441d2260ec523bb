// Arithmetic of two images and selection between two, row by row.

import CSIMD
import Compute

/// Rows of any of `Arithmetic`'s functions. An operand's height, width or channels may be 1 where the
/// target's is more; the target may be one of the operands that are as large as it.
struct ArithmeticRows: Sendable {
  let function: Arithmetic.Function

  init(_ function: Arithmetic.Function) { self.function = function }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(
    _ y: Int, _ columns: Range<Int>, _ one: FeatureMap, _ other: FeatureMap,
    to target: FeatureMap
  ) {
    @inline(__always)
    func each(_ body: (SIMD16<Float>, SIMD16<Float>) -> SIMD16<Float>) {
      combine(y, columns, one, other, target, body)
    }
    // Minimum, maximum and comparison as in Swift: the first operand where one is not a number.
    switch function {
    case .add: each { $0 + $1 }
    case .subtract: each { $0 - $1 }
    case .multiply: each { $0 * $1 }
    case .divide: each { csimd_divide_f32($0, $1) }
    case .minimum: each { $0.replacing(with: $1, where: $1 .< $0) }
    case .maximum: each { $0.replacing(with: $1, where: $1 .>= $0) }
    case .less: each { SIMD16<Float>.zero.replacing(with: 1, where: $0 .< $1) }
    }
  }

  @inline(__always)
  private func combine(
    _ y: Int, _ columns: Range<Int>, _ one: FeatureMap, _ other: FeatureMap,
    _ target: FeatureMap, _ function: (SIMD16<Float>, SIMD16<Float>) -> SIMD16<Float>
  ) {
    let left = BroadcastOperand(one, y, like: target)
    let right = BroadcastOperand(other, y, like: target)
    let isRun = left.isRun && right.isRun
    if target.pixelStride == target.channels && target.channels < 16
      && (left.isPacked && right.isMask || left.isMask && right.isPacked)
    {
      return combine(y, columns, left, right, target, function)
    }
    target.forEachStretch(y, columns, isRun: isRun) { x, to, count in
      let (a, b) = (left.pixel(x), right.pixel(x))
      guard count >= 16 else {
        let value = function(left.loadFirst(a, count), right.loadFirst(b, count))
        return storeFirst16(value, to, count)
      }
      // As in `VectorRuns.map`.
      let end = count &- 16
      let last = function(left.load(a, end), right.load(b, end))
      var index = 0
      while index < end {
        store16(function(left.load(a, index), right.load(b, index)), to + index)
        index &+= 16
      }
      store16(last, to + end)
    }
  }

  /// Pixels of few channels without a gap, and a number a pixel that is repeated over its channels.
  @inline(__always)
  private func combine(
    _ y: Int, _ columns: Range<Int>, _ left: BroadcastOperand, _ right: BroadcastOperand,
    _ target: FeatureMap, _ function: (SIMD16<Float>, SIMD16<Float>) -> SIMD16<Float>
  ) {
    let places = LanePixels(channels: target.channels)
    var x = columns.lowerBound
    while x < columns.upperBound {
      let pixels = min(16, columns.upperBound &- x)
      let a = MaskedOperand(left, x, pixels)
      let b = MaskedOperand(right, x, pixels)
      let to = target.pixel(y, x)
      var vector = 0
      var rest = pixels &* target.channels
      while rest > 0 {
        let value = function(a.load(vector, rest, places), b.load(vector, rest, places))
        storeFirst16(value, to + 16 &* vector, rest)
        vector &+= 1
        rest &-= 16
      }
      x &+= 16
    }
  }
}

/// Rows of `Select`: the second operand where the first is not 0, else the third. Extents are as for
/// `ArithmeticRows`.
struct SelectRows: Sendable {
  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(
    _ y: Int, _ columns: Range<Int>, condition: FeatureMap, _ one: FeatureMap,
    else other: FeatureMap, to target: FeatureMap
  ) {
    let mask = BroadcastOperand(condition, y, like: target)
    let left = BroadcastOperand(one, y, like: target)
    let right = BroadcastOperand(other, y, like: target)
    let isRun = mask.isRun && left.isRun && right.isRun
    target.forEachStretch(y, columns, isRun: isRun) { x, to, count in
      let (m, a, b) = (mask.pixel(x), left.pixel(x), right.pixel(x))
      @inline(__always)
      func value(_ index: Int) -> SIMD16<Float> {
        left.load(a, index).replacing(
          with: right.load(b, index), where: mask.load(m, index) .== SIMD16<Float>.zero)
      }
      guard count >= 16 else {
        let value = left.loadFirst(a, count).replacing(
          with: right.loadFirst(b, count),
          where: mask.loadFirst(m, count) .== SIMD16<Float>.zero)
        return storeFirst16(value, to, count)
      }
      let end = count &- 16
      let last = value(end)
      var index = 0
      while index < end {
        store16(value(index), to + index)
        index &+= 16
      }
      store16(last, to + end)
    }
  }
}

extension FeatureMap {
  /// Calls `body` with stretches of a row without a gap: all pixels at once where they are packed and
  /// `isRun` says the same of what is read, else one by one.
  @inline(__always)
  fileprivate func forEachStretch(
    _ y: Int, _ columns: Range<Int>, isRun: Bool,
    _ body: (_ x: Int, _ to: UnsafeMutablePointer<Float>, _ count: Int) -> Void
  ) {
    let isRun = isRun && pixelStride == channels
    let runs = isRun ? min(columns.count, 1) : columns.count
    let count = isRun ? columns.count * channels : channels
    for run in 0..<runs {
      let x = columns.lowerBound + run
      body(x, pixel(y, x), count)
    }
  }
}
