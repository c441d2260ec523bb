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
