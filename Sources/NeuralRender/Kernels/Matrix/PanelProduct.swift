// Products of matrices, one packed in panels: linear layers, 1 x 1 convolutions over positions,
// products of two activations.

import CSIMD
import Compute

/// Rows of floats that are contiguous in themselves.
struct MatrixRows: @unchecked Sendable {
  // Sendable: a view without ownership; kernels only read it.
  var base: UnsafePointer<Float>
  /// Floats between rows.
  var stride: Int

  init(_ base: UnsafePointer<Float>, stride: Int) {
    self.base = base
    self.stride = stride
  }

  @inline(__always)
  func row(_ index: Int) -> UnsafePointer<Float> { base + index &* stride }
}

/// activation(scale * sum + bias) + residual, by column.
struct ColumnEpilogue: @unchecked Sendable {
  // Sendable: kernels only read through it.
  /// One a column; nil for 1.
  var scale: UnsafePointer<Float>?
  /// One a column; nil for 0.
  var bias: UnsafePointer<Float>?
  var activation: Activation
  /// Added at the end; of the target's shape. It may be the target itself.
  var residual: MatrixRows?

  init(
    scale: UnsafePointer<Float>? = nil, bias: UnsafePointer<Float>? = nil,
    activation: Activation = .none, residual: MatrixRows? = nil
  ) {
    self.scale = scale
    self.bias = bias
    self.activation = activation
    self.residual = residual
  }
}

/// C (rows x columns) = A (rows x depth) B (depth x columns), B in the panels of `MatrixPanels` or
/// `PackedWeights`.
///
/// An element's sum runs over stretches of the depth that follow from the depth alone, one fused
/// multiply-add after the other within a stretch: its bits do not depend on the item or the thread.
struct PanelProduct: Sendable {
  let rows: Int
  let panels: MatrixPanels
  /// Rows of an item: enough to read a panel many times out of the second-level cache, few enough to
  /// share out. A multiple of the tile's.
  private let rowsPerItem: Int
  /// Steps of a stretch of the depth, whose part of a panel stays in the first-level cache.
  private let stretch: Int

  /// Few rows, which are bound by the reading of B: tiles of half a panel would read it in jumps.
  private var isNarrow: Bool { rows <= 8 && csimd_vector_bytes() == 32 }

  /// Rows of an item at most, where that makes enough items to share out, and where it does not.
  private static let mostRows = (many: 528, few: 240)
  private static let enoughItems = 16
  private static let longestStretch = 384

  init(rows: Int, depth: Int, columns: Int) {
    precondition(rows >= 0)
    self.rows = rows
    panels = MatrixPanels(depth: depth, columns: columns)
    let (many, few) = Self.mostRows
    let isEnough = (rows + many - 1) / many * panels.count >= Self.enoughItems
    let most = isEnough ? many : few
    let blocks = max(1, (rows + most - 1) / most)
    let tiles = (rows + blocks * tilePixels - 1) / (blocks * tilePixels)
    rowsPerItem = max(1, tiles) * tilePixels
    let stretches = max(1, (depth + Self.longestStretch - 1) / Self.longestStretch)
    stretch = max(1, (depth + stretches - 1) / stretches)
  }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  var scratchBytes: Int {
    (rowsPerItem + tilePixels + 2) * 32 * MemoryLayout<Float>.stride
      + 3 * tableRow * MemoryLayout<Int>.stride + 64
  }

  /// Pieces of work for `run`; they may run at the same time in any order.
  var itemCount: Int { (rows + rowsPerItem - 1) / rowsPerItem * panels.count }

  /// Whether each panel is read by one item only, which may then pack it where it needs it.
  var readsPanelsOnce: Bool { rows <= rowsPerItem }

  /// Computes an item: one panel for a block of rows.
  ///
  /// - Parameters:
  ///   - packed: all panels.
  ///   - target: element (m, n) of C goes to target[m * targetStride + n]; must not overlap A.
  func run(
    item: Int, _ a: MatrixRows, _ packed: UnsafePointer<Float>,
    to target: UnsafeMutablePointer<Float>, targetStride: Int,
    epilogue: ColumnEpilogue = ColumnEpilogue(), scratch: UnsafeMutableRawPointer
  ) {
    let panel = item % panels.count
    let width = panels.width(panel)
    let firstRow = item / panels.count * rowsPerItem
    let endRow = min(firstRow + rowsPerItem, rows)
    var scratch = ScratchPieces(scratch)
    let sums = scratch.take(Float.self, rowsPerItem * 32)
    let part = scratch.take(Float.self, tilePixels * 32)
    let scaling = scratch.take(Float.self, 64)
    let table = scratch.take(Int.self, tableRow)
    let slots = scratch.take(Int.self, 2 * tableRow)
    let steps = scratch.take(Int.self, 1)
    fill(scaling, epilogue.scale, panel, missing: 1)
    fill(scaling + 32, epilogue.bias, panel, missing: 0)
    let output = Output(
      target: target, stride: targetStride, epilogue: epilogue, scaling: scaling, slots: slots)
    var k = 0
    repeat {
      let count = min(stretch, panels.depth - k)
      let weights = packed + panels.offset(panel) + k * width
      steps[0] = count
      var row = firstRow
      while row < endRow {
        let tile = min(tilePixels, endRow - row)
        let total = sums + (row - firstRow) * 32
        let place = k == 0 ? total : part
        if tile == 1 || isNarrow {
          multiplyVectors(a, row, tile, k, weights, count, width, place)
        } else {
          for slot in 0..<tilePixels {
            table[slot] = Int(bitPattern: a.row(row + min(slot, tile - 1)) + k)
          }
          multiplyTile(
            TileOperands(table: table, channels: steps, segments: 1, weights: weights),
            pixels: tile, width: width, target: place, stride: 32)
        }
        if k > 0 { add(part, tile, width, to: total) }
        if k + count == panels.depth {
          output.write(
            total, row: row, count: tile, column: 32 * panel, columns: panels.columns(panel))
        }
        row += tile
      }
      k += count
    } while k < panels.depth
  }

  /// The panel's values of all columns that exist, `missing` behind them or for all.
  private func fill(
    _ target: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>?, _ panel: Int,
    missing: Float
  ) {
    let columns = panels.columns(panel)
    for column in 0..<32 {
      if let values, column < columns {
        target[column] = values[32 * panel + column]
      } else {
        target[column] = missing
      }
    }
  }

  @inline(__always)
  private func add(
    _ part: UnsafePointer<Float>, _ tile: Int, _ width: Int,
    to total: UnsafeMutablePointer<Float>
  ) {
    for slot in 0..<tile {
      let line = total + slot &* 32
      store16(load16(line) + load16(part + slot &* 32), line)
      if width == 32 {
        store16(load16(line + 16) + load16(part + (slot &* 32 &+ 16)), line + 16)
      }
    }
  }
}

/// Where the rows of a product go.
private struct Output {
  let target: UnsafeMutablePointer<Float>
  let stride: Int
  let epilogue: ColumnEpilogue
  /// Scales and biases of the 32 columns.
  let scaling: UnsafePointer<Float>
  /// Two rows of a table.
  let slots: UnsafeMutablePointer<Int>

  /// Finishes a tile's sums, 32 a row.
  @inline(__always)
  func write(
    _ sums: UnsafePointer<Float>, row: Int, count: Int, column: Int, columns: Int
  ) {
    let residuals = slots + tableRow
    for slot in 0..<count {
      slots[slot] = Int(bitPattern: target + ((row + slot) * stride + column))
      if let residual = epilogue.residual {
        residuals[slot] = Int(bitPattern: residual.row(row + slot) + column)
      }
    }
    finish(
      rows: count, sums: sums, stride: 32, columns: columns, scale: scaling, bias: scaling + 32,
      activation: epilogue.activation, targets: slots,
      residuals: epilogue.residual == nil ? nil : UnsafePointer(residuals))
  }
}
