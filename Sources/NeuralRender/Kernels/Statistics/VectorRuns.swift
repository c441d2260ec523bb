// Loops over stretches of floats without a gap: whole vectors, and at the end one that overlaps the one
// before it, since stores of part of a vector are slow where there are no masks.

import Compute

enum VectorRuns {
  /// target[i] = function(source[i]), of `count` floats. Source and target may be the same.
  @inline(__always)
  static func map(
    _ count: Int, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
    _ function: (SIMD16<Float>) -> SIMD16<Float>
  ) {
    guard count >= 16 else {
      return storeFirst16(function(loadFirst16(source, count)), target, count)
    }
    let end = count &- 16
    // Loaded before the vectors that it overlaps are written.
    let last = load16(source + end)
    var index = 0
    while index < end {
      store16(function(load16(source + index)), target + index)
      index &+= 16
    }
    store16(function(last), target + end)
  }

  /// target[i] = function(source[i], tables at i % period). `function` is given the place in tables
  /// that are repeated behind their end; see `RepeatedTable`.
  @inline(__always)
  static func map(
    _ count: Int, period: Int, _ source: UnsafePointer<Float>,
    _ target: UnsafeMutablePointer<Float>,
    _ function: (_ value: SIMD16<Float>, _ place: Int) -> SIMD16<Float>
  ) {
    guard count >= 16 else {
      return storeFirst16(function(loadFirst16(source, count), 0), target, count)
    }
    let end = count &- 16
    let last = load16(source + end)
    let step = period < 16 ? 16 % period : 16
    var place = 0
    var index = 0
    while index < end {
      store16(function(load16(source + index), place), target + index)
      index &+= 16
      place &+= step
      if place >= period { place &-= period }
    }
    store16(function(last, end < period ? end : end % period), target + end)
  }

  /// Calls `body` with the pixels of a row in stretches without a gap: once where both images are
  /// packed, for each pixel elsewhere.
  @inline(__always)
  static func forEach(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap,
    _ body: (
      _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ count: Int
    ) -> Void
  ) {
    let channels = target.channels
    let isPacked = source.pixelStride == channels && target.pixelStride == channels
    let runs = isPacked ? min(columns.count, 1) : columns.count
    let count = isPacked ? columns.count * channels : channels
    for run in 0..<runs {
      let x = columns.lowerBound + run
      body(source.pixel(y, x), target.pixel(y, x), count)
    }
  }
}

/// Numbers by channel, repeated behind their end, so that a vector may begin at any channel and go on
/// with the next pixel's.
final class RepeatedTable: Sendable {
  private let values: AlignedBuffer<Float>

  init(_ numbers: [Float]) {
    values = AlignedBuffer(count: Self.floats(numbers.count))
    for (index, number) in numbers.enumerated() { values[index] = number }
    Self.repeatFirst(values.pointer, numbers.count)
  }

  var pointer: UnsafePointer<Float> { UnsafePointer(values.pointer) }

  /// Floats of a table, a multiple of sixteen.
  static func floats(_ count: Int) -> Int { (count + 31) & ~15 }

  /// Fills what lies behind the first `count` numbers.
  static func repeatFirst(_ table: UnsafeMutablePointer<Float>, _ count: Int) {
    guard count > 0 else { return }
    for index in count..<floats(count) { table[index] = table[index - count] }
  }
}
