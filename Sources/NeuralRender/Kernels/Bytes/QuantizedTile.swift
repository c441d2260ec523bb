// The micro-kernel of bytes: as `TileProduct`, a step being four channels of a pixel and of each output.
//
// Sums are whole numbers: they do not depend on order, tile or processor. They leave as floats, less
// the offset that the inputs' zeros make, so that every epilogue and blend is that of the float kernels.

import CSIMD
import Compute

/// Sums of two pixels and 32 outputs.
private struct ByteSums32 {
  var a0 = SIMD16<Int32>.zero
  var a1 = SIMD16<Int32>.zero
  var b0 = SIMD16<Int32>.zero
  var b1 = SIMD16<Int32>.zero

  @inline(__always)
  mutating func add(_ a: Int32, _ b: Int32, _ w0: SIMD16<Int32>, _ w1: SIMD16<Int32>) {
    let wideA = SIMD16<Int32>(repeating: a)
    let wideB = SIMD16<Int32>(repeating: b)
    a0 = csimd_dot4_u8s8(a0, wideA, w0)
    a1 = csimd_dot4_u8s8(a1, wideA, w1)
    b0 = csimd_dot4_u8s8(b0, wideB, w0)
    b1 = csimd_dot4_u8s8(b1, wideB, w1)
  }

  @inline(__always)
  func write(
    _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ offsets: UnsafePointer<Int32>
  ) {
    let (o0, o1) = (loadWords16(offsets), loadWords16(offsets + 16))
    store16(csimd_to_f32(a0 &- o0), target)
    store16(csimd_to_f32(a1 &- o1), target + 16)
    store16(csimd_to_f32(b0 &- o0), target + stride)
    store16(csimd_to_f32(b1 &- o1), target + stride + 16)
  }
}

/// Sums of two pixels and 16 outputs.
private struct ByteSums16 {
  var a = SIMD16<Int32>.zero
  var b = SIMD16<Int32>.zero

  @inline(__always)
  mutating func add(_ first: Int32, _ second: Int32, _ w: SIMD16<Int32>) {
    a = csimd_dot4_u8s8(a, SIMD16<Int32>(repeating: first), w)
    b = csimd_dot4_u8s8(b, SIMD16<Int32>(repeating: second), w)
  }

  @inline(__always)
  func write(
    _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ offsets: UnsafePointer<Int32>
  ) {
    let offset = loadWords16(offsets)
    store16(csimd_to_f32(a &- offset), target)
    store16(csimd_to_f32(b &- offset), target + stride)
  }
}

extension TileOperands {
  /// The words of a pixel, four channels each.
  @inline(__always)
  fileprivate func words(_ segment: Int, _ slot: Int) -> UnsafePointer<Int32> {
    UnsafePointer(bitPattern: table[segment * tableRow + slot]).unsafelyUnwrapped
  }

  /// The memory is of words; the operands' pointer to floats is not looked through.
  @inline(__always)
  fileprivate var weightWords: UnsafePointer<Int32> {
    UnsafeRawPointer(weights).assumingMemoryBound(to: Int32.self)
  }
}

/// `multiplyTile` for bytes; `channels` of the operands count groups of four.
@inline(never)
func multiplyQuantizedTile(
  _ operands: TileOperands, offsets: UnsafePointer<Int32>, pixels: Int, width: Int,
  target: UnsafeMutablePointer<Float>, stride: Int
) {
  if csimd_vector_bytes() == 64 && width == 32 {
    if pixels > 8 {
      tile12x32(operands, offsets, target, stride)
    } else if pixels > 4 {
      tile8x32(operands, offsets, target, stride)
    } else {
      tile4x32(operands, offsets, target, stride)
    }
  } else if csimd_vector_bytes() == 64 {
    if pixels > 4 {
      tile12x16(operands, offsets, target, stride, pixels > 8)
    } else {
      tile4x16(operands, offsets, 0, 0, 16, target, stride)
    }
  } else {
    for column in Swift.stride(from: 0, to: width, by: 16) {
      for slot in Swift.stride(from: 0, to: pixels, by: 4) {
        tile4x16(
          operands, offsets + column, slot, column, width, target + slot * stride + column, stride)
      }
    }
  }
}

@inline(__always)
private func tile12x32(
  _ operands: TileOperands, _ offsets: UnsafePointer<Int32>,
  _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var s0 = ByteSums32()
  var s1 = ByteSums32()
  var s2 = ByteSums32()
  var s3 = ByteSums32()
  var s4 = ByteSums32()
  var s5 = ByteSums32()
  var weights = operands.weightWords
  for segment in 0..<operands.segments {
    let p0 = operands.words(segment, 0)
    let p1 = operands.words(segment, 1)
    let p2 = operands.words(segment, 2)
    let p3 = operands.words(segment, 3)
    let p4 = operands.words(segment, 4)
    let p5 = operands.words(segment, 5)
    let p6 = operands.words(segment, 6)
    let p7 = operands.words(segment, 7)
    let p8 = operands.words(segment, 8)
    let p9 = operands.words(segment, 9)
    let p10 = operands.words(segment, 10)
    let p11 = operands.words(segment, 11)
    for k in 0..<operands.channels[segment] {
      let w0 = loadWords16(weights)
      let w1 = loadWords16(weights + 16)
      s0.add(p0[k], p1[k], w0, w1)
      s1.add(p2[k], p3[k], w0, w1)
      s2.add(p4[k], p5[k], w0, w1)
      s3.add(p6[k], p7[k], w0, w1)
      s4.add(p8[k], p9[k], w0, w1)
      s5.add(p10[k], p11[k], w0, w1)
      weights += 32
    }
  }
  s0.write(target, stride, offsets)
  s1.write(target + 2 * stride, stride, offsets)
  s2.write(target + 4 * stride, stride, offsets)
  s3.write(target + 6 * stride, stride, offsets)
  s4.write(target + 8 * stride, stride, offsets)
  s5.write(target + 10 * stride, stride, offsets)
}

@inline(__always)
private func tile8x32(
  _ operands: TileOperands, _ offsets: UnsafePointer<Int32>,
  _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var s0 = ByteSums32()
  var s1 = ByteSums32()
  var s2 = ByteSums32()
  var s3 = ByteSums32()
  var weights = operands.weightWords
  for segment in 0..<operands.segments {
    let p0 = operands.words(segment, 0)
    let p1 = operands.words(segment, 1)
    let p2 = operands.words(segment, 2)
    let p3 = operands.words(segment, 3)
    let p4 = operands.words(segment, 4)
    let p5 = operands.words(segment, 5)
    let p6 = operands.words(segment, 6)
    let p7 = operands.words(segment, 7)
    for k in 0..<operands.channels[segment] {
      let w0 = loadWords16(weights)
      let w1 = loadWords16(weights + 16)
      s0.add(p0[k], p1[k], w0, w1)
      s1.add(p2[k], p3[k], w0, w1)
      s2.add(p4[k], p5[k], w0, w1)
      s3.add(p6[k], p7[k], w0, w1)
      weights += 32
    }
  }
  s0.write(target, stride, offsets)
  s1.write(target + 2 * stride, stride, offsets)
  s2.write(target + 4 * stride, stride, offsets)
  s3.write(target + 6 * stride, stride, offsets)
}

@inline(__always)
private func tile4x32(
  _ operands: TileOperands, _ offsets: UnsafePointer<Int32>,
  _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var s0 = ByteSums32()
  var s1 = ByteSums32()
  var weights = operands.weightWords
  for segment in 0..<operands.segments {
    let p0 = operands.words(segment, 0)
    let p1 = operands.words(segment, 1)
    let p2 = operands.words(segment, 2)
    let p3 = operands.words(segment, 3)
    for k in 0..<operands.channels[segment] {
      let w0 = loadWords16(weights)
      let w1 = loadWords16(weights + 16)
      s0.add(p0[k], p1[k], w0, w1)
      s1.add(p2[k], p3[k], w0, w1)
      weights += 32
    }
  }
  s0.write(target, stride, offsets)
  s1.write(target + 2 * stride, stride, offsets)
}

/// Twelve pixels, or eight when the last four slots are not `full`.
@inline(__always)
private func tile12x16(
  _ operands: TileOperands, _ offsets: UnsafePointer<Int32>,
  _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ full: Bool
) {
  var s0 = ByteSums16()
  var s1 = ByteSums16()
  var s2 = ByteSums16()
  var s3 = ByteSums16()
  var s4 = ByteSums16()
  var s5 = ByteSums16()
  var weights = operands.weightWords
  let extra = full ? 8 : 4
  for segment in 0..<operands.segments {
    let p0 = operands.words(segment, 0)
    let p1 = operands.words(segment, 1)
    let p2 = operands.words(segment, 2)
    let p3 = operands.words(segment, 3)
    let p4 = operands.words(segment, 4)
    let p5 = operands.words(segment, 5)
    let p6 = operands.words(segment, 6)
    let p7 = operands.words(segment, 7)
    let p8 = operands.words(segment, extra)
    let p9 = operands.words(segment, extra + 1)
    let p10 = operands.words(segment, extra + 2)
    let p11 = operands.words(segment, extra + 3)
    for k in 0..<operands.channels[segment] {
      let w = loadWords16(weights)
      s0.add(p0[k], p1[k], w)
      s1.add(p2[k], p3[k], w)
      s2.add(p4[k], p5[k], w)
      s3.add(p6[k], p7[k], w)
      s4.add(p8[k], p9[k], w)
      s5.add(p10[k], p11[k], w)
      weights += 16
    }
  }
  s0.write(target, stride, offsets)
  s1.write(target + 2 * stride, stride, offsets)
  s2.write(target + 4 * stride, stride, offsets)
  s3.write(target + 6 * stride, stride, offsets)
  s4.write(target + extra * stride, stride, offsets)
  s5.write(target + (extra + 2) * stride, stride, offsets)
}

/// Four pixels from `slot` and the 16 outputs from `column` of weights `width` wide.
@inline(__always)
private func tile4x16(
  _ operands: TileOperands, _ offsets: UnsafePointer<Int32>, _ slot: Int, _ column: Int,
  _ width: Int,
  _ target: UnsafeMutablePointer<Float>, _ stride: Int
) {
  var s0 = ByteSums16()
  var s1 = ByteSums16()
  var weights = operands.weightWords + column
  for segment in 0..<operands.segments {
    let p0 = operands.words(segment, slot)
    let p1 = operands.words(segment, slot + 1)
    let p2 = operands.words(segment, slot + 2)
    let p3 = operands.words(segment, slot + 3)
    for k in 0..<operands.channels[segment] {
      let w = loadWords16(weights)
      s0.add(p0[k], p1[k], w)
      s1.add(p2[k], p3[k], w)
      weights += width
    }
  }
  s0.write(target, stride, offsets)
  s1.write(target + 2 * stride, stride, offsets)
}
