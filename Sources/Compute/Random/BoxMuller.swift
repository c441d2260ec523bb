import CSIMD

/// Two independent numbers of the standard normal distribution from two random words of 32 bits.
///
/// With `u = (first + 1) / 2^32` and `t = second / 2^32` they are `sqrt(-2 ln u)` times the cosine and
/// the sine of `2 pi t`, so at most 6.66 in magnitude. Logarithm, sine and cosine are polynomials in
/// single precision, of additions, products and roots that are each rounded once: nothing of the C
/// library, nothing fused, the same bits wherever arithmetic is that of IEEE 754. The results differ
/// from exact ones by less than 1e-6.
///
/// Matches: G. E. P. Box, M. E. Muller, "A note on the generation of random normal deviates", 1958.
/// The polynomials are those of Cephes (`logf`, `sinf`, `cosf`; S. L. Moshier).
enum BoxMuller {
  static func pair(first: UInt32, second: UInt32) -> (Float, Float) {
    // first + 1, rounded once.
    let count = Float(first >> 16) * 65536 + (Float(first & 0xFFFF) + 1)
    // The exponent for a fraction of sqrt(1/2) ..< sqrt(2).
    let bits = Int32(bitPattern: count.bitPattern)
    let exponent = (bits &- rootOfHalf) >> 23
    let fraction = Float(bitPattern: UInt32(bitPattern: bits &- exponent << 23))
    // Where u is near one, its distance from one is what is exact.
    let rest = Float(Int32(bitPattern: ~first)) * -0x1p-32
    let f = exponent == 32 ? rest : fraction - 1
    let scale = Float(exponent &- 32)
    let square = f * f
    let (l, two) = (logarithm, logarithmOfTwo)
    var tail = (l.0 * f + l.1) * f + l.2
    tail = (tail * f + l.3) * f + l.4
    tail = (tail * f + l.5) * f + l.6
    tail = (tail * f + l.7) * f + l.8
    tail = tail * f * square + scale * two.rest - 0.5 * square
    let radius = (-2 * (f + tail + scale * two.head)).squareRoot()

    // The angle from the nearest quarter of a turn.
    let quarter = (second &+ 0x2000_0000) >> 30
    let angle = Float(Int32(bitPattern: second &- quarter << 30)) * turn
    let z = angle * angle
    let (s, c) = (sinePolynomial, cosinePolynomial)
    let sine = ((s.0 * z + s.1) * z + s.2) * z * angle + angle
    let cosine = ((c.0 * z + c.1) * z + c.2) * z * z - 0.5 * z + 1
    let isOdd = quarter & 1 == 1
    let x = (isOdd ? sine : cosine).bitPattern ^ ((quarter &+ 1) & 2) << 30
    let y = (isOdd ? cosine : sine).bitPattern ^ (quarter & 2) << 30
    return (radius * Float(bitPattern: x), radius * Float(bitPattern: y))
  }

  /// The same on sixteen pairs of words, with the same bits.
  @inline(__always)
  static func pairs(
    first: SIMD16<UInt32>, second: SIMD16<UInt32>
  ) -> (SIMD16<Float>, SIMD16<Float>) {
    typealias Integers = SIMD16<Int32>
    typealias Floats = SIMD16<Float>
    @inline(__always) func all(_ value: Int32) -> Integers { Integers(repeating: value) }
    @inline(__always) func all(_ value: Float) -> Floats { Floats(repeating: value) }
    @inline(__always) func float(_ bits: Integers) -> Floats {
      unsafeBitCast(bits, to: Floats.self)
    }
    @inline(__always) func bits(_ value: Floats) -> Integers {
      unsafeBitCast(value, to: Integers.self)
    }
    let one = unsafeBitCast(first, to: Integers.self)
    let high = csimd_and_i32(csimd_shift_right_i32(one, all(16)), all(0xFFFF))
    let low = csimd_and_i32(one, all(0xFFFF))
    let count = csimd_to_f32(high) * all(65536) + (csimd_to_f32(low) + all(1))
    let exponent = csimd_shift_right_i32(bits(count) &- all(rootOfHalf), all(23))
    let fraction = float(bits(count) &- csimd_shift_left_i32(exponent, all(23)))
    let rest = csimd_to_f32(csimd_not_i32(one)) * all(-0x1p-32)
    let f = (fraction - all(1)).replacing(with: rest, where: exponent .== all(32))
    let scale = csimd_to_f32(exponent &- all(32))
    let square = f * f
    let (l, two) = (logarithm, logarithmOfTwo)
    var tail = (all(l.0) * f + all(l.1)) * f + all(l.2)
    tail = (tail * f + all(l.3)) * f + all(l.4)
    tail = (tail * f + all(l.5)) * f + all(l.6)
    tail = (tail * f + all(l.7)) * f + all(l.8)
    tail = tail * f * square + scale * all(two.rest) - all(0.5) * square
    let radius = csimd_sqrt_f32(all(-2) * (f + tail + scale * all(two.head)))

    let other = unsafeBitCast(second, to: Integers.self)
    let quarter = csimd_and_i32(csimd_shift_right_i32(other &+ all(0x2000_0000), all(30)), all(3))
    let angle = csimd_to_f32(other &- csimd_shift_left_i32(quarter, all(30))) * all(turn)
    let z = angle * angle
    let (s, c) = (sinePolynomial, cosinePolynomial)
    let sine = ((all(s.0) * z + all(s.1)) * z + all(s.2)) * z * angle + angle
    let cosine = ((all(c.0) * z + all(c.1)) * z + all(c.2)) * z * z - all(0.5) * z + all(1)
    let isOdd = csimd_and_i32(quarter, all(1)) .== all(1)
    let xSign = csimd_shift_left_i32(csimd_and_i32(quarter &+ all(1), all(2)), all(30))
    let ySign = csimd_shift_left_i32(csimd_and_i32(quarter, all(2)), all(30))
    let x = float(bits(cosine.replacing(with: sine, where: isOdd)) ^ xSign)
    let y = float(bits(sine.replacing(with: cosine, where: isOdd)) ^ ySign)
    return (radius * x, radius * y)
  }

  /// Bits of the root of one half.
  private static let rootOfHalf: Int32 = 0x3F35_04F3
  /// Radians of one step of `second`.
  private static let turn: Float = 0x1.921fb6p-30
  /// ln(1 + f) = f - f^2/2 + f^3 times this polynomial, the highest power first.
  private static let logarithm: (Float, Float, Float, Float, Float, Float, Float, Float, Float) = (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1
  )
  /// ln 2 as a number of few bits, whose products with exponents are exact, and the rest.
  private static let logarithmOfTwo: (head: Float, rest: Float) = (0.693359375, -2.12194440e-4)
  private static let sinePolynomial: (Float, Float, Float) =
    (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
  private static let cosinePolynomial: (Float, Float, Float) =
    (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
}
