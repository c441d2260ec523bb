// The exponential function on sixteen lanes, over all floats.

import CSIMD
import Compute

/// e^x within 1e-7 of its value where that is a normal float; below, steps of the smallest float, 0
/// from -104 on; infinity above 88.73. A NaN stays a NaN.
@inline(__always)
func exponential(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let lowest = SIMD16<Float>(repeating: -105)
  let highest = SIMD16<Float>(repeating: 89)
  let raised = x.replacing(with: lowest, where: x .< lowest)
  let (n, value) = exponentialParts(raised.replacing(with: highest, where: raised .> highest))
  // 2^n as two factors: it may lie outside the normal floats where neither factor does.
  let half = csimd_shift_right_i32(n, SIMD16(repeating: 1))
  return value * powerOfTwo(half) * powerOfTwo(n &- half)
}

/// The same for x up to 88, as exponents less their largest are: 0 below -87.3, where values would no
/// longer be normal floats.
@inline(__always)
func exponentialOfDifference(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let (n, value) = exponentialParts(x)
  let result = value * powerOfTwo(n)
  return result.replacing(
    with: SIMD16<Float>.zero, where: x .< SIMD16<Float>(repeating: -87.3))
}

/// 2^x for x up to 127, within 2.5e-7 of its value: 0 below -126. A NaN stays a NaN.
///
/// The whole part is rounded off by a number whose last bit is 1, and which carries the exponent's
/// bias: what it adds up to holds the exponent of 2^n. The polynomial is Remez' for 2^r, |r| <= 1/2.
@inline(__always)
func exponentialBase2(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let rounder = SIMD16<Float>(repeating: 0x1.8p23 + 127)
  let shifted = x + rounder
  let r = x - (shifted - rounder)
  let power = csimd_shift_left_i32(
    unsafeBitCast(shifted, to: SIMD16<Int32>.self), SIMD16(repeating: 23))
  var p = SIMD16<Float>(repeating: 0.001327651027)
  p = multiplyAdd(p, r, SIMD16(repeating: 0.009675503292))
  p = multiplyAdd(p, r, SIMD16(repeating: 0.05550712871))
  p = multiplyAdd(p, r, SIMD16(repeating: 0.2402212042))
  p = multiplyAdd(p, r, SIMD16(repeating: 0.6931469675))
  p = multiplyAdd(p, r, SIMD16(repeating: 1.000000072))
  let result = p * unsafeBitCast(power, to: SIMD16<Float>.self)
  return result.replacing(
    with: SIMD16<Float>.zero, where: x .< SIMD16<Float>(repeating: -126))
}

/// n and e^r with x = n ln 2 + r, |r| <= ln 2 / 2.
///
/// e^r = 1 + r + r^2 p(r). Of all polynomials of degree 4, p makes the largest relative error of e^r on
/// that interval least (3e-9; Remez' algorithm).
@inline(__always)
private func exponentialParts(
  _ x: SIMD16<Float>
) -> (power: SIMD16<Int32>, value: SIMD16<Float>) {
  let n = csimd_round_i32(x * SIMD16<Float>(repeating: 1.442695040888963))
  let whole = csimd_to_f32(n)
  // ln 2 in two parts: the first has few enough bits for exact products.
  var r = multiplyAdd(whole, SIMD16(repeating: -0.693359375), x)
  r = multiplyAdd(whole, SIMD16(repeating: 2.12194440e-4), r)
  var p = SIMD16<Float>(repeating: 0.00138145401768)
  p = multiplyAdd(p, r, SIMD16(repeating: 0.00836874510894))
  p = multiplyAdd(p, r, SIMD16(repeating: 0.0416683907835))
  p = multiplyAdd(p, r, SIMD16(repeating: 0.16666520399))
  p = multiplyAdd(p, r, SIMD16(repeating: 0.499999934321))
  return (n, multiplyAdd(p, r * r, r) + SIMD16<Float>(repeating: 1))
}

/// 2^n for n in -126 ... 127.
@inline(__always)
private func powerOfTwo(_ n: SIMD16<Int32>) -> SIMD16<Float> {
  let bits = csimd_shift_left_i32(n &+ SIMD16<Int32>(repeating: 127), SIMD16(repeating: 23))
  return unsafeBitCast(bits, to: SIMD16<Float>.self)
}

/// The larger lanes; those of `a` where `b` is not a number.
@inline(__always)
func larger(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
  a.replacing(with: b, where: b .> a)
}

/// The largest lane; numbers go before NaNs.
@inline(__always)
func largestLane(_ value: SIMD16<Float>) -> Float {
  let eight = value.highHalf
  var result = larger(value, SIMD16(lowHalf: eight, highHalf: eight))
  let four = SIMD8(lowHalf: result.lowHalf.highHalf, highHalf: result.lowHalf.highHalf)
  result = larger(result, SIMD16(lowHalf: four, highHalf: four))
  let low = result[1] > result[0] ? result[1] : result[0]
  let high = result[3] > result[2] ? result[3] : result[2]
  return high > low ? high : low
}

/// The sum of all lanes, halves first.
@inline(__always)
func sumOfLanes(_ value: SIMD16<Float>) -> Float {
  let four = csimd_sum_quarters_f32(value)
  return (four[0] + four[2]) + (four[1] + four[3])
}
