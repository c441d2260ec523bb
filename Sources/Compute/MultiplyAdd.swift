import CSIMD

/// a * b + c on every lane: fused where the build has the instruction, two roundings elsewhere
/// (`addingProduct` without the feature is a library call per lane). Never use it where a result
/// must match a reference that does not fuse.
@inlinable @inline(__always)
public func multiplyAdd<V: SIMD>(_ a: V, _ b: V, _ c: V) -> V where V.Scalar: FloatingPoint {
  #if AVATAR_FMA
    c.addingProduct(a, b)
  #else
    a * b + c
  #endif
}

/// The same for sixteen floats, certain to be one instruction: in large kernels the optimiser mixes
/// the generic form's lanes with selections around it.
@inlinable @inline(__always)
public func multiplyAdd(
  _ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>
) -> SIMD16<Float> {
  #if AVATAR_FMA
    csimd_multiply_add_f32(a, b, c)
  #else
    a * b + c
  #endif
}
