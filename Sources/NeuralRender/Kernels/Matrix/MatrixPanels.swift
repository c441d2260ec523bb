// The right-hand matrix of a product in the order in which the micro-kernel reads it, packed at run
// time.

import CSIMD
import Compute

/// Packs a matrix B (depth x columns) into panels [block of 32 columns][depth][32], the layout of
/// `PackedWeights`.
///
/// A last block of at most sixteen columns is sixteen wide; columns that do not exist are zeros. The
/// matrix is read through any two strides, so that a transposed view needs no copy, and panels are
/// written to memory of the caller: threads share them out by index.
struct MatrixPanels: Sendable, Equatable {
  let depth: Int
  let columns: Int

  init(depth: Int, columns: Int) {
    precondition(depth >= 0 && columns >= 0)
    self.depth = depth
    self.columns = columns
  }

  /// Floats of all panels of a matrix of `k` rows and `n` columns.
  static func floats(k: Int, n: Int) -> Int { k * ((n + 15) & ~15) }

  var floats: Int { Self.floats(k: depth, n: columns) }

  /// Panels: pieces of work for `pack`.
  var count: Int { (columns + 31) / 32 }

  /// Columns of a panel that exist.
  @inline(__always)
  func columns(_ panel: Int) -> Int { min(32, columns - 32 * panel) }

  /// Floats between the rows of a panel: 32 or 16.
  @inline(__always)
  func width(_ panel: Int) -> Int { columns(panel) > 16 ? 32 : 16 }

  /// Floats before a panel.
  @inline(__always)
  func offset(_ panel: Int) -> Int { 32 * panel * depth }

  /// Packs one panel: element (k, n) of the matrix lies at source[k * rowStride + n * columnStride].
  ///
  /// - Parameter panels: where all panels go, `floats` of them.
  func pack(
    panel: Int, from source: UnsafePointer<Float>, rowStride: Int, columnStride: Int,
    to panels: UnsafeMutablePointer<Float>
  ) {
    let target = panels + offset(panel)
    let first = source + 32 * panel * columnStride
    if columnStride == 1 {
      packRows(panel, first, rowStride, target)
    } else if rowStride == 1 {
      packColumns(panel, first, columnStride, target)
    } else {
      packElements(panel, first, rowStride, columnStride, target)
    }
  }

  /// Neighbours of a row lie side by side.
  private func packRows(
    _ panel: Int, _ source: UnsafePointer<Float>, _ rowStride: Int,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let columns = columns(panel)
    let width = width(panel)
    for k in 0..<depth {
      let row = source + k &* rowStride
      let line = target + k &* width
      store16(loadFirst16(row, columns), line)
      if width == 32 { store16(loadFirst16(row + 16, columns &- 16), line + 16) }
    }
  }

  /// Neighbours of a column lie side by side: a transposition.
  private func packColumns(
    _ panel: Int, _ source: UnsafePointer<Float>, _ columnStride: Int,
    _ target: UnsafeMutablePointer<Float>
  ) {
    transposeRows(
      source, stride: columnStride, rows: columns(panel), depth: depth, target,
      width: width(panel))
  }

  private func packElements(
    _ panel: Int, _ source: UnsafePointer<Float>, _ rowStride: Int, _ columnStride: Int,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let columns = columns(panel)
    let width = width(panel)
    for k in 0..<depth {
      for column in 0..<width {
        target[k &* width &+ column] =
          column < columns ? source[k &* rowStride &+ column &* columnStride] : 0
      }
    }
  }
}
