// The taps of a filter along one axis that meet samples and not the zeros between them.

import Compute

/// One axis of a filter whose input has `up - 1` zeros behind each sample and whose output keeps every
/// `down`-th position: position o begins at o * down - before of the widened input.
struct PolyphaseAxis: Sendable {
  let up: Int
  let down: Int
  let before: Int
  /// Taps of the filter.
  let taps: Int
  /// The most samples that a position meets.
  let most: Int

  init(up: Int, down: Int, before: Int, taps: Int) {
    (self.up, self.down, self.before, self.taps) = (up, down, before, taps)
    most = (taps + up - 1) / up
  }

  /// The first sample that a position meets, and which of the taps 0 ..< up meets it.
  @inline(__always)
  func first(_ position: Int) -> (sample: Int, phase: Int) {
    let start = position * down - before
    let sample = start >= 0 ? (start + up - 1) / up : -(-start / up)
    return (sample, sample * up - start)
  }

  /// Taps that meet samples: `phase`, phase + up, ...
  @inline(__always)
  func count(_ phase: Int) -> Int {
    phase &+ (most &- 1) &* up < taps ? most : most &- 1
  }

  /// The samples that a position meets, before the borders are looked at.
  func read(_ position: Int) -> Range<Int> {
    let (sample, phase) = first(position)
    return sample..<sample + count(phase)
  }
}

/// The taps of filters along one axis, those of a phase side by side: [filter][phase][axis.most].
final class PolyphaseTaps: Sendable {
  private let values: AlignedBuffer<Float>
  private let most: Int

  /// - Parameter taps: of one filter or of several, one after the other, in the order in which they meet
  ///   the input, not flipped.
  init(_ axis: PolyphaseAxis, _ taps: [Float]) {
    most = axis.most
    let size = axis.up * most
    values = AlignedBuffer(count: taps.count / axis.taps * size, filledWith: 0)
    for (index, value) in taps.enumerated() {
      let tap = index % axis.taps
      values[index / axis.taps * size + tap % axis.up * most + tap / axis.up] = value
    }
  }

  /// The taps of a phase of the first filter.
  @inline(__always)
  func taps(_ phase: Int) -> UnsafePointer<Float> {
    UnsafePointer(values.pointer + phase * most)
  }
}

/// Weighted sums of stretches of floats.
enum TapSum {
  /// target[i] = sum over t < taps of weights[t] source[t * stride + i], of `count` >= 16 floats. Source
  /// and target must not overlap.
  @inline(__always)
  static func run(
    _ count: Int, _ source: UnsafePointer<Float>, stride: Int, _ weights: UnsafePointer<Float>,
    taps: Int, _ target: UnsafeMutablePointer<Float>, prefetch: (_ index: Int) -> Void
  ) {
    // The taps of few floats are not worth a loop.
    switch taps {
    case 2 where count < 64: sums(count, source, stride: stride, weights, taps: 2, target, prefetch)
    case 4 where count < 64: sums(count, source, stride: stride, weights, taps: 4, target, prefetch)
    default: sums(count, source, stride: stride, weights, taps: taps, target, prefetch)
    }
  }

  @inline(__always)
  private static func sums(
    _ count: Int, _ source: UnsafePointer<Float>, stride: Int, _ weights: UnsafePointer<Float>,
    taps: Int, _ target: UnsafeMutablePointer<Float>, _ prefetch: (_ index: Int) -> Void
  ) {
    var index = 0
    while index &+ 64 <= count {
      prefetch(index)
      let from = source + index
      var (a, b, c, d) = (
        SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero
      )
      var place = 0
      for tap in 0..<taps {
        let weight = SIMD16<Float>(repeating: weights[tap])
        a = multiplyAdd(load16(from + place), weight, a)
        b = multiplyAdd(load16(from + (place &+ 16)), weight, b)
        c = multiplyAdd(load16(from + (place &+ 32)), weight, c)
        d = multiplyAdd(load16(from + (place &+ 48)), weight, d)
        place &+= stride
      }
      store16(a, target + index)
      store16(b, target + (index &+ 16))
      store16(c, target + (index &+ 32))
      store16(d, target + (index &+ 48))
      index &+= 64
    }
    if index &+ 32 <= count {
      let from = source + index
      var (a, b) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
      var place = 0
      for tap in 0..<taps {
        let weight = SIMD16<Float>(repeating: weights[tap])
        a = multiplyAdd(load16(from + place), weight, a)
        b = multiplyAdd(load16(from + (place &+ 16)), weight, b)
        place &+= stride
      }
      store16(a, target + index)
      store16(b, target + (index &+ 16))
      index &+= 32
    }
    while index < count {
      // The last vector overlaps the one before it.
      let first = min(index, count &- 16)
      store16(vector(source + first, stride: stride, weights, taps: taps), target + first)
      index &+= 16
    }
  }

  /// The same sums for sixteen floats.
  @inline(__always)
  static func vector(
    _ source: UnsafePointer<Float>, stride: Int, _ weights: UnsafePointer<Float>, taps: Int
  ) -> SIMD16<Float> {
    var sum = SIMD16<Float>.zero
    var place = 0
    for tap in 0..<taps {
      sum = multiplyAdd(load16(source + place), SIMD16(repeating: weights[tap]), sum)
      place &+= stride
    }
    return sum
  }
}
