// The one-dimensional transforms of Winograd's filtering on sixteen channels at once, with the
// matrices of `WinogradTransform` written out: points of opposite sign share their even and odd
// halves, which takes less than half the operations of a matrix product.

import Compute

/// A transform of a line of `size` values to as many points, and of their products back to four
/// values. Lines are read and written through closures so that they may lie at any stride.
protocol WinogradLines {
  static var size: Int { get }
  /// write(j, sum over k of B[j][k] * read(k)).
  static func transform(
    _ read: (Int) -> SIMD16<Float>, _ write: (Int, SIMD16<Float>) -> Void)
  /// write(i, sum over j of A[i][j] * read(j)), i in 0 ..< 4.
  static func restore(
    _ read: (Int) -> SIMD16<Float>, _ write: (Int, SIMD16<Float>) -> Void)
}

/// The product of a vector and a number, added to a vector.
@inline(__always)
private func plus(
  _ sum: SIMD16<Float>, _ factor: Float, _ value: SIMD16<Float>
) -> SIMD16<Float> {
  multiplyAdd(SIMD16(repeating: factor), value, sum)
}

/// F(4, 3) with the points 0, 1, -1, 2, -2 and infinity.
enum FourByThreeLines: WinogradLines {
  static var size: Int { 6 }

  @inline(__always)
  static func transform(
    _ read: (Int) -> SIMD16<Float>, _ write: (Int, SIMD16<Float>) -> Void
  ) {
    let (d0, d1, d2) = (read(0), read(1), read(2))
    let (d3, d4, d5) = (read(3), read(4), read(5))
    write(0, plus(plus(d4, -5, d2), 4, d0))
    let (even, odd) = (plus(d4, -4, d2), plus(d3, -4, d1))
    write(1, even + odd)
    write(2, even - odd)
    let (farEven, farOdd) = (d4 - d2, d3 - d1)
    write(3, plus(farEven, 2, farOdd))
    write(4, plus(farEven, -2, farOdd))
    write(5, plus(plus(d5, -5, d3), 4, d1))
  }

  @inline(__always)
  static func restore(
    _ read: (Int) -> SIMD16<Float>, _ write: (Int, SIMD16<Float>) -> Void
  ) {
    let (m1, m2, m3, m4) = (read(1), read(2), read(3), read(4))
    let (sum, difference) = (m1 + m2, m1 - m2)
    let (farSum, farDifference) = (m3 + m4, m3 - m4)
    write(0, read(0) + sum + farSum)
    write(1, plus(difference, 2, farDifference))
    write(2, plus(sum, 4, farSum))
    write(3, plus(difference + read(5), 8, farDifference))
  }
}

/// F(4, 4) with the points 0, 1, -1, 2, -2, 1/2 and infinity.
enum FourByFourLines: WinogradLines {
  static var size: Int { 7 }

  @inline(__always)
  static func transform(
    _ read: (Int) -> SIMD16<Float>, _ write: (Int, SIMD16<Float>) -> Void
  ) {
    let (d0, d1, d2, d3) = (read(0), read(1), read(2), read(3))
    let (d4, d5, d6) = (read(4), read(5), read(6))
    // All polynomials but that of the point 1/2 have the factor x - 1/2.
    let (e0, e1, e2) = (plus(d1, -0.5, d0), plus(d2, -0.5, d1), plus(d3, -0.5, d2))
    let (e3, e4, e5) = (plus(d4, -0.5, d3), plus(d5, -0.5, d4), plus(d6, -0.5, d5))
    write(0, plus(plus(e4, -5, e2), 4, e0))
    let (even, odd) = (plus(e4, -4, e2), plus(e3, -4, e1))
    write(1, even + odd)
    write(2, even - odd)
    let (farEven, farOdd) = (e4 - e2, e3 - e1)
    write(3, plus(farEven, 2, farOdd))
    write(4, plus(farEven, -2, farOdd))
    write(5, plus(plus(d5, -5, d3), 4, d1))
    write(6, plus(plus(e5, -5, e3), 4, e1))
  }

  @inline(__always)
  static func restore(
    _ read: (Int) -> SIMD16<Float>, _ write: (Int, SIMD16<Float>) -> Void
  ) {
    let (m1, m2, m3, m4) = (read(1), read(2), read(3), read(4))
    let half = read(5)
    let (sum, difference) = (m1 + m2, m1 - m2)
    let (farSum, farDifference) = (m3 + m4, m3 - m4)
    write(0, read(0) + sum + (farSum + half))
    write(1, plus(plus(difference, 2, farDifference), 0.5, half))
    write(2, plus(plus(sum, 4, farSum), 0.25, half))
    write(3, plus(plus(difference + read(6), 8, farDifference), 0.125, half))
  }
}

/// F(4, 2) with the points 0, 1, -1, 2 and infinity.
enum FourByTwoLines: WinogradLines {
  static var size: Int { 5 }

  @inline(__always)
  static func transform(
    _ read: (Int) -> SIMD16<Float>, _ write: (Int, SIMD16<Float>) -> Void
  ) {
    let (d0, d1, d2, d3, d4) = (read(0), read(1), read(2), read(3), read(4))
    // All polynomials but that of the point 2 have the factor x - 2.
    let (e0, e1) = (plus(d1, -2, d0), plus(d2, -2, d1))
    let (e2, e3) = (plus(d3, -2, d2), plus(d4, -2, d3))
    write(0, e2 - e0)
    write(1, e2 + e1)
    write(2, e2 - e1)
    write(3, d3 - d1)
    write(4, e3 - e1)
  }

  @inline(__always)
  static func restore(
    _ read: (Int) -> SIMD16<Float>, _ write: (Int, SIMD16<Float>) -> Void
  ) {
    let (m1, m2, far) = (read(1), read(2), read(3))
    let (sum, difference) = (m1 + m2, m1 - m2)
    write(0, read(0) + sum + far)
    write(1, plus(difference, 2, far))
    write(2, plus(sum, 4, far))
    write(3, plus(difference + read(4), 8, far))
  }
}
