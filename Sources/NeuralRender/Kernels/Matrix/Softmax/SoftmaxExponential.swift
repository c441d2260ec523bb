// The exponentials of softmax, and what is subtracted before.

import CSIMD
import Compute

/// e^(x - shift) with a shift by pixel: 0 where no value of the pixel lies beyond the limit, so that its
/// bits are those of `bounded`, the largest value elsewhere.
enum SoftmaxExponential {
  /// The largest |x| whose exponentials need no shift. They, the sum of a million of them and its reciprocal
  /// are normal floats; so is, with any of them, the quotient, or it is below 1e-38 and may be 0.
  ///
  /// A single channel is always shifted: a float by itself is 1, times its reciprocal it need not be.
  @inline(__always)
  static func limit(_ channels: Int) -> Float { channels == 1 ? -1 : 64 }

  /// e^x for |x| up to the limit, within 3e-7 of its value.
  @inline(__always)
  static func bounded(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let (value, power) = parts(x)
    // Nothing leaves the normal floats: the exponent is added.
    return unsafeBitCast(
      unsafeBitCast(value, to: SIMD16<Int32>.self) &+ power, to: SIMD16<Float>.self)
  }

  /// The same bits, for x from minus infinity to the limit: 0 below -87.3, where values would no longer be
  /// normal floats. A NaN stays a NaN.
  @inline(__always)
  static func whole(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let (value, power) = parts(x)
    let one = SIMD16<Int32>(repeating: 127 << 23)
    let result = value * unsafeBitCast(power &+ one, to: SIMD16<Float>.self)
    return result.replacing(
      with: SIMD16<Float>.zero, where: x .< SIMD16<Float>(repeating: -87.3))
  }

  /// e^r and n, as what it adds to a float's bits, with x = n ln 2 + r, |r| <= ln 2 / 2.
  ///
  /// Of all polynomials of degree 6 this makes the largest relative error of e^r on that interval least
  /// (2e-9; Remez' algorithm).
  @inline(__always)
  private static func parts(_ x: SIMD16<Float>) -> (value: SIMD16<Float>, power: SIMD16<Int32>) {
    // Its last bit is worth 1: what is added is rounded to a whole number, which the last bits hold.
    let rounder = SIMD16<Float>(repeating: 0x1.8p23)
    let shifted = multiplyAdd(x, SIMD16(repeating: 1.442695040888963), rounder)
    let whole = shifted - rounder
    var r: SIMD16<Float>
    if csimd_fuses_multiply_add() {
      // The error of ln 2 as one float, 2e-9, is taken up to 126 times, where values are least.
      r = multiplyAdd(whole, SIMD16(repeating: -0.6931471805599453), x)
    } else {
      // In two parts: the first has few enough bits for exact products.
      r = multiplyAdd(whole, SIMD16(repeating: -0.693359375), x)
      r = multiplyAdd(whole, SIMD16(repeating: 2.12194440e-4), r)
    }
    var p = SIMD16<Float>(repeating: 0.0013836794533)
    p = multiplyAdd(p, r, SIMD16(repeating: 0.00837485678494))
    p = multiplyAdd(p, r, SIMD16(repeating: 0.0416682288051))
    p = multiplyAdd(p, r, SIMD16(repeating: 0.166664198041))
    p = multiplyAdd(p, r, SIMD16(repeating: 0.499999910593))
    p = multiplyAdd(p, r, SIMD16(repeating: 1))
    p = multiplyAdd(p, r, SIMD16(repeating: 1))
    let power = csimd_shift_left_i32(
      unsafeBitCast(shifted, to: SIMD16<Int32>.self), SIMD16(repeating: 23))
    return (p, power)
  }

  /// What is subtracted from pixels with these largest and smallest values.
  @inline(__always)
  static func shift(
    _ largest: SIMD16<Float>, _ smallest: SIMD16<Float>, _ limit: Float
  ) -> SIMD16<Float> {
    let magnitude = csimd_larger_f32(largest, SIMD16<Float>.zero - smallest)
    return largest.replacing(
      with: SIMD16<Float>.zero, where: magnitude .<= SIMD16<Float>(repeating: limit))
  }
}

/// Finds out whether any of many values lies beyond a limit or is not a number.
struct MagnitudeCheck {
  /// Magnitudes as integers: they have the same order, and NaNs come behind infinity.
  private var largest = SIMD16<Int32>.zero

  @inline(__always)
  mutating func add(_ value: SIMD16<Float>) {
    let magnitude = csimd_and_i32(
      unsafeBitCast(value, to: SIMD16<Int32>.self), SIMD16(repeating: 0x7fff_ffff))
    largest = csimd_max_i32(largest, magnitude)
  }

  @inline(__always)
  func isWithin(_ limit: Float) -> Bool {
    let bits = SIMD16<Int32>(repeating: Int32(bitPattern: limit.bitPattern))
    return csimd_sign_bits(csimd_greater_i32(largest, bits)) == 0
  }
}
