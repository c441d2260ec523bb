// exp, tanh and the logistic function on sixteen lanes, from a Taylor polynomial of exp(x) - 1 on
// half a binade. tanh and sigmoid are within 2e-7 of the exact values; a NaN stays a NaN.

import CSIMD
import Compute

/// 2^n, and 2^n (exp(r) - 1), with x = n ln 2 + r; x in -87 ... 88.
@inline(__always)
private func exponentialParts(
  _ x: SIMD16<Float>
) -> (power: SIMD16<Float>, minusPower: SIMD16<Float>) {
  let n = csimd_round_i32(x * SIMD16<Float>(repeating: 1.442695040888963))
  let whole = csimd_to_f32(n)
  // ln 2 in two parts: the first has few enough bits for exact products.
  var r = multiplyAdd(whole, SIMD16(repeating: -0.693359375), x)
  r = multiplyAdd(whole, SIMD16(repeating: 2.12194440e-4), r)
  var sum = SIMD16<Float>(repeating: 1.0 / 5040)
  sum = multiplyAdd(sum, r, SIMD16(repeating: 1.0 / 720))
  sum = multiplyAdd(sum, r, SIMD16(repeating: 1.0 / 120))
  sum = multiplyAdd(sum, r, SIMD16(repeating: 1.0 / 24))
  sum = multiplyAdd(sum, r, SIMD16(repeating: 1.0 / 6))
  sum = multiplyAdd(sum, r, SIMD16(repeating: 0.5))
  sum = multiplyAdd(sum, r * r, r)
  let bits = csimd_shift_left_i32(n &+ SIMD16<Int32>(repeating: 127), SIMD16(repeating: 23))
  let power = unsafeBitCast(bits, to: SIMD16<Float>.self)
  return (power, power * sum)
}

@inline(__always)
func hyperbolicTangent(_ x: SIMD16<Float>) -> SIMD16<Float> {
  // Beyond 9.1 the nearest float is 1.
  let limited = x.clamped(lowerBound: SIMD16(repeating: -10), upperBound: SIMD16(repeating: 10))
  let (power, minusPower) = exponentialParts(limited + limited)
  let exponentialMinusOne = minusPower + (power - SIMD16<Float>(repeating: 1))
  return csimd_divide_f32(
    exponentialMinusOne, exponentialMinusOne + SIMD16<Float>(repeating: 2))
}

@inline(__always)
func logistic(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let limited = x.clamped(lowerBound: SIMD16(repeating: -87), upperBound: SIMD16(repeating: 87))
  let (power, minusPower) = exponentialParts(SIMD16<Float>.zero - limited)
  let one = SIMD16<Float>(repeating: 1)
  return csimd_divide_f32(one, one + (power + minusPower))
}
