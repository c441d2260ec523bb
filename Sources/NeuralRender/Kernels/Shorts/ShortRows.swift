// Vectors as whole numbers of 16 bits, each with a scale of its own.
//
// A vector's numbers have a norm of at most 32,767. The product of two such vectors is below 2^30, by Cauchy
// and Schwarz: sums over any number of channels fit 32 bits and are exact, in whatever order and on whatever
// processor. What is lost is rounding: a vector of n even values keeps 20 log10(113,000 / sqrt(n)) decibels,
// 77 for 256 channels and 71 for 1,024.

import CSIMD
import Compute

enum ShortRows {
  /// The norm before rounding, which adds up to half of the root of the count.
  private static let norm: Float = 32700

  /// Words of a row, two numbers each, with room for whole vectors.
  static func stride(_ count: Int) -> Int { (count + 15) / 16 * 8 }

  /// Words of a row that hold numbers.
  static func words(_ count: Int) -> Int { (count + 1) / 2 }

  /// What values are multiplied with to become whole numbers, and what undoes that: nothing is left of values
  /// that are as good as zero, and not a number is made of those whose squares are beyond floats.
  @inline(__always)
  static func factor(squares: Float, count: Int) -> (factor: Float, inverse: Float) {
    let norm = squares.squareRoot()
    let limit = Self.norm - 0.5 * Float(count).squareRoot()
    guard norm.isFinite else { return (0, .nan) }
    guard norm > 1e-18 else { return (0, 0) }
    return (limit / norm, norm / limit)
  }

  /// Writes a row of `stride(count)` words.
  ///
  /// - Returns: what its numbers are to be multiplied with.
  @inline(never)
  static func quantize(
    _ source: UnsafePointer<Float>, count: Int, to target: UnsafeMutablePointer<Int32>
  ) -> Float {
    var (a, b) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var channel = 0
    while channel &+ 32 <= count {
      let (x, y) = (load16(source + channel), load16(source + (channel &+ 16)))
      a = multiplyAdd(x, x, a)
      b = multiplyAdd(y, y, b)
      channel &+= 32
    }
    while channel < count {
      let x = loadFirst16(source + channel, count &- channel)
      a = multiplyAdd(x, x, a)
      channel &+= 16
    }
    let (factor, inverse) = factor(squares: sumOfLanes(a + b), count: count)
    let wide = SIMD16<Float>(repeating: factor)
    channel = 0
    while channel < count {
      csimd_store_shorts(
        target + channel / 2, loadFirst16(source + channel, count &- channel) * wide)
      channel &+= 16
    }
    return inverse
  }

  /// The most that magnitudes add up to: times 32,767 it is below 2^31.
  private static let mostSum: Float = 65000

  /// The same of a few values that are multiplied with numbers which only fit 16 bits: no number is beyond 16 bits,
  /// their magnitudes add up to at most 65,536 less the rounding of up to 1,000 values.
  @inline(never)
  static func quantizeBySum(
    _ source: UnsafePointer<Float>, count: Int, to target: UnsafeMutablePointer<Int32>
  ) -> Float {
    var (sum, most) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var channel = 0
    while channel < count {
      let x = loadFirst16(source + channel, count &- channel)
      let magnitude = x.replacing(with: SIMD16<Float>.zero - x, where: x .< SIMD16<Float>.zero)
      sum += magnitude
      most = larger(most, magnitude)
      channel &+= 16
    }
    let (all, largest) = (sumOfLanes(sum), largestLane(most))
    guard all.isFinite else { return .nan }
    // What is left of values that are as good as zero is nothing.
    let inverse = max(all / mostSum, largest / norm)
    let factor = inverse > 1e-30 ? 1 / inverse : 0
    let wide = SIMD16<Float>(repeating: factor)
    channel = 0
    while channel < count {
      csimd_store_shorts(
        target + channel / 2, loadFirst16(source + channel, count &- channel) * wide)
      channel &+= 16
    }
    return factor > 0 ? inverse : 0
  }
}
