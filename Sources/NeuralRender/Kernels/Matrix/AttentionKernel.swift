// Attention without a table of scores: keys and values are taken in blocks, and what was summed up
// before is rescaled whenever a block holds a larger score (an online softmax; Milakov and
// Gimelshein 2018, Dao et al. 2022).

import CSIMD
import Compute

/// Positions with heads of contiguous channels: channel c of head h at position t is
/// base[t * positionStride + h * headStride + c].
struct HeadRows: @unchecked Sendable {
  // Sendable: a view without ownership; kernels only read it.
  var base: UnsafePointer<Float>
  var positionStride: Int
  var headStride: Int

  init(_ base: UnsafePointer<Float>, positionStride: Int, headStride: Int) {
    self.base = base
    self.positionStride = positionStride
    self.headStride = headStride
  }

  @inline(__always)
  func row(_ position: Int, _ head: Int) -> UnsafePointer<Float> {
    base + (position &* positionStride &+ head &* headStride)
  }
}

/// y[t] = sum over s of softmax_s(scale q[t] k[s]) v[s] for each head, as
/// `torch.nn.functional.scaled_dot_product_attention`.
///
/// Two stages: blocks of keys and values are packed once for all queries, then each item takes some queries
/// through all blocks. Blocks follow from the extents alone: a position's bits do not depend on the threads.
struct AttentionKernel: Sendable {
  let heads: Int
  let queries: Int
  let keys: Int
  /// Channels of a head.
  let width: Int
  let scale: Float
  /// Queries of an item, whose outputs stay in the second-level cache. A multiple of the tile's.
  private let queriesPerItem: Int
  /// Keys of a block, whose panels stay in the second-level cache. A multiple of 32.
  let keysPerBlock: Int

  /// - Parameter scale: multiplied to the scores; nil for 1 / sqrt(width).
  init(heads: Int, queries: Int, keys: Int, width: Int, scale: Float? = nil) {
    precondition(heads >= 0 && queries >= 0 && keys > 0 && width > 0)
    self.heads = heads
    self.queries = queries
    self.keys = keys
    self.width = width
    self.scale = scale ?? 1 / Float(width).squareRoot()
    let most = max(96, min(240, 24576 / width))
    let blocks = max(1, (queries + most - 1) / most)
    queriesPerItem =
      max(1, (queries + blocks * tilePixels - 1) / (blocks * tilePixels)) * tilePixels
    let wanted = max(64, min(256, 16384 / width & ~31))
    keysPerBlock = min(wanted, (keys + 31) & ~31)
  }

  private var queryBlocks: Int { (queries + queriesPerItem - 1) / queriesPerItem }

  /// Floats between the rows of a tile's outputs.
  private var paddedWidth: Int { (width + 15) & ~15 }

  private var keyBlocks: Int { (keys + keysPerBlock - 1) / keysPerBlock }

  /// Pieces of work for `run`; they may run at the same time in any order.
  var itemCount: Int { heads * queryBlocks }

  /// Pieces of work for `pack`.
  var packItemCount: Int { heads * keyBlocks }

  /// Floats of a block's keys and values.
  private var blockFloats: Int { MemoryBudget.product(keysPerBlock, 2, paddedWidth) }

  /// Floats of packed keys and values, all of them.
  var panelFloats: Int { MemoryBudget.product(packItemCount, blockFloats) }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  var scratchBytes: Int {
    let rows = queriesPerItem * (2 * paddedWidth + 2)
    let tile = AttentionTile.scratch(keysPerBlock: keysPerBlock)
    let bytes =
      (rows + tile.floats) * MemoryLayout<Float>.stride + tile.words * MemoryLayout<Int>.stride
    return (bytes + 63) & ~63
  }

  /// Packs a block of keys and values of a head.
  func pack(
    item: Int, keys k: HeadRows, values v: HeadRows, into panels: UnsafeMutablePointer<Float>
  ) {
    let (head, block) = item.quotientAndRemainder(dividingBy: keyBlocks)
    let first = block * keysPerBlock
    let count = min(keysPerBlock, keys - first)
    let target = panels + item * blockFloats
    pack(
      k.row(first, head), k.positionStride, v.row(first, head), v.positionStride, count, target,
      target + keysPerBlock * paddedWidth)
  }

  /// Computes an item: some queries of a head.
  ///
  /// - Parameters:
  ///   - panels: `panelFloats`, packed.
  ///   - target: laid out as `HeadRows`; must overlap no input.
  func run(
    item: Int, queries q: HeadRows, panels: UnsafePointer<Float>,
    to target: UnsafeMutablePointer<Float>, positionStride: Int, headStride: Int,
    scratch: UnsafeMutableRawPointer
  ) {
    let head = item / queryBlocks
    let first = item % queryBlocks * queriesPerItem
    let count = min(queriesPerItem, queries - first)
    var scratch = ScratchPieces(scratch)
    let scaled = scratch.take(Float.self, queriesPerItem * paddedWidth)
    let outputs = scratch.take(Float.self, queriesPerItem * paddedWidth)
    let largest = scratch.take(Float.self, queriesPerItem)
    let sums = scratch.take(Float.self, queriesPerItem)
    var tile = AttentionTile(
      width: width, paddedWidth: paddedWidth, keysPerBlock: keysPerBlock, scratch: &scratch)
    // In units of ln 2, so that powers of two are all that is needed.
    let scale = Float(Double(self.scale) * 1.4426950408889634)
    for row in 0..<count {
      scaleRow(q.row(first + row, head), scaled + row * paddedWidth, scale)
    }
    for block in 0..<keyBlocks {
      let keyPanels = panels + (head * keyBlocks + block) * blockFloats
      tile.begin(
        keys: min(keysPerBlock, keys - block * keysPerBlock), keyPanels,
        keyPanels + keysPerBlock * paddedWidth)
      var row = 0
      while row < count {
        tile.add(
          queries: scaled + row * paddedWidth, count: min(AttentionTile.mostQueries, count - row),
          outputs: outputs + row * paddedWidth, largest: largest + row, sums: sums + row,
          isFirst: block == 0)
        row += AttentionTile.mostQueries
      }
    }
    for row in 0..<count {
      divideRow(
        outputs + row * paddedWidth, by: sums[row],
        target + ((first + row) * positionStride + head * headStride))
    }
  }

  private func pack(
    _ keyRows: UnsafePointer<Float>, _ keyStride: Int, _ valueRows: UnsafePointer<Float>,
    _ valueStride: Int, _ count: Int, _ keyPanels: UnsafeMutablePointer<Float>,
    _ valuePanels: UnsafeMutablePointer<Float>
  ) {
    let transposedKeys = MatrixPanels(depth: width, columns: count)
    for panel in 0..<transposedKeys.count {
      transposedKeys.pack(
        panel: panel, from: keyRows, rowStride: 1, columnStride: keyStride, to: keyPanels)
    }
    let values = MatrixPanels(depth: count, columns: width)
    for panel in 0..<values.count {
      values.pack(
        panel: panel, from: valueRows, rowStride: valueStride, columnStride: 1, to: valuePanels)
    }
  }

  private func scaleRow(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ scale: Float
  ) {
    var c = 0
    while c < width {
      store16(loadFirst16(source + c, width &- c) * SIMD16<Float>(repeating: scale), target + c)
      c &+= 16
    }
  }

  private func divideRow(
    _ source: UnsafePointer<Float>, by sum: Float, _ target: UnsafeMutablePointer<Float>
  ) {
    let factor = SIMD16<Float>(repeating: 1 / sum)
    var c = 0
    while c < width {
      storeFirst16(load16(source + c) * factor, target + c, width &- c)
      c &+= 16
    }
  }
}
