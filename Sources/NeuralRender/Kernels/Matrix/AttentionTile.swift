// A few queries against a block of keys.

import CSIMD
import Compute

/// Some queries' scores of a block of keys, their exponentials, and what these add to the
/// queries' outputs. State of a query: its largest score so far, and sums of exponentials and of
/// exponentials times values, both relative to that score. Scores are in units of ln 2.
struct AttentionTile {
  /// Queries at once: a panel of keys or values is brought to the first-level cache for all of them.
  static let mostQueries = 4 * tilePixels

  let width: Int
  let paddedWidth: Int
  /// Floats between rows of scores.
  let scoreStride: Int
  private let scores: UnsafeMutablePointer<Float>
  private let part: UnsafeMutablePointer<Float>
  /// Factors of the outputs so far.
  private let factors: UnsafeMutablePointer<Float>
  /// Addresses of rows, [twelve queries][slot].
  private let table: UnsafeMutablePointer<Int>
  private let steps: UnsafeMutablePointer<Int>
  private var keys = 0
  private var keyPanels: UnsafePointer<Float>
  private var valuePanels: UnsafePointer<Float>

  init(width: Int, paddedWidth: Int, keysPerBlock: Int, scratch: inout ScratchPieces) {
    self.width = width
    self.paddedWidth = paddedWidth
    scoreStride = keysPerBlock
    scores = scratch.take(Float.self, Self.mostQueries * keysPerBlock)
    part = scratch.take(Float.self, tilePixels * 32)
    factors = scratch.take(Float.self, Self.mostQueries)
    table = scratch.take(Int.self, 4 * tableRow)
    steps = scratch.take(Int.self, 1)
    (keyPanels, valuePanels) = (UnsafePointer(scores), UnsafePointer(scores))
  }

  /// Floats and words of the scratch that it takes.
  static func scratch(keysPerBlock: Int) -> (floats: Int, words: Int) {
    (mostQueries * (keysPerBlock + 1) + tilePixels * 32, 4 * tableRow + 1)
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

  /// Tables of the addresses of rows.
  private func list(_ rows: UnsafePointer<Float>, stride: Int, _ count: Int) {
    var row = 0
    while row < count {
      let entries = table + row / tilePixels * tableRow
      for slot in 0..<tilePixels {
        entries[slot] = Int(bitPattern: rows + min(row &+ slot, count &- 1) &* stride)
      }
      row &+= tilePixels
    }
  }

  private func operands(_ row: Int, _ panel: UnsafePointer<Float>) -> TileOperands {
    TileOperands(
      table: table + row / tilePixels * tableRow, channels: steps, segments: 1, weights: panel)
  }

  private func computeScores(_ queries: UnsafePointer<Float>, _ count: Int) {
    list(queries, stride: paddedWidth, count)
    steps[0] = width
    let panels = MatrixPanels(depth: width, columns: keys)
    for panel in 0..<panels.count {
      var row = 0
      while row < count {
        multiplyTile(
          operands(row, keyPanels + panels.offset(panel)), pixels: min(tilePixels, count &- row),
          width: panels.width(panel), target: scores + (row &* scoreStride &+ 32 &* panel),
          stride: scoreStride)
        row &+= tilePixels
      }
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
    list(scores, stride: scoreStride, count)
    steps[0] = keys
    let panels = MatrixPanels(depth: keys, columns: width)
    for panel in 0..<panels.count {
      let columns = panels.width(panel)
      var first = 0
      while first < count {
        let rows = min(tilePixels, count &- first)
        multiplyTile(
          operands(first, valuePanels + panels.offset(panel)), pixels: rows, width: columns,
          target: part, stride: 32)
        for row in 0..<rows {
          let line = outputs + ((first &+ row) &* paddedWidth &+ 32 &* panel)
          let factor = SIMD16<Float>(repeating: factors[first &+ row])
          var column = 0
          while column < columns {
            let new = load16(part + (row &* 32 &+ column))
            store16(
              isFirst ? new : multiplyAdd(load16(line + column), factor, new), line + column)
            column &+= 16
          }
        }
        first &+= tilePixels
      }
    }
  }
}
