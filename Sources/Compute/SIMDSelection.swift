import CSIMD

// Comparison and selection of lanes that are certain to be vector code.
//
// The standard library's comparisons, `replacing(with:where:)` and `clamped` are loops over lanes, and
// in large kernels the optimiser leaves some of them as loops (half of triangle set-up's time,
// measured). These have the same names and results and are chosen over them because they are more
// specific. Masks are all ones or all zeros per lane. Even `&` and `~` of the standard library can end
// as code per lane, so nothing here is built on them.

/// The mask of SIMD16<Int32> and SIMD16<Float>.
public typealias Mask16 = SIMDMask<SIMD16<Int32>>

extension SIMD16<Int32> {
  @inlinable @inline(__always)
  public static func .> (a: SIMD16<Int32>, b: SIMD16<Int32>) -> Mask16 {
    unsafeBitCast(csimd_greater_i32(a, b), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .> (a: SIMD16<Int32>, b: Int32) -> Mask16 {
    a .> SIMD16<Int32>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .< (a: SIMD16<Int32>, b: SIMD16<Int32>) -> Mask16 {
    unsafeBitCast(csimd_greater_i32(b, a), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .< (a: SIMD16<Int32>, b: Int32) -> Mask16 {
    a .< SIMD16<Int32>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .>= (a: SIMD16<Int32>, b: SIMD16<Int32>) -> Mask16 {
    unsafeBitCast(csimd_not_i32(csimd_greater_i32(b, a)), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .>= (a: SIMD16<Int32>, b: Int32) -> Mask16 {
    a .>= SIMD16<Int32>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .<= (a: SIMD16<Int32>, b: SIMD16<Int32>) -> Mask16 {
    unsafeBitCast(csimd_not_i32(csimd_greater_i32(a, b)), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .<= (a: SIMD16<Int32>, b: Int32) -> Mask16 {
    a .<= SIMD16<Int32>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .== (a: SIMD16<Int32>, b: SIMD16<Int32>) -> Mask16 {
    unsafeBitCast(csimd_equal_i32(a, b), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .== (a: SIMD16<Int32>, b: Int32) -> Mask16 {
    a .== SIMD16<Int32>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .!= (a: SIMD16<Int32>, b: SIMD16<Int32>) -> Mask16 {
    unsafeBitCast(csimd_not_i32(csimd_equal_i32(a, b)), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .!= (a: SIMD16<Int32>, b: Int32) -> Mask16 {
    a .!= SIMD16<Int32>(repeating: b)
  }
}

extension SIMD16<Float> {
  @inlinable @inline(__always)
  public static func .> (a: SIMD16<Float>, b: SIMD16<Float>) -> Mask16 {
    unsafeBitCast(csimd_greater_f32(a, b), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .> (a: SIMD16<Float>, b: Float) -> Mask16 {
    a .> SIMD16<Float>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .< (a: SIMD16<Float>, b: SIMD16<Float>) -> Mask16 {
    unsafeBitCast(csimd_greater_f32(b, a), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .< (a: SIMD16<Float>, b: Float) -> Mask16 {
    a .< SIMD16<Float>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .>= (a: SIMD16<Float>, b: SIMD16<Float>) -> Mask16 {
    unsafeBitCast(csimd_greater_equal_f32(a, b), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .>= (a: SIMD16<Float>, b: Float) -> Mask16 {
    a .>= SIMD16<Float>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .<= (a: SIMD16<Float>, b: SIMD16<Float>) -> Mask16 {
    unsafeBitCast(csimd_greater_equal_f32(b, a), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .<= (a: SIMD16<Float>, b: Float) -> Mask16 {
    a .<= SIMD16<Float>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .== (a: SIMD16<Float>, b: SIMD16<Float>) -> Mask16 {
    unsafeBitCast(csimd_equal_f32(a, b), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .== (a: SIMD16<Float>, b: Float) -> Mask16 {
    a .== SIMD16<Float>(repeating: b)
  }

  @inlinable @inline(__always)
  public static func .!= (a: SIMD16<Float>, b: SIMD16<Float>) -> Mask16 {
    unsafeBitCast(csimd_not_i32(csimd_equal_f32(a, b)), to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .!= (a: SIMD16<Float>, b: Float) -> Mask16 {
    a .!= SIMD16<Float>(repeating: b)
  }
}

extension SIMDMask<SIMD16<Int32>> {
  @inlinable @inline(__always)
  public static func .& (a: Mask16, b: Mask16) -> Mask16 {
    unsafeBitCast(
      csimd_and_i32(
        unsafeBitCast(a, to: SIMD16<Int32>.self), unsafeBitCast(b, to: SIMD16<Int32>.self)),
      to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static func .| (a: Mask16, b: Mask16) -> Mask16 {
    unsafeBitCast(
      csimd_or_i32(
        unsafeBitCast(a, to: SIMD16<Int32>.self), unsafeBitCast(b, to: SIMD16<Int32>.self)),
      to: Mask16.self)
  }

  @inlinable @inline(__always)
  public static prefix func .! (a: Mask16) -> Mask16 {
    unsafeBitCast(csimd_not_i32(unsafeBitCast(a, to: SIMD16<Int32>.self)), to: Mask16.self)
  }
}

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
