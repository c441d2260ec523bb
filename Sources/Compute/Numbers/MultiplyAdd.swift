import CSIMD

/// a * b + c on every lane: fused where the build has the instruction, two roundings elsewhere (there
/// a fused one would be a library call per lane). Never use it where a result must match a reference
/// that does not fuse.
///
/// The choice is the C compiler's, which knows what it was told to build for; Swift's `addingProduct`
/// always fuses, and in large kernels the optimiser mixes its lanes with selections around it.
@inlinable @inline(__always)
public func multiplyAdd(
  _ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>
) -> SIMD16<Float> {
  csimd_multiply_add_f32(a, b, c)
}

/// The same for other vectors.
@inlinable @inline(__always)
public func multiplyAdd<V: SIMD>(_ a: V, _ b: V, _ c: V) -> V where V.Scalar: FloatingPoint {
  csimd_fuses_multiply_add() ? c.addingProduct(a, b) : a * b + c
}
