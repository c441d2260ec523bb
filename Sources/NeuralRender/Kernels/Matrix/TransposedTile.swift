// Transposition of floats in registers, under the packing of matrices, the copies between orders
// of axes and the planes of pixels.

import CSIMD

/// target[j * targetStride + i] = source[i * sourceStride + j] for i and j in 0 ..< 4.
@inline(__always)
func transposeTile4(
  _ source: UnsafePointer<Float>, _ sourceStride: Int,
  _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
  csimd_transpose4_f32(source, sourceStride, target, targetStride)
}

/// target[j * targetStride + i] = source[i * sourceStride + j] for i and j in 0 ..< 8.
@inline(__always)
func transposeTile8(
  _ source: UnsafePointer<Float>, _ sourceStride: Int,
  _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
  csimd_transpose8_f32(source, sourceStride, target, targetStride)
}
