// Rows of floats times a panel of sixteen columns, added to what is there: the product of transforms whose
// depth comes in stretches.

import CSIMD
import Compute

/// Rows at equal distances, and a panel [depth][16].
struct RowAccumulation {
  /// The first row; others lie `rowStride` floats apart.
  var rows: UnsafePointer<Float>
  var rowStride: Int
  var panel: UnsafePointer<Float>
  var depth: Int
  /// Sums of sixteen columns; rows follow each other.
  var sums: UnsafeMutablePointer<Float>
  /// Floats from rows, panel and sums to those of the product that follows: they are asked for.
  var next: (rows: Int, panel: Int, sums: Int)

  /// Adds the products of `count` rows, or sets the sums to them. Up to eleven rows behind the last are
  /// read and written as well.
  ///
  /// An element's sum is one fused multiply-add after the other, whatever the stretches.
  @inline(__always)
  func run(_ count: Int, isFirst: Bool) {
    var row = 0
    while count - row > 4 {
      if csimd_vector_bytes() == 64 && count - row > 8 {
        prefetchNext(row, 12)
        add12(row, isFirst)
        row += 12
      } else {
        prefetchNext(row, 6)
        add6(row, isFirst)
        row += 6
      }
    }
    if row < count {
      prefetchNext(row, 4)
      add4(row, isFirst)
    }
  }

  @inline(__always)
  private func prefetchNext(_ row: Int, _ count: Int) {
    prefetch(Int(bitPattern: rows + next.rows + row * rowStride), 4 * count * rowStride)
    prefetch(Int(bitPattern: panel + next.panel) + row * depth * 4, 4 * count * depth)
    prefetch(Int(bitPattern: sums + next.sums + row * 16), 64 * count)
  }
}

/// Sums of two rows.
private struct Pair {
  var a = SIMD16<Float>.zero
  var b = SIMD16<Float>.zero

  @inline(__always)
  init(_ sums: UnsafePointer<Float>, isFirst: Bool) {
    if !isFirst {
      a = load16(sums)
      b = load16(sums + 16)
    }
  }

  @inline(__always)
  mutating func add(_ first: Float, _ second: Float, _ w: SIMD16<Float>) {
    a = multiplyAdd(SIMD16<Float>(repeating: first), w, a)
    b = multiplyAdd(SIMD16<Float>(repeating: second), w, b)
  }

  @inline(__always)
  func write(_ sums: UnsafeMutablePointer<Float>) {
    store16(a, sums)
    store16(b, sums + 16)
  }
}

extension RowAccumulation {
  @inline(never)
  fileprivate func add4(_ row: Int, _ isFirst: Bool) {
    let target = sums + 16 * row
    var s0 = Pair(target, isFirst: isFirst)
    var s1 = Pair(target + 32, isFirst: isFirst)
    let p0 = rows + row * rowStride
    let p1 = p0 + rowStride
    let p2 = p1 + rowStride
    let p3 = p2 + rowStride
    var weights = panel
    for k in 0..<depth {
      let w = load16(weights)
      s0.add(p0[k], p1[k], w)
      s1.add(p2[k], p3[k], w)
      weights += 16
    }
    s0.write(target)
    s1.write(target + 32)
  }

  @inline(never)
  fileprivate func add6(_ row: Int, _ isFirst: Bool) {
    let target = sums + 16 * row
    var s0 = Pair(target, isFirst: isFirst)
    var s1 = Pair(target + 32, isFirst: isFirst)
    var s2 = Pair(target + 64, isFirst: isFirst)
    let p0 = rows + row * rowStride
    let p1 = p0 + rowStride
    let p2 = p1 + rowStride
    let p3 = p2 + rowStride
    let p4 = p3 + rowStride
    let p5 = p4 + rowStride
    var weights = panel
    for k in 0..<depth {
      let w = load16(weights)
      s0.add(p0[k], p1[k], w)
      s1.add(p2[k], p3[k], w)
      s2.add(p4[k], p5[k], w)
      weights += 16
    }
    s0.write(target)
    s1.write(target + 32)
    s2.write(target + 64)
  }

  @inline(never)
  fileprivate func add12(_ row: Int, _ isFirst: Bool) {
    let target = sums + 16 * row
    var s0 = Pair(target, isFirst: isFirst)
    var s1 = Pair(target + 32, isFirst: isFirst)
    var s2 = Pair(target + 64, isFirst: isFirst)
    var s3 = Pair(target + 96, isFirst: isFirst)
    var s4 = Pair(target + 128, isFirst: isFirst)
    var s5 = Pair(target + 160, isFirst: isFirst)
    let p0 = rows + row * rowStride
    let p1 = p0 + rowStride
    let p2 = p1 + rowStride
    let p3 = p2 + rowStride
    let p4 = p3 + rowStride
    let p5 = p4 + rowStride
    let p6 = p5 + rowStride
    let p7 = p6 + rowStride
    let p8 = p7 + rowStride
    let p9 = p8 + rowStride
    let p10 = p9 + rowStride
    let p11 = p10 + rowStride
    var weights = panel
    for k in 0..<depth {
      let w = load16(weights)
      s0.add(p0[k], p1[k], w)
      s1.add(p2[k], p3[k], w)
      s2.add(p4[k], p5[k], w)
      s3.add(p6[k], p7[k], w)
      s4.add(p8[k], p9[k], w)
      s5.add(p10[k], p11[k], w)
      weights += 16
    }
    s0.write(target)
    s1.write(target + 32)
    s2.write(target + 64)
    s3.write(target + 96)
    s4.write(target + 128)
    s5.write(target + 160)
  }
}
