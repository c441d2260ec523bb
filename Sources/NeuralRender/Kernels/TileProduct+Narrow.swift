// Tiles 16 outputs wide, for all processors.

import Compute

/// Sums of two pixels and 16 outputs.
private struct Pair16 {
  var a = SIMD16<Float>.zero
  var b = SIMD16<Float>.zero

  @inline(__always)
  mutating func add(_ first: Float, _ second: Float, _ w: SIMD16<Float>) {
    a = multiplyAdd(SIMD16<Float>(repeating: first), w, a)
    b = multiplyAdd(SIMD16<Float>(repeating: second), w, b)
  }

  @inline(__always)
  func write(_ target: UnsafeMutablePointer<Float>, _ stride: Int) {
    store16(a, target)
    store16(b, target + stride)
  }
}

/// Twelve pixels, or eight when the last four slots are not `full`.
@inline(__always)
func tile12x16(
  _ operands: TileOperands, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ full: Bool
) {
  var s0 = Pair16()
  var s1 = Pair16()
  var s2 = Pair16()
  var s3 = Pair16()
  var s4 = Pair16()
  var s5 = Pair16()
  var weights = operands.weights
  let extra = full ? 8 : 4
  for segment in 0..<operands.segments {
    let p0 = operands.pixel(segment, 0)
    let p1 = operands.pixel(segment, 1)
    let p2 = operands.pixel(segment, 2)
    let p3 = operands.pixel(segment, 3)
    let p4 = operands.pixel(segment, 4)
    let p5 = operands.pixel(segment, 5)
    let p6 = operands.pixel(segment, 6)
    let p7 = operands.pixel(segment, 7)
    let p8 = operands.pixel(segment, extra)
    let p9 = operands.pixel(segment, extra + 1)
    let p10 = operands.pixel(segment, extra + 2)
    let p11 = operands.pixel(segment, extra + 3)
    for k in 0..<operands.channels[segment] {
      let w = load16(weights)
      s0.add(p0[k], p1[k], w)
      s1.add(p2[k], p3[k], w)
      s2.add(p4[k], p5[k], w)
      s3.add(p6[k], p7[k], w)
      s4.add(p8[k], p9[k], w)
      s5.add(p10[k], p11[k], w)
      weights += 16
    }
  }
  s0.write(target, stride)
  s1.write(target + 2 * stride, stride)
  s2.write(target + 4 * stride, stride)
  s3.write(target + 6 * stride, stride)
  s4.write(target + extra * stride, stride)
  s5.write(target + (extra + 2) * stride, stride)
}

/// Six pixels from `slot` and the 16 outputs from `column` of weights `width` wide: the tile of
/// processors with sixteen 256-bit registers.
@inline(__always)
func tile6x16(
  _ operands: TileOperands, _ slot: Int, _ column: Int, _ width: Int,
  _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var s0 = Pair16()
  var s1 = Pair16()
  var s2 = Pair16()
  var weights = operands.weights + column
  for segment in 0..<operands.segments {
    let p0 = operands.pixel(segment, slot)
    let p1 = operands.pixel(segment, slot + 1)
    let p2 = operands.pixel(segment, slot + 2)
    let p3 = operands.pixel(segment, slot + 3)
    let p4 = operands.pixel(segment, slot + 4)
    let p5 = operands.pixel(segment, slot + 5)
    for k in 0..<operands.channels[segment] {
      let w = load16(weights)
      s0.add(p0[k], p1[k], w)
      s1.add(p2[k], p3[k], w)
      s2.add(p4[k], p5[k], w)
      weights += width
    }
  }
  s0.write(target, stride)
  s1.write(target + 2 * stride, stride)
  s2.write(target + 4 * stride, stride)
}

@inline(__always)
func tile4x16(
  _ operands: TileOperands, _ slot: Int, _ column: Int, _ width: Int,
  _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var s0 = Pair16()
  var s1 = Pair16()
  var weights = operands.weights + column
  for segment in 0..<operands.segments {
    let p0 = operands.pixel(segment, slot)
    let p1 = operands.pixel(segment, slot + 1)
    let p2 = operands.pixel(segment, slot + 2)
    let p3 = operands.pixel(segment, slot + 3)
    for k in 0..<operands.channels[segment] {
      let w = load16(weights)
      s0.add(p0[k], p1[k], w)
      s1.add(p2[k], p3[k], w)
      weights += width
    }
  }
  s0.write(target, stride)
  s1.write(target + 2 * stride, stride)
}

/// The portable tile: sums, weights and inputs fit sixteen 128-bit registers.
@inline(__always)
func tile2x16(
  _ operands: TileOperands, _ slot: Int, _ column: Int, _ width: Int,
  _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var sums = Pair16()
  var weights = operands.weights + column
  for segment in 0..<operands.segments {
    let p0 = operands.pixel(segment, slot)
    let p1 = operands.pixel(segment, slot + 1)
    for k in 0..<operands.channels[segment] {
      sums.add(p0[k], p1[k], load16(weights))
      weights += width
    }
  }
  sums.write(target, stride)
}
