// Tiles 32 outputs wide, for processors with thirty-two 512-bit registers.

import Compute

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

@inline(__always)
func tile12x32(
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
func tile8x32(
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
func tile4x32(
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
