/// Products and lengths of vectors in space, for every floating-point scalar.
///
/// Sums run from x to z and each operation is rounded by itself, so that results are the same bits as
/// those of the formulas written out.
extension SIMD3 where Scalar: FloatingPoint {
  @inlinable @inline(__always)
  package func dot(_ other: SIMD3) -> Scalar { (self * other).sum() }

  /// At right angles to both, by the right-hand rule: x cross y is z.
  @inlinable @inline(__always)
  package func cross(_ other: SIMD3) -> SIMD3 {
    SIMD3(
      y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
  }

  /// Euclidean length.
  @inlinable @inline(__always)
  package var length: Scalar { dot(self).squareRoot() }

  /// The vector of length one in this direction; zero where there is none (zero, or not a number).
  @inlinable @inline(__always)
  package var normalized: SIMD3 {
    let length = length
    return length > 0 ? self / length : .zero
  }
}
