// Softmax along an axis whose neighbours lie apart: lanes are columns.

import CSIMD
import Compute

/// Softmax along an axis that is not the last: [outer][extent][inner], inner contiguous. Source and
/// target may be the same.
struct StridedSoftmax: Sendable {
  let outer: Int
  let extent: Int
  let inner: Int

  /// Columns of an item: whole cache lines of every row.
  private static let columnsPerItem = 64
  /// Rows summed in single precision.
  private static let partialRows = 32

  init(outer: Int, extent: Int, inner: Int) {
    precondition(outer >= 0 && extent > 0 && inner >= 0)
    self.outer = outer
    self.extent = extent
    self.inner = inner
  }

  private var blocks: Int { (inner + Self.columnsPerItem - 1) / Self.columnsPerItem }

  /// Pieces of work for `run`; they may run at the same time in any order.
  var itemCount: Int { outer * blocks }

  func run(
    item: Int, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
  ) {
    let block = item / blocks * extent * inner
    let first = item % blocks * Self.columnsPerItem
    let count = min(inner - first, Self.columnsPerItem)
    columns(source + (block + first), target + (block + first), count)
  }

  /// Up to 64 columns, row after row in each pass.
  @inline(never)
  private func columns(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    // The largest values, the sums, and the sums of a few rows.
    withUnsafeTemporaryAllocation(of: SIMD16<Float>.self, capacity: 12) { state in
      for vector in 0..<4 {
        state[vector] = SIMD16(repeating: -.infinity)
        state[vector &+ 4] = .zero
      }
      for row in 0..<extent {
        forEachVector(count) { vector, column, lanes in
          let value = loadFirst16(source + (row &* inner &+ column), lanes)
          state[vector] = larger(state[vector], value)
        }
      }
      var row = 0
      while row < extent {
        let end = min(extent, row &+ Self.partialRows)
        for vector in 8..<12 { state[vector] = .zero }
        while row < end {
          let place = row &* inner
          forEachVector(count) { vector, column, lanes in
            let value = exponentialOfDifference(
              loadFirst16(source + (place &+ column), lanes) - state[vector])
            storeFirst16(value, target + (place &+ column), lanes)
            state[vector &+ 8] += value
          }
          row &+= 1
        }
        for vector in 4..<8 { state[vector] += state[vector &+ 4] }
      }
      for vector in 4..<8 {
        state[vector] = csimd_divide_f32(SIMD16(repeating: 1), state[vector])
      }
      for row in 0..<extent {
        forEachVector(count) { vector, column, lanes in
          let place = target + (row &* inner &+ column)
          storeFirst16(loadFirst16(place, lanes) * state[vector &+ 4], place, lanes)
        }
      }
    }
  }

  @inline(__always)
  private func forEachVector(
    _ count: Int, _ body: (_ vector: Int, _ column: Int, _ lanes: Int) -> Void
  ) {
    var column = 0
    while column < count {
      body(column &>> 4, column, min(16, count &- column))
      column &+= 16
    }
  }
}
