// Rows of floats times panels of 32 columns, for processors with thirty-two registers of sixteen floats.

import CSIMD
import Compute

extension RowAccumulation {
  /// The same with both halves of the panel, whose sums are 32 columns. Up to three rows behind the last are read
  /// and written as well. What follows is not asked for: such processors' own prefetching brings it, and to ask takes
  /// a twelfth of the time.
  @inline(__always)
  func runWide(_ count: Int, isFirst: Bool) {
    var row = 0
    while row < count {
      let left = count &- row
      // Sixteen rows are better two times eight than twelve and four.
      if left > 16 || (left > 8 && left <= 12) {
        addWide12(row, isFirst)
        row += 12
      } else if left > 4 {
        addWide8(row, isFirst)
        row += 8
      } else {
        addWide4(row, isFirst)
        row += 4
      }
    }
  }

  @inline(__always)
  private func forEach(
    _ row: Int,
    _ add: (
      _ row: UnsafePointer<Float>, _ one: Int, _ three: Int, _ w0: SIMD16<Float>,
      _ w1: SIMD16<Float>
    ) -> Void
  ) {
    var (source, weights) = (rows + row &* rowStride, panel)
    for _ in 0..<depth {
      // Rows at equal distances need no pointer each, for which there are not enough registers.
      let one = csimd_opaque_distance(rowStride)
      let three = csimd_opaque_distance(3 &* rowStride)
      add(source, one, three, load16(weights), load16(weights + 16))
      source += 1
      weights += 32
    }
  }

  @inline(never)
  private func addWide12(_ row: Int, _ isFirst: Bool) {
    let target = sums + 32 &* row
    var a = FourRows(target, isFirst: isFirst)
    var b = FourRows(target + 128, isFirst: isFirst)
    var c = FourRows(target + 256, isFirst: isFirst)
    forEach(row) { p, one, three, w0, w1 in
      a.add(p, one, three, w0, w1)
      b.add(p + 4 &* one, one, three, w0, w1)
      c.add(p + 8 &* one, one, three, w0, w1)
    }
    a.write(target)
    b.write(target + 128)
    c.write(target + 256)
  }

  @inline(never)
  private func addWide8(_ row: Int, _ isFirst: Bool) {
    let target = sums + 32 &* row
    var a = FourRows(target, isFirst: isFirst)
    var b = FourRows(target + 128, isFirst: isFirst)
    forEach(row) { p, one, three, w0, w1 in
      a.add(p, one, three, w0, w1)
      b.add(p + 4 &* one, one, three, w0, w1)
    }
    a.write(target)
    b.write(target + 128)
  }

  @inline(never)
  private func addWide4(_ row: Int, _ isFirst: Bool) {
    let target = sums + 32 &* row
    var a = FourRows(target, isFirst: isFirst)
    forEach(row) { p, one, three, w0, w1 in a.add(p, one, three, w0, w1) }
    a.write(target)
  }
}

/// Sums of four rows and 32 columns.
private struct FourRows {
  private var a0 = SIMD16<Float>.zero
  private var a1 = SIMD16<Float>.zero
  private var b0 = SIMD16<Float>.zero
  private var b1 = SIMD16<Float>.zero
  private var c0 = SIMD16<Float>.zero
  private var c1 = SIMD16<Float>.zero
  private var d0 = SIMD16<Float>.zero
  private var d1 = SIMD16<Float>.zero

  @inline(__always)
  init(_ sums: UnsafePointer<Float>, isFirst: Bool) {
    guard !isFirst else { return }
    a0 = load16(sums)
    a1 = load16(sums + 16)
    b0 = load16(sums + 32)
    b1 = load16(sums + 48)
    c0 = load16(sums + 64)
    c1 = load16(sums + 80)
    d0 = load16(sums + 96)
    d1 = load16(sums + 112)
  }

  @inline(__always)
  mutating func add(
    _ row: UnsafePointer<Float>, _ one: Int, _ three: Int, _ w0: SIMD16<Float>,
    _ w1: SIMD16<Float>
  ) {
    let a = SIMD16<Float>(repeating: row[0])
    a0 = multiplyAdd(a, w0, a0)
    a1 = multiplyAdd(a, w1, a1)
    let b = SIMD16<Float>(repeating: row[one])
    b0 = multiplyAdd(b, w0, b0)
    b1 = multiplyAdd(b, w1, b1)
    let c = SIMD16<Float>(repeating: row[2 &* one])
    c0 = multiplyAdd(c, w0, c0)
    c1 = multiplyAdd(c, w1, c1)
    let d = SIMD16<Float>(repeating: row[three])
    d0 = multiplyAdd(d, w0, d0)
    d1 = multiplyAdd(d, w1, d1)
  }

  @inline(__always)
  func write(_ sums: UnsafeMutablePointer<Float>) {
    store16(a0, sums)
    store16(a1, sums + 16)
    store16(b0, sums + 32)
    store16(b1, sums + 48)
    store16(c0, sums + 64)
    store16(c1, sums + 80)
    store16(d0, sums + 96)
    store16(d1, sums + 112)
  }
}
