import CSIMD

// Selection and division of lanes that are certain to be vector code, for the reasons in
// SIMDComparison.swift.

extension SIMD16<Float> {
  @inlinable @inline(__always)
  public static func / (a: SIMD16<Float>, b: SIMD16<Float>) -> SIMD16<Float> {
    csimd_divide_f32(a, b)
  }

  @inlinable @inline(__always)
  public static func / (a: Float, b: SIMD16<Float>) -> SIMD16<Float> {
    csimd_divide_f32(SIMD16<Float>(repeating: a), b)
  }
}

extension SIMD16<Int32> {
  /// `other` where the mask is true, self elsewhere.
  @inlinable @inline(__always)
  public func replacing(
    with other: SIMD16<Int32>, where mask: SIMDMask<SIMD16<Int32>>
  ) -> SIMD16<Int32> {
    csimd_select_i32(unsafeBitCast(mask, to: SIMD16<Int32>.self), other, self)
  }

  /// `other` where the mask is true, self elsewhere.
  @inlinable @inline(__always)
  public func replacing(
    with other: Int32, where mask: SIMDMask<SIMD16<Int32>>
  ) -> SIMD16<Int32> {
    replacing(with: SIMD16<Int32>(repeating: other), where: mask)
  }

  @inlinable @inline(__always)
  public mutating func replace(
    with other: SIMD16<Int32>, where mask: SIMDMask<SIMD16<Int32>>
  ) {
    self = replacing(with: other, where: mask)
  }

  @inlinable @inline(__always)
  public mutating func replace(with other: Int32, where mask: SIMDMask<SIMD16<Int32>>) {
    self = replacing(with: SIMD16<Int32>(repeating: other), where: mask)
  }
}

extension SIMD16<Float> {
  /// `other` where the mask is true, self elsewhere.
  @inlinable @inline(__always)
  public func replacing(
    with other: SIMD16<Float>, where mask: SIMDMask<SIMD16<Int32>>
  ) -> SIMD16<Float> {
    let result = unsafeBitCast(self, to: SIMD16<Int32>.self)
      .replacing(with: unsafeBitCast(other, to: SIMD16<Int32>.self), where: mask)
    return unsafeBitCast(result, to: SIMD16<Float>.self)
  }

  /// `other` where the mask is true, self elsewhere.
  @inlinable @inline(__always)
  public func replacing(
    with other: Float, where mask: SIMDMask<SIMD16<Int32>>
  ) -> SIMD16<Float> {
    replacing(with: SIMD16<Float>(repeating: other), where: mask)
  }

  @inlinable @inline(__always)
  public mutating func replace(
    with other: SIMD16<Float>, where mask: SIMDMask<SIMD16<Int32>>
  ) {
    self = replacing(with: other, where: mask)
  }

  @inlinable @inline(__always)
  public mutating func replace(with other: Float, where mask: SIMDMask<SIMD16<Int32>>) {
    self = replacing(with: SIMD16<Float>(repeating: other), where: mask)
  }

  /// Each lane limited to the bounds; a NaN stays a NaN.
  @inlinable @inline(__always)
  public func clamped(
    lowerBound: SIMD16<Float>, upperBound: SIMD16<Float>
  ) -> SIMD16<Float> {
    let low = replacing(with: lowerBound, where: self .< lowerBound)
    return low.replacing(with: upperBound, where: low .> upperBound)
  }
}
