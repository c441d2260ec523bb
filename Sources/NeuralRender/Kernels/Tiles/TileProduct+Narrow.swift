// Tiles 16 outputs wide, for all processors.

import CSIMD
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

@inline(__always)
private func float(_ address: UnsafeRawPointer) -> Float { address.load(as: Float.self) }

extension TileOperands {
  /// Bytes between the twelve pixels of a segment, if they are the same everywhere.
  @inline(__always)
  fileprivate func distance(_ segment: Int) -> Int? {
    let row = table + segment * tableStep
    let distance = row[1] &- row[0]
    var others = 0
    for slot in 1..<tilePixels - 1 { others |= (row[slot + 1] &- row[slot]) ^ distance }
    return others == 0 ? distance : nil
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
    if full, let distance = operands.distance(segment) {
      // Pixels at equal distances need no pointer each, for which there are not enough registers.
      var p0 = UnsafeRawPointer(operands.pixel(segment, 0))
      var p4 = p0 + 4 * distance
      var p8 = p0 + 8 * distance
      for _ in 0..<operands.channels[segment] {
        let w = load16(weights)
        let one = csimd_opaque_distance(distance)
        let three = csimd_opaque_distance(3 * distance)
        s0.add(float(p0), float(p0 + one), w)
        s1.add(float(p0 + 2 * one), float(p0 + three), w)
        s2.add(float(p4), float(p4 + one), w)
        s3.add(float(p4 + 2 * one), float(p4 + three), w)
        s4.add(float(p8), float(p8 + one), w)
        s5.add(float(p8 + 2 * one), float(p8 + three), w)
        weights += 16
        p0 += 4
        p4 += 4
        p8 += 4
      }
      continue
    }
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
