// Sums over the channels of a pixel, of eight pixels at a time: lanes in single precision, put together in
// double precision. What follows a sum (a division, a root) takes the processor long, but it does so for
// all eight at once.

import CSIMD
import Compute

/// Eight pixels whose channels can be summed, a lane of every result a pixel.
///
/// The sums of sixteen lanes, and of their quarters, are taken in the same order by all that conform.
protocol EightPixels {
  var channels: Int { get }

  /// The sum of a function of all channels that is 0 of 0.
  func sum(_ function: (SIMD16<Float>) -> SIMD16<Float>) -> SIMD8<Double>

  /// The sums of what each channel is above a float of its pixel, and of the squares.
  func differences(
    from centres: SIMD8<Float>
  ) -> (sum: SIMD8<Double>, squares: SIMD8<Double>)
}

extension EightPixels {
  @inline(__always)
  var sum: SIMD8<Double> { sum { $0 } }
  @inline(__always)
  var squares: SIMD8<Double> { sum { $0 * $0 } }

  /// Floats near the means.
  @inline(__always)
  var centres: SIMD8<Float> { SIMD8(sum / Double(channels)) }

  /// What the means are above floats near them, and the sums of squared distances from the means.
  @inline(__always)
  func distances(
    from centres: SIMD8<Float>
  ) -> (rest: SIMD8<Double>, squares: SIMD8<Double>) {
    let sums = differences(from: centres)
    let mean = sums.sum / Double(channels)
    let squares = sums.squares - mean * mean * Double(channels)
    return (mean, csimd_not_negative_f64(squares))
  }
}

/// Adds the sums of four quarters of lanes up.
@inline(__always)
private func sumOfQuarters(
  _ a: SIMD8<Float>, _ b: SIMD8<Float>, _ c: SIMD8<Float>, _ d: SIMD8<Float>
) -> SIMD8<Double> {
  (SIMD8<Double>(a) + SIMD8<Double>(b)) + (SIMD8<Double>(c) + SIMD8<Double>(d))
}

/// Up to eight pixels of a row where they lie.
struct PixelBatch: EightPixels {
  static let pixels = 8
  /// Floats of a batch: they stay in the first-level cache.
  private static let floats = 4096

  let first: UnsafePointer<Float>
  let stride: Int
  let count: Int
  let channels: Int

  /// Calls `body` with the first and the count of pixels of each batch.
  @inline(__always)
  static func forEach(
    _ columns: Range<Int>, channels: Int, _ body: (_ first: Int, _ count: Int) -> Void
  ) {
    let most = min(pixels, max(1, floats / channels))
    var x = columns.lowerBound
    while x < columns.upperBound {
      let count = min(most, columns.upperBound &- x)
      body(x, count)
      x &+= count
    }
  }

  @inline(__always)
  func sum(_ function: (SIMD16<Float>) -> SIMD16<Float>) -> SIMD8<Double> {
    QuarterSums.with { quarters in
      forEachPixel { pixel, lane in
        var sums = LaneSums()
        forEachVector(pixel, fill: 0) { value, isSecond in sums.add(function(value), isSecond) }
        quarters.set(lane, sums)
      }
      return quarters.total
    }
  }

  @inline(__always)
  func differences(
    from centres: SIMD8<Float>
  ) -> (sum: SIMD8<Double>, squares: SIMD8<Double>) {
    QuarterSums.with { sums in
      QuarterSums.with { squares in
        forEachPixel { pixel, lane in
          let centre = SIMD16<Float>(repeating: centres[lane])
          var sum = LaneSums()
          var square = LaneSums()
          forEachVector(pixel, fill: centres[lane]) { value, isSecond in
            let distance = value - centre
            sum.add(distance, isSecond)
            square.add(distance * distance, isSecond)
          }
          sums.set(lane, sum)
          squares.set(lane, square)
        }
        return (sums.total, squares.total)
      }
    }
  }

  @inline(__always)
  private func forEachPixel(_ body: (_ pixel: UnsafePointer<Float>, _ lane: Int) -> Void) {
    var pixel = first
    var lane = 0
    while lane < count {
      body(pixel, lane)
      pixel += stride
      lane &+= 1
    }
  }

  /// Calls `body` with all channels, sixteen at a time and `fill` behind the last, and to which of two sums
  /// they belong.
  @inline(__always)
  private func forEachVector(
    _ pixel: UnsafePointer<Float>, fill: Float,
    _ body: (_ value: SIMD16<Float>, _ isSecond: Bool) -> Void
  ) {
    var index = 0
    while index &+ 32 <= channels {
      body(load16(pixel + index), false)
      body(load16(pixel + index + 16), true)
      index &+= 32
    }
    if index &+ 16 <= channels {
      body(load16(pixel + index), false)
      index &+= 16
    }
    if index < channels {
      let count = Int32(truncatingIfNeeded: channels &- index)
      let rest = csimd_load_first_f32(pixel + index, count)
      body(csimd_join_f32(rest, SIMD16(repeating: fill), count), true)
    }
  }
}

/// Two sums of vectors, so that an addition need not wait for the one before it.
private struct LaneSums {
  private var first = SIMD16<Float>.zero
  private var second = SIMD16<Float>.zero

  @inline(__always)
  mutating func add(_ value: SIMD16<Float>, _ isSecond: Bool) {
    if isSecond { second += value } else { first += value }
  }

  @inline(__always)
  var quarters: SIMD4<Float> { csimd_sum_quarters_f32(first + second) }
}

/// Four sums of each of eight pixels, and room to transpose them.
private struct QuarterSums {
  private let memory: UnsafeMutablePointer<Float>

  @inline(__always)
  static func with<Result>(_ body: (QuarterSums) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 64) { sums in
      body(QuarterSums(memory: sums.baseAddress.unsafelyUnwrapped))
    }
  }

  @inline(__always)
  func set(_ pixel: Int, _ sums: LaneSums) { sums.quarters.store(to: memory + 4 &* pixel) }

  @inline(__always)
  var total: SIMD8<Double> {
    let planes = memory + 32
    transposeTile4(memory, 4, planes, 8)
    transposeTile4(memory + 16, 4, planes + 4, 8)
    return sumOfQuarters(
      SIMD8(at: planes), SIMD8(at: planes + 8), SIMD8(at: planes + 16), SIMD8(at: planes + 24))
  }
}

extension PixelPlanes: EightPixels {
  @inline(__always)
  func sum(_ function: (SIMD16<Float>) -> SIMD16<Float>) -> SIMD8<Double> {
    total { function(self[$0, 0].widened).lowHalf }
  }

  @inline(__always)
  func differences(
    from centres: SIMD8<Float>
  ) -> (sum: SIMD8<Double>, squares: SIMD8<Double>) {
    let sum = total { self[$0, 0] - centres }
    let squares = total {
      let distance = self[$0, 0] - centres
      return distance * distance
    }
    return (sum, squares)
  }

  /// Adds up as lanes, their quarters and the quarters' sums are added elsewhere.
  @inline(__always)
  private func total(_ value: (_ channel: Int) -> SIMD8<Float>) -> SIMD8<Double> {
    @inline(__always)
    func lane(_ c: Int) -> SIMD8<Float> {
      c &+ 16 < channels ? value(c) + value(c &+ 16) : value(c)
    }
    @inline(__always)
    func half(_ c: Int) -> SIMD8<Float> {
      c &+ 8 < channels ? lane(c) + lane(c &+ 8) : lane(c)
    }
    @inline(__always)
    func quarter(_ c: Int) -> SIMD8<Float> {
      guard c < channels else { return .zero }
      return c &+ 4 < channels ? half(c) + half(c &+ 4) : half(c)
    }
    return sumOfQuarters(quarter(0), quarter(1), quarter(2), quarter(3))
  }
}
