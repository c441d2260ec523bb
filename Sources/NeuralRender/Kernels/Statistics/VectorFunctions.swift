// The functions of `Elementwise` on sixteen lanes. A NaN stays a NaN, infinities give what the formulas
// in double precision give, and nothing traps.

import CSIMD
import Compute

/// Within about 3e-7 of the exact values where nothing else is said.
enum VectorFunctions {
  @inline(__always)
  static func splat(_ value: Float) -> SIMD16<Float> { SIMD16(repeating: value) }

  /// e^x over the whole range: subnormal results are rounded once, infinity from 88.73 on.
  @inline(__always)
  static func exponential(_ x: SIMD16<Float>) -> SIMD16<Float> {
    // Beyond these the result is 0 or infinity whatever x is.
    let limited = x.clamped(lowerBound: splat(-104), upperBound: splat(89))
    let n = csimd_round_i32(limited * splat(1.442695040888963))
    let whole = csimd_to_f32(n)
    // ln 2 in two parts: the first has few enough bits for exact products.
    var r = multiplyAdd(whole, splat(-0.693359375), limited)
    r = multiplyAdd(whole, splat(2.12194440e-4), r)
    var sum = splat(1.0 / 5040)
    sum = multiplyAdd(sum, r, splat(1.0 / 720))
    sum = multiplyAdd(sum, r, splat(1.0 / 120))
    sum = multiplyAdd(sum, r, splat(1.0 / 24))
    sum = multiplyAdd(sum, r, splat(1.0 / 6))
    sum = multiplyAdd(sum, r, splat(0.5))
    sum = multiplyAdd(sum, r * r, r) + splat(1)
    // 2^n in two factors: n is -150 ... 128.
    let half = csimd_shift_right_i32(n, SIMD16(repeating: 1))
    return sum * powerOfTwo(half) * powerOfTwo(n &- half)
  }

  /// 2^n, n in -126 ... 127.
  @inline(__always)
  private static func powerOfTwo(_ n: SIMD16<Int32>) -> SIMD16<Float> {
    let bits = csimd_shift_left_i32(n &+ SIMD16(repeating: 127), SIMD16(repeating: 23))
    return unsafeBitCast(bits, to: SIMD16<Float>.self)
  }

  /// The natural logarithm: -infinity of 0, NaN below. The polynomial is that of Cephes' logf.
  @inline(__always)
  static func logarithm(_ x: SIMD16<Float>) -> SIMD16<Float> {
    // Subnormal numbers are scaled into the range of the others.
    let isSmall = x .< splat(0x1p-126)
    let scaled = x.replacing(with: x * splat(0x1p24), where: isSmall)
    let bits = unsafeBitCast(scaled, to: SIMD16<Int32>.self)
    // The mantissa in sqrt(1/2) ..< sqrt(2), and the power of two that belongs to it.
    let root = SIMD16<Int32>(repeating: 0x3f35_04f3)
    let exponent = csimd_shift_right_i32(bits &- root, SIMD16(repeating: 23))
    let mantissa = unsafeBitCast(
      bits &- csimd_shift_left_i32(exponent, SIMD16(repeating: 23)), to: SIMD16<Float>.self)
    let e =
      csimd_to_f32(exponent) - SIMD16<Float>.zero.replacing(with: splat(24), where: isSmall)
    let f = mantissa - splat(1)
    let square = f * f
    var sum = splat(7.0376836292e-2)
    sum = multiplyAdd(sum, f, splat(-1.1514610310e-1))
    sum = multiplyAdd(sum, f, splat(1.1676998740e-1))
    sum = multiplyAdd(sum, f, splat(-1.2420140846e-1))
    sum = multiplyAdd(sum, f, splat(1.4249322787e-1))
    sum = multiplyAdd(sum, f, splat(-1.6668057665e-1))
    sum = multiplyAdd(sum, f, splat(2.0000714765e-1))
    sum = multiplyAdd(sum, f, splat(-2.4999993993e-1))
    sum = multiplyAdd(sum, f, splat(3.3333331174e-1))
    sum = sum * f * square
    sum = multiplyAdd(e, splat(-2.12194440e-4), sum)
    sum = multiplyAdd(square, splat(-0.5), sum)
    var result = multiplyAdd(e, splat(0.693359375), f + sum)
    // What has no logarithm: NaN for negative numbers, itself for infinity and NaN.
    result.replace(with: splat(-.infinity), where: x .== splat(0))
    result.replace(with: splat(.nan), where: x .< splat(0))
    return result.replacing(with: x, where: .!(x .< splat(.infinity)))
  }

  /// log(1 + e^x), relative to itself also where it is small.
  ///
  /// log(1 + s) = 2 artanh(t) with t = s / (2 + s), which is at most 1/3; the series in t^2 is fitted to 8e-9.
  @inline(__always)
  static func softplus(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let small = exponential(splat(0) - absolute(x))
    let t = csimd_divide_f32(small, splat(2) + small)
    let square = t * t
    var sum = splat(0.28174657)
    sum = multiplyAdd(sum, square, splat(0.27961418))
    sum = multiplyAdd(sum, square, splat(0.40024853))
    sum = multiplyAdd(sum, square, splat(0.66666317))
    sum = multiplyAdd(sum, square, splat(2))
    let positive = splat(0).replacing(with: x, where: .!(x .<= splat(0)))
    return multiplyAdd(sum, t, positive)
  }

  /// x sigmoid(x).
  @inline(__always)
  static func silu(_ x: SIMD16<Float>) -> SIMD16<Float> {
    csimd_divide_f32(x, splat(1) + exponential(splat(0) - x))
  }

  /// x times the normal distribution's function, to 4e-7 of max(1, |x|).
  ///
  /// Its tail is e^(-x^2 / 2) t P(t) with t = 1 / (1 + 0.375 |x|); P is fitted to 2.5e-7.
  @inline(__always)
  static func gelu(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let size = absolute(x)
    let t = csimd_divide_f32(splat(1), multiplyAdd(size, splat(0.375), splat(1)))
    var sum = splat(-0.0329107)
    sum = multiplyAdd(sum, t, splat(0.13687834))
    sum = multiplyAdd(sum, t, splat(-0.18651819))
    sum = multiplyAdd(sum, t, splat(0.0506293))
    sum = multiplyAdd(sum, t, splat(0.01562978))
    sum = multiplyAdd(sum, t, splat(0.08863758))
    sum = multiplyAdd(sum, t, splat(0.12844582))
    sum = multiplyAdd(sum, t, splat(0.14960457))
    sum = multiplyAdd(sum, t, splat(0.14960338))
    let tail = exponential(x * x * splat(-0.5)) * (sum * t)
    return x * tail.replacing(with: splat(1) - tail, where: x .> splat(0))
  }

  /// The approximation of `gelu` by tanh: x / (1 + e^(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3).
  @inline(__always)
  static func geluByTanh(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let factor = multiplyAdd(x * x, splat(-0.0713548163), splat(-1.5957691216))
    return csimd_divide_f32(x, splat(1) + exponential(x * factor))
  }

  /// The root to one unit in the last place, NaN of negative numbers.
  @inline(__always)
  static func squareRoot(_ x: SIMD16<Float>) -> SIMD16<Float> {
    // Elsewhere the instruction is reached lane by lane, through a test for what has no root.
    if csimd_vector_bytes() == 64 { return csimd_sqrt_f32(x) }
    // Subnormal numbers are scaled into the range of the others.
    let isSmall = x .< splat(0x1p-126)
    let scaled = x.replacing(with: x * splat(0x1p24), where: isSmall)
    // 1 / sqrt(x) to 3 % from the halved exponent, then three of Newton's steps.
    let halved = csimd_shift_right_i32(
      unsafeBitCast(scaled, to: SIMD16<Int32>.self), SIMD16(repeating: 1))
    var inverse = unsafeBitCast(
      SIMD16<Int32>(repeating: 0x5f37_59df) &- halved, to: SIMD16<Float>.self)
    let half = scaled * splat(-0.5)
    for _ in 0..<3 { inverse *= multiplyAdd(half * inverse, inverse, splat(1.5)) }
    var root = scaled * inverse
    root = multiplyAdd(
      inverse * splat(0.5), multiplyAdd(splat(0) - root, root, scaled), root)
    root.replace(with: root * splat(0x1p-12), where: isSmall)
    root.replace(with: splat(.nan), where: x .< splat(0))
    return root.replacing(with: x, where: (x .== splat(.infinity)) .| (x .== splat(0)))
  }

  @inline(__always)
  static func absolute(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let bits = csimd_and_i32(
      unsafeBitCast(x, to: SIMD16<Int32>.self), SIMD16(repeating: 0x7fff_ffff))
    return unsafeBitCast(bits, to: SIMD16<Float>.self)
  }

  /// gain x for x > 0, gain slope x elsewhere.
  @inline(__always)
  static func leakyReLU(_ x: SIMD16<Float>, slope: Float, gain: Float) -> SIMD16<Float> {
    (x * splat(slope)).replacing(with: x, where: x .> splat(0)) * splat(gain)
  }
}
