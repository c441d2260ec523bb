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

/// target[j * width + i] = source[i * stride + j] for i in 0 ..< rows and j in 0 ..< depth; zeros for i in
/// rows ..< width.
func transposeRows(
  _ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int,
  _ target: UnsafeMutablePointer<Float>, width: Int
) {
  let wholeRows = rows & ~7
  let wholeDepth = depth & ~7
  var k = 0
  while k < wholeDepth {
    var row = 0
    while row < wholeRows {
      transposeTile8(source + (row &* stride &+ k), stride, target + (k &* width &+ row), width)
      row &+= 8
    }
    k &+= 8
  }
  for row in 0..<width {
    let line = target + row
    if row >= rows {
      for k in 0..<depth { line[k &* width] = 0 }
    } else {
      let values = source + row &* stride
      for k in (row < wholeRows ? wholeDepth : 0)..<depth { line[k &* width] = values[k] }
    }
  }
}

/// target[j * targetStride + i] = source[i * sourceStride + j] for i and j in 0 ..< 8.
@inline(__always)
func transposeTile8(
  _ source: UnsafePointer<Float>, _ sourceStride: Int,
  _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
  csimd_transpose8_f32(source, sourceStride, target, targetStride)
}
