// Rows of floats times a panel of sixteen columns, added to what is there: the product of transforms whose
// depth comes in stretches.

import CSIMD
import Compute

/// Rows at equal distances, and sixteen columns of a panel [depth][panelStep].
struct RowAccumulation {
  /// The first row; others lie `rowStride` floats apart.
  var rows: UnsafePointer<Float>
  var rowStride: Int
  var panel: UnsafePointer<Float>
  /// Floats between the rows of the panel.
  var panelStep: Int
  var depth: Int
  /// Floats between rows of sums.
  var step: Int
  /// Sums of sixteen columns.
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
        prefetchNext(row, 12, of: count)
        add12(row, isFirst)
        row += 12
      } else {
        prefetchNext(row, 6, of: count)
        add6(row, isFirst)
        row += 6
      }
    }
    if row < count {
      prefetchNext(row, 4, of: count)
      add4(row, isFirst)
    }
  }

  /// Asks for the part of what the next product reads that belongs to some of the rows.
  @inline(__always)
  func prefetchNext(_ row: Int, _ part: Int, of count: Int) {
    prefetch(Int(bitPattern: rows + next.rows + row * rowStride), 4 * part * rowStride)
    let bytes = 4 * panelStep * depth
    prefetch(Int(bitPattern: panel + next.panel) + bytes * row / count, bytes * part / count)
    prefetch(Int(bitPattern: sums + next.sums + row * step), 4 * step * part)
  }
}

/// Sums of two rows.
private struct Pair {
  var a = SIMD16<Float>.zero
  var b = SIMD16<Float>.zero

  @inline(__always)
  init(_ sums: UnsafePointer<Float>, _ step: Int, isFirst: Bool) {
    if !isFirst {
      a = load16(sums)
      b = load16(sums + step)
    }
  }

  @inline(__always)
  mutating func add(_ first: Float, _ second: Float, _ w: SIMD16<Float>) {
    a = multiplyAdd(SIMD16<Float>(repeating: first), w, a)
    b = multiplyAdd(SIMD16<Float>(repeating: second), w, b)
  }

  @inline(__always)
  func write(_ sums: UnsafeMutablePointer<Float>, _ step: Int) {
    store16(a, sums)
    store16(b, sums + step)
  }
}

extension RowAccumulation {
  @inline(never)
  fileprivate func add4(_ row: Int, _ isFirst: Bool) {
    let target = sums + step * row
    var s0 = Pair(target, step, isFirst: isFirst)
    var s1 = Pair(target + 2 * step, step, isFirst: isFirst)
    let p0 = rows + row * rowStride
    let p1 = p0 + rowStride
    let p2 = p1 + rowStride
    let p3 = p2 + rowStride
    var weights = panel
    for k in 0..<depth {
      let w = load16(weights)
      s0.add(p0[k], p1[k], w)
      s1.add(p2[k], p3[k], w)
      weights += panelStep
    }
    s0.write(target, step)
    s1.write(target + 2 * step, step)
  }

  @inline(never)
  fileprivate func add6(_ row: Int, _ isFirst: Bool) {
    let target = sums + step * row
    var s0 = Pair(target, step, isFirst: isFirst)
    var s1 = Pair(target + 2 * step, step, isFirst: isFirst)
    var s2 = Pair(target + 4 * step, step, isFirst: isFirst)
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
      weights += panelStep
    }
    s0.write(target, step)
    s1.write(target + 2 * step, step)
    s2.write(target + 4 * step, step)
  }

  @inline(never)
  fileprivate func add12(_ row: Int, _ isFirst: Bool) {
    let target = sums + step * row
    var s0 = Pair(target, step, isFirst: isFirst)
    var s1 = Pair(target + 2 * step, step, isFirst: isFirst)
    var s2 = Pair(target + 4 * step, step, isFirst: isFirst)
    var s3 = Pair(target + 6 * step, step, isFirst: isFirst)
    var s4 = Pair(target + 8 * step, step, isFirst: isFirst)
    var s5 = Pair(target + 10 * step, step, isFirst: isFirst)
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
      weights += panelStep
    }
    s0.write(target, step)
    s1.write(target + 2 * step, step)
    s2.write(target + 4 * step, step)
    s3.write(target + 6 * step, step)
    s4.write(target + 8 * step, step)
    s5.write(target + 10 * step, step)
  }
}
