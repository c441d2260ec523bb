import CSIMD

// Comparison of lanes that is certain to be vector code.
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
