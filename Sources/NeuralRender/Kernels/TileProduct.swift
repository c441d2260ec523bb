// The matrix-product micro-kernel under every convolution: a few pixels times a block of outputs,
// summed over segments (kernel taps, parts of a concatenation) in registers.
//
// Inputs are read in place: a table holds one pointer a pixel and segment, so an implicit
// convolution packs nothing. Weights are packed [segment][input channel][32 or 16 outputs].
// Every pixel's sum runs over segments, then channels, in order, one fused multiply-add each: its
// bits do not depend on which tile it falls in.

import CSIMD
import Compute

/// Pixel slots of a segment in a table of row pointers; tiles use the first 4, 8 or 12.
let tableRow = 16
/// Pixels of the largest tile.
let tilePixels = 12

/// Sums of two pixels and 32 outputs.
private struct Pair32 {
  var a0 = SIMD16<Float>.zero
  var a1 = SIMD16<Float>.zero
  var b0 = SIMD16<Float>.zero
  var b1 = SIMD16<Float>.zero

  @inline(__always)
  mutating func add(_ a: Float, _ b: Float, _ w0: SIMD16<Float>, _ w1: SIMD16<Float>) {
    let wideA = SIMD16<Float>(repeating: a)
    let wideB = SIMD16<Float>(repeating: b)
    a0 = multiplyAdd(wideA, w0, a0)
    a1 = multiplyAdd(wideA, w1, a1)
    b0 = multiplyAdd(wideB, w0, b0)
    b1 = multiplyAdd(wideB, w1, b1)
  }

  @inline(__always)
  func write(_ target: UnsafeMutablePointer<Float>, _ stride: Int) {
    store16(a0, target)
    store16(a1, target + 16)
    store16(b0, target + stride)
    store16(b1, target + stride + 16)
  }
}

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

/// What a tile is summed over.
struct TileOperands {
  /// Addresses of the pixels' channels: [segment][16 slots].
  var table: UnsafePointer<Int>
  /// Channels of each segment.
  var channels: UnsafePointer<Int>
  var segments: Int
  /// [segment][channel][weightStride].
  var weights: UnsafePointer<Float>

  @inline(__always)
  func pixel(_ segment: Int, _ slot: Int) -> UnsafePointer<Float> {
    UnsafePointer(bitPattern: table[segment * tableRow + slot]).unsafelyUnwrapped
  }
}

/// Writes the sums of up to 12 pixels and `width` (32 or 16) outputs to target[pixel * stride ...].
/// Rounds `pixels` up to 4, 8 or 12: the table's slots and the target's rows up to that must be
/// valid.
@inline(never)
func multiplyTile(
  _ operands: TileOperands, pixels: Int, width: Int, target: UnsafeMutablePointer<Float>,
  stride: Int
) {
  if csimd_vector_bytes() == 64 {
    if width == 32 {
      if pixels > 8 {
        tile12x32(operands, target, stride)
      } else if pixels > 4 {
        tile8x32(operands, target, stride)
      } else {
        tile4x32(operands, target, stride)
      }
    } else if pixels > 4 {
      tile12x16(operands, target, stride, pixels > 8)
    } else {
      tile4x16(operands, 0, 0, 16, target, stride)
    }
    return
  }
  for column in Swift.stride(from: 0, to: width, by: 16) {
    let narrow = target + column
    if csimd_vector_bytes() == 32 && pixels > 8 {
      tile6x16(operands, 0, column, width, narrow, stride)
      tile6x16(operands, 6, column, width, narrow + 6 * stride, stride)
    } else if csimd_vector_bytes() == 32 {
      for slot in Swift.stride(from: 0, to: pixels, by: 4) {
        tile4x16(operands, slot, column, width, narrow + slot * stride, stride)
      }
    } else {
      for slot in Swift.stride(from: 0, to: (pixels + 3) & ~3, by: 2) {
        tile2x16(operands, slot, column, width, narrow + slot * stride, stride)
      }
    }
  }
}

@inline(__always)
private func tile12x32(
  _ operands: TileOperands, _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var s0 = Pair32()
  var s1 = Pair32()
  var s2 = Pair32()
  var s3 = Pair32()
  var s4 = Pair32()
  var s5 = Pair32()
  var weights = operands.weights
  for segment in 0..<operands.segments {
    let p0 = operands.pixel(segment, 0)
    let p1 = operands.pixel(segment, 1)
    let p2 = operands.pixel(segment, 2)
    let p3 = operands.pixel(segment, 3)
    let p4 = operands.pixel(segment, 4)
    let p5 = operands.pixel(segment, 5)
    let p6 = operands.pixel(segment, 6)
    let p7 = operands.pixel(segment, 7)
    let p8 = operands.pixel(segment, 8)
    let p9 = operands.pixel(segment, 9)
    let p10 = operands.pixel(segment, 10)
    let p11 = operands.pixel(segment, 11)
    for k in 0..<operands.channels[segment] {
      let w0 = load16(weights)
      let w1 = load16(weights + 16)
      s0.add(p0[k], p1[k], w0, w1)
      s1.add(p2[k], p3[k], w0, w1)
      s2.add(p4[k], p5[k], w0, w1)
      s3.add(p6[k], p7[k], w0, w1)
      s4.add(p8[k], p9[k], w0, w1)
      s5.add(p10[k], p11[k], w0, w1)
      weights += 32
    }
  }
  s0.write(target, stride)
  s1.write(target + 2 * stride, stride)
  s2.write(target + 4 * stride, stride)
  s3.write(target + 6 * stride, stride)
  s4.write(target + 8 * stride, stride)
  s5.write(target + 10 * stride, stride)
}

@inline(__always)
private func tile8x32(
  _ operands: TileOperands, _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var s0 = Pair32()
  var s1 = Pair32()
  var s2 = Pair32()
  var s3 = Pair32()
  var weights = operands.weights
  for segment in 0..<operands.segments {
    let p0 = operands.pixel(segment, 0)
    let p1 = operands.pixel(segment, 1)
    let p2 = operands.pixel(segment, 2)
    let p3 = operands.pixel(segment, 3)
    let p4 = operands.pixel(segment, 4)
    let p5 = operands.pixel(segment, 5)
    let p6 = operands.pixel(segment, 6)
    let p7 = operands.pixel(segment, 7)
    for k in 0..<operands.channels[segment] {
      let w0 = load16(weights)
      let w1 = load16(weights + 16)
      s0.add(p0[k], p1[k], w0, w1)
      s1.add(p2[k], p3[k], w0, w1)
      s2.add(p4[k], p5[k], w0, w1)
      s3.add(p6[k], p7[k], w0, w1)
      weights += 32
    }
  }
  s0.write(target, stride)
  s1.write(target + 2 * stride, stride)
  s2.write(target + 4 * stride, stride)
  s3.write(target + 6 * stride, stride)
}

@inline(__always)
private func tile4x32(
  _ operands: TileOperands, _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var s0 = Pair32()
  var s1 = Pair32()
  var weights = operands.weights
  for segment in 0..<operands.segments {
    let p0 = operands.pixel(segment, 0)
    let p1 = operands.pixel(segment, 1)
    let p2 = operands.pixel(segment, 2)
    let p3 = operands.pixel(segment, 3)
    for k in 0..<operands.channels[segment] {
      let w0 = load16(weights)
      let w1 = load16(weights + 16)
      s0.add(p0[k], p1[k], w0, w1)
      s1.add(p2[k], p3[k], w0, w1)
      weights += 32
    }
  }
  s0.write(target, stride)
  s1.write(target + 2 * stride, stride)
}

/// Twelve pixels, or eight when the last four slots are not `full`.
@inline(__always)
private func tile12x16(
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
private func tile6x16(
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
private func tile4x16(
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
private func tile2x16(
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
