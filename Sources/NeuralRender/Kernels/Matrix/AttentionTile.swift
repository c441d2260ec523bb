// A few queries against a block of keys.

import CSIMD
import Compute

/// Up to twelve queries' scores of a block of keys, their exponentials, and what these add to the
/// queries' outputs. State of a query: its largest score so far, and sums of exponentials and of
/// exponentials times values, both relative to that score. Scores are in units of ln 2.
struct AttentionTile {
  let width: Int
  let paddedWidth: Int
  /// Floats between rows of scores.
  let scoreStride: Int
  private let scores: UnsafeMutablePointer<Float>
  private let part: UnsafeMutablePointer<Float>
  /// Factors of the outputs so far.
  private let factors: UnsafeMutablePointer<Float>
  private let table: UnsafeMutablePointer<Int>
  private let steps: UnsafeMutablePointer<Int>
  private var keys = 0
  private var keyPanels: UnsafePointer<Float>
  private var valuePanels: UnsafePointer<Float>

  init(width: Int, paddedWidth: Int, keysPerBlock: Int, scratch: inout ScratchPieces) {
    self.width = width
    self.paddedWidth = paddedWidth
    scoreStride = keysPerBlock
    scores = scratch.take(Float.self, tilePixels * keysPerBlock)
    part = scratch.take(Float.self, tilePixels * 32)
    factors = scratch.take(Float.self, tableRow)
    table = scratch.take(Int.self, tableRow)
    steps = scratch.take(Int.self, 1)
    (keyPanels, valuePanels) = (UnsafePointer(scores), UnsafePointer(scores))
  }

  /// Takes the block that follows, packed.
  mutating func begin(
    keys: Int, _ keyPanels: UnsafePointer<Float>, _ valuePanels: UnsafePointer<Float>
  ) {
    self.keys = keys
    self.keyPanels = keyPanels
    self.valuePanels = valuePanels
  }

  /// Adds the block to `count` queries, rows `paddedWidth` apart.
  func add(
    queries: UnsafePointer<Float>, count: Int, outputs: UnsafeMutablePointer<Float>,
    largest: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>, isFirst: Bool
  ) {
    computeScores(queries, count)
    for row in 0..<count {
      exponentiate(row, largest: largest + row, sum: sums + row, isFirst)
    }
    addValues(count, outputs, isFirst)
  }

  private func computeScores(_ queries: UnsafePointer<Float>, _ count: Int) {
    for slot in 0..<tilePixels {
      table[slot] = Int(bitPattern: queries + min(slot, count - 1) * paddedWidth)
    }
    steps[0] = width
    let panels = MatrixPanels(depth: width, columns: keys)
    for panel in 0..<panels.count {
      multiplyTile(
        TileOperands(
          table: table, channels: steps, segments: 1, weights: keyPanels + panels.offset(panel)),
        pixels: count, width: panels.width(panel), target: scores + 32 * panel,
        stride: scoreStride)
    }
  }

  /// Makes of a row of scores s the powers 2^s of their differences to the largest score.
  @inline(__always)
  private func exponentiate(
    _ row: Int, largest: UnsafeMutablePointer<Float>, sum: UnsafeMutablePointer<Float>,
    _ isFirst: Bool
  ) {
    let line = scores + row &* scoreStride
    let padded = (keys &+ 15) & ~15
    // Keys that do not exist.
    var key = keys
    while key < padded {
      line[key] = -.infinity
      key &+= 1
    }
    var a = load16(line)
    var b = a
    key = 16
    while key &+ 32 <= padded {
      a = larger(a, load16(line + key))
      b = larger(b, load16(line + (key &+ 16)))
      key &+= 32
    }
    if key < padded { a = larger(a, load16(line + key)) }
    let blockLargest = largestLane(larger(a, b))
    let before = isFirst ? -.infinity : largest.pointee
    let now = before > blockLargest ? before : blockLargest
    let subtracted = SIMD16<Float>(repeating: now)
    var total = SIMD16<Float>.zero
    key = 0
    while key < padded {
      let value = exponentialBase2(load16(line + key) - subtracted)
      store16(value, line + key)
      total += value
      key &+= 16
    }
    // One lane is needed; before the first block nothing is kept.
    let factor = isFirst ? 0 : exponentialBase2(SIMD16(repeating: before - now))[0]
    largest.pointee = now
    sum.pointee = isFirst ? sumOfLanes(total) : sum.pointee * factor + sumOfLanes(total)
    factors[row] = factor
  }

  private func addValues(_ count: Int, _ outputs: UnsafeMutablePointer<Float>, _ isFirst: Bool) {
    for slot in 0..<tilePixels {
      table[slot] = Int(bitPattern: scores + min(slot, count - 1) * scoreStride)
    }
    steps[0] = keys
    let panels = MatrixPanels(depth: keys, columns: width)
    for panel in 0..<panels.count {
      let columns = panels.width(panel)
      multiplyTile(
        TileOperands(
          table: table, channels: steps, segments: 1, weights: valuePanels + panels.offset(panel)),
        pixels: count, width: columns, target: part, stride: 32)
      for row in 0..<count {
        let line = outputs + (row &* paddedWidth &+ 32 &* panel)
        let factor = SIMD16<Float>(repeating: factors[row])
        var column = 0
        while column < columns {
          let new = load16(part + (row &* 32 &+ column))
          store16(isFirst ? new : multiplyAdd(load16(line + column), factor, new), line + column)
          column &+= 16
        }
      }
    }
  }
}
