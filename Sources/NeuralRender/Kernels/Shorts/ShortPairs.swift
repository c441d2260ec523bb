// Whole numbers of 16 bits times two panels of sixteen outputs at once, for processors with thirty-two registers:
// a number that is read serves two products, and what sixteen lanes alone would take is as many reads as products.

import CSIMD
import Compute

extension ShortPanel {
  /// Rows behind the last that `multiply` with two panels may read.
  static let rowsBehind = 3
  /// Words that it needs for the sums of a tile.
  static let sumWords = 12 * 32

  /// Calls `write` with the sums of each row and of the outputs of both panels. Up to `rowsBehind` rows behind the
  /// last are read.
  ///
  /// - Parameters:
  ///   - rows: the first row; others lie `stride` words apart.
  ///   - first, second: panels, a word of sixteen outputs every `step` words.
  ///   - sums: room for `sumWords`.
  @inline(__always)
  static func multiply(
    _ rows: UnsafePointer<Int32>, stride: Int, count: Int, first: UnsafePointer<Int32>,
    second: UnsafePointer<Int32>, step: Int = 16, words: Int, sums: UnsafeMutablePointer<Int32>,
    _ write: (_ row: Int, _ first: SIMD16<Int32>, _ second: SIMD16<Int32>) -> Void
  ) {
    let panels = PanelPair(first: first, second: second, step: step, words: words)
    var row = 0
    while row < count {
      let source = rows + row &* stride
      let left = count &- row
      // Sixteen rows are better two times eight than twelve and four.
      let taken = left > 16 || (left > 8 && left <= 12) ? 12 : left > 4 ? 8 : 4
      switch taken {
      case 12: panels.multiply12(source, stride, sums)
      case 8: panels.multiply8(source, stride, sums)
      default: panels.multiply4(source, stride, sums)
      }
      // In one place: where it is called at each row of a tile, it becomes a function of its own, whose operands go
      // through memory in pieces.
      for index in 0..<min(taken, left) {
        let line = sums + 32 &* index
        write(row &+ index, loadWords16(line), loadWords16(line + 16))
      }
      row &+= taken
    }
  }
}

/// Two panels that are read side by side.
private struct PanelPair {
  let first: UnsafePointer<Int32>
  let second: UnsafePointer<Int32>
  let step: Int
  let words: Int

  /// Calls `add` for each word of the rows with the word of both panels.
  @inline(__always)
  func forEach(
    _ rows: UnsafePointer<Int32>, _ stride: Int,
    _ add: (
      _ row: UnsafePointer<Int32>, _ one: Int, _ three: Int, _ w0: SIMD16<Int32>,
      _ w1: SIMD16<Int32>
    ) -> Void
  ) {
    var (row, w0, w1) = (rows, first, second)
    for _ in 0..<words {
      // Rows at equal distances need no pointer each, for which there are not enough registers.
      let one = csimd_opaque_distance(stride)
      let three = csimd_opaque_distance(3 &* stride)
      add(row, one, three, loadWords16(w0), loadWords16(w1))
      row += 1
      w0 += step
      w1 += step
    }
  }
}

extension PanelPair {
  @inline(__always)
  func multiply12(
    _ source: UnsafePointer<Int32>, _ stride: Int, _ sums: UnsafeMutablePointer<Int32>
  ) {
    var (a, b, c) = (FourRows(), FourRows(), FourRows())
    forEach(source, stride) { p, one, three, w0, w1 in
      a.add(p, one, three, w0, w1)
      b.add(p + 4 &* one, one, three, w0, w1)
      c.add(p + 8 &* one, one, three, w0, w1)
    }
    a.write(sums)
    b.write(sums + 128)
    c.write(sums + 256)
  }

  @inline(__always)
  func multiply8(
    _ source: UnsafePointer<Int32>, _ stride: Int, _ sums: UnsafeMutablePointer<Int32>
  ) {
    var (a, b) = (FourRows(), FourRows())
    forEach(source, stride) { p, one, three, w0, w1 in
      a.add(p, one, three, w0, w1)
      b.add(p + 4 &* one, one, three, w0, w1)
    }
    a.write(sums)
    b.write(sums + 128)
  }

  @inline(__always)
  func multiply4(
    _ source: UnsafePointer<Int32>, _ stride: Int, _ sums: UnsafeMutablePointer<Int32>
  ) {
    var a = FourRows()
    forEach(source, stride) { p, one, three, w0, w1 in a.add(p, one, three, w0, w1) }
    a.write(sums)
  }
}

/// Sums of four rows and 32 outputs.
private struct FourRows {
  private var a0 = SIMD16<Int32>.zero
  private var a1 = SIMD16<Int32>.zero
  private var b0 = SIMD16<Int32>.zero
  private var b1 = SIMD16<Int32>.zero
  private var c0 = SIMD16<Int32>.zero
  private var c1 = SIMD16<Int32>.zero
  private var d0 = SIMD16<Int32>.zero
  private var d1 = SIMD16<Int32>.zero

  @inline(__always)
  mutating func add(
    _ row: UnsafePointer<Int32>, _ one: Int, _ three: Int, _ w0: SIMD16<Int32>,
    _ w1: SIMD16<Int32>
  ) {
    let a = SIMD16<Int32>(repeating: row[0])
    a0 = csimd_dot2_i16(a0, a, w0)
    a1 = csimd_dot2_i16(a1, a, w1)
    let b = SIMD16<Int32>(repeating: row[one])
    b0 = csimd_dot2_i16(b0, b, w0)
    b1 = csimd_dot2_i16(b1, b, w1)
    let c = SIMD16<Int32>(repeating: row[2 &* one])
    c0 = csimd_dot2_i16(c0, c, w0)
    c1 = csimd_dot2_i16(c1, c, w1)
    let d = SIMD16<Int32>(repeating: row[three])
    d0 = csimd_dot2_i16(d0, d, w0)
    d1 = csimd_dot2_i16(d1, d, w1)
  }

  @inline(__always)
  func write(_ target: UnsafeMutablePointer<Int32>) {
    Self.store(a0, target)
    Self.store(a1, target + 16)
    Self.store(b0, target + 32)
    Self.store(b1, target + 48)
    Self.store(c0, target + 64)
    Self.store(c1, target + 80)
    Self.store(d0, target + 96)
    Self.store(d1, target + 112)
  }

  @inline(__always)
  private static func store(_ value: SIMD16<Int32>, _ target: UnsafeMutablePointer<Int32>) {
    UnsafeMutableRawPointer(target).storeBytes(of: value, as: SIMD16<Int32>.self)
  }
}
