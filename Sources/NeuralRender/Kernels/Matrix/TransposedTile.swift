// Transposition of floats in registers, under the packing of matrices and the copies between orders
// of axes.

@inline(__always)
private func load4(_ source: UnsafePointer<Float>) -> SIMD4<Float> {
  UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Float>.self)
}

@inline(__always)
private func store4(_ value: SIMD4<Float>, _ target: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(target).storeBytes(of: value, as: SIMD4<Float>.self)
}

/// target[j * targetStride + i] = source[i * sourceStride + j] for i and j in 0 ..< 4.
@inline(__always)
private func transposeTile4(
  _ source: UnsafePointer<Float>, _ sourceStride: Int,
  _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
  let a = load4(source)
  let b = load4(source + sourceStride)
  let c = load4(source + 2 &* sourceStride)
  let d = load4(source + 3 &* sourceStride)
  store4(SIMD4(a[0], b[0], c[0], d[0]), target)
  store4(SIMD4(a[1], b[1], c[1], d[1]), target + targetStride)
  store4(SIMD4(a[2], b[2], c[2], d[2]), target + 2 &* targetStride)
  store4(SIMD4(a[3], b[3], c[3], d[3]), target + 3 &* targetStride)
}

/// target[j * targetStride + i] = source[i * sourceStride + j] for i and j in 0 ..< 8.
@inline(__always)
func transposeTile8(
  _ source: UnsafePointer<Float>, _ sourceStride: Int,
  _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
  transposeTile4(source, sourceStride, target, targetStride)
  transposeTile4(source + 4 &* sourceStride, sourceStride, target + 4, targetStride)
  transposeTile4(source + 4, sourceStride, target + 4 &* targetStride, targetStride)
  transposeTile4(
    source + (4 &* sourceStride &+ 4), sourceStride, target + (4 &* targetStride &+ 4),
    targetStride)
}
