// Products of one row or a few with a panel. They are bound by the reading of the matrix, which these
// loops do line after line; tiles of half a panel would read it in jumps.

import CSIMD
import Compute

/// The sums of a few rows and a panel `width` (32 or 16) wide, line after line. The same bits as a
/// tile's.
@inline(never)
func multiplyVectors(
  _ a: MatrixRows, _ first: Int, _ rows: Int, _ k: Int, _ weights: UnsafePointer<Float>,
  _ depth: Int, _ width: Int, _ target: UnsafeMutablePointer<Float>
) {
  var slot = 0
  if width == 32 {
    while slot + 1 < rows {
      multiplyPair(
        a.row(first + slot) + k, a.row(first + slot + 1) + k, weights, depth, target + slot * 32)
      slot += 2
    }
  }
  while slot < rows {
    multiplyVector(a.row(first + slot) + k, weights, depth, width, target + slot * 32)
    slot += 1
  }
}

/// Two rows and a panel 32 wide: eight sums in 256-bit registers hide the latency.
@inline(__always)
private func multiplyPair(
  _ one: UnsafePointer<Float>, _ other: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
  _ depth: Int, _ target: UnsafeMutablePointer<Float>
) {
  var a0 = SIMD16<Float>.zero
  var a1 = SIMD16<Float>.zero
  var b0 = SIMD16<Float>.zero
  var b1 = SIMD16<Float>.zero
  var line = weights
  for k in 0..<depth {
    let w0 = load16(line)
    let w1 = load16(line + 16)
    let a = SIMD16<Float>(repeating: one[k])
    let b = SIMD16<Float>(repeating: other[k])
    a0 = multiplyAdd(a, w0, a0)
    a1 = multiplyAdd(a, w1, a1)
    b0 = multiplyAdd(b, w0, b0)
    b1 = multiplyAdd(b, w1, b1)
    line += 32
  }
  store16(a0, target)
  store16(a1, target + 16)
  store16(b0, target + 32)
  store16(b1, target + 48)
}

@inline(__always)
private func multiplyVector(
  _ row: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ depth: Int, _ width: Int,
  _ target: UnsafeMutablePointer<Float>
) {
  var low = SIMD16<Float>.zero
  var high = SIMD16<Float>.zero
  var line = weights
  if width == 32 {
    for k in 0..<depth {
      let value = SIMD16<Float>(repeating: row[k])
      low = multiplyAdd(value, load16(line), low)
      high = multiplyAdd(value, load16(line + 16), high)
      line += 32
    }
    store16(high, target + 16)
  } else {
    for k in 0..<depth {
      low = multiplyAdd(SIMD16(repeating: row[k]), load16(line), low)
      line += 16
    }
  }
  store16(low, target)
}
