// Stride-1 convolution with 3 x 3 kernels by Winograd's F(4x4, 3x3), whose weights stay as they are.
//
// Transformed weights are four times as many. Where weights are most of what is read (a thousand
// channels, some hundred pixels) reading them costs more than the products, and they take memory. Here
// a stretch of channels of sixteen outputs is transformed where it is multiplied, into the second-level
// cache, and never written to memory. Two stages: tiles of the input are transformed; then for a group
// of outputs and some tiles, stretch by stretch, the weights are transformed and multiplied, and at the
// end the sums are transformed back with the epilogue. Differs from the direct sum by rounding only.

import CSIMD
import Compute

/// A convolution over a list of 4 x 4 output tiles; see `ThreeTapWinograd` for the grid.
public final class CompactWinograd: Sendable {
  public let shape: ConvolutionShape
  public let channels: Int
  public let outputs: Int
  let enlargement: Enlargement
  private let weights: CompactWeights

  /// What a list of tiles goes through: all items of one stage before the next.
  public enum Stage: CaseIterable, Sendable { case transform, multiply }

  /// Tiles of an item that is transformed.
  private static let tilesPerTransform = 4
  /// Tiles whose products stay in the second-level cache beside a stretch of weights and of the input.
  private static let tilesPerItem = csimd_vector_bytes() == 64 ? 32 : 16
  private static let size = FourByThreeLines.size
  private static let points = size * size

  /// - Parameters: as `ThreeTapWinograd`'s; `pool` shares out the packing.
  ///   - areHalves: whether weights are rounded to half precision, which takes half of the memory.
  public convenience init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    scale: [Float]? = nil, bias: [Float]? = nil, areHalves: Bool = false, pool: WorkerPool? = nil
  ) {
    self.init(
      weights, outputs: outputs, channels: channels, shape: shape, enlargement: .none,
      scale: scale, bias: bias, areHalves: areHalves, pool: pool)
  }

  /// - Parameter enlargement: of the input; one pixel of border.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    enlargement: Enlargement, scale: [Float]? = nil, bias: [Float]? = nil, areHalves: Bool = false,
    pool: WorkerPool? = nil
  ) {
    precondition(ThreeTapWinograd.supports(shape))
    self.weights = CompactWeights(
      weights, outputs: outputs, channels: channels, scale: scale, bias: bias,
      areHalves: areHalves, pool: pool)
    self.shape = shape
    self.channels = channels
    self.outputs = outputs
    self.enlargement = enlargement
  }

  /// Tiles of the transformed input, whole rows of the product.
  private func rows(_ tiles: RowPieces) -> Int { (tiles.pixelCount + 11) / 12 * 12 }

  /// Floats of a stretch's channels of all tiles at a point; not of the cache's size.
  private func pointStride(_ rows: Int, _ width: Int) -> Int { rows * width + 16 }

  /// Where a stretch of channels lies: [stretch][point][tile][channel].
  private func start(_ stretch: Int, _ rows: Int) -> Int {
    stretch * Self.points * pointStride(rows, CompactWeights.stretch)
  }

  /// Floats that the stages hand to each other.
  public func sharedCount(_ tiles: RowPieces) -> Int { start(weights.stretches, rows(tiles)) }

  /// Floats of a point's products with a group of outputs, [tile][groupWidth].
  private static let productStride = (tilesPerItem + 12) * groupWidth + 16
  private static let groupWidth = 16 * CompactWeights.blocksPerGroup

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int {
    let patch = Self.points * (16 + channels)
    let products =
      CompactWeights.transformedCount + Self.points * (Self.productStride + 16)
    return max(patch, products) * 4
  }

  /// Pieces of work of a stage; they may run at the same time in any order.
  public func itemCount(_ stage: Stage, _ tiles: RowPieces) -> Int {
    switch stage {
    case .transform:
      (tiles.pixelCount + Self.tilesPerTransform - 1) / Self.tilesPerTransform
    case .multiply: blockGroups * groups(tiles)
    }
  }

  private var blockGroups: Int {
    (weights.blocks + CompactWeights.blocksPerGroup - 1) / CompactWeights.blocksPerGroup
  }

  private func groups(_ tiles: RowPieces) -> Int {
    (tiles.pixelCount + Self.tilesPerItem - 1) / Self.tilesPerItem
  }

  /// Computes an item of a stage.
  ///
  /// - Parameter shared: `sharedCount` floats.
  public func run(
    _ stage: Stage, item: Int, tiles: RowPieces, input: FeatureMap, output: FeatureMap,
    epilogue: Epilogue, shared: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
  ) {
    switch stage {
    case .transform: transform(item, tiles, input, shared, scratch)
    case .multiply:
      multiply(
        item / groups(tiles), item % groups(tiles), tiles, shared, output, epilogue, scratch)
    }
  }

  /// Sums of a group of outputs over all channels, and their pixels.
  private func multiply(
    _ blockGroup: Int, _ group: Int, _ tiles: RowPieces, _ transformed: UnsafePointer<Float>,
    _ output: FeatureMap, _ epilogue: Epilogue, _ scratch: UnsafeMutableRawPointer
  ) {
    var pieces = ScratchPieces(scratch)
    let panels = pieces.take(Float.self, CompactWeights.transformedCount)
    let half = pieces.take(Float.self, Self.points * 16)
    let products = pieces.take(Float.self, Self.points * Self.productStride)
    let all = rows(tiles)
    let first = group * Self.tilesPerItem
    let count = min(Self.tilesPerItem, tiles.pixelCount - first)
    let blocks = firstBlock(blockGroup)..<min(firstBlock(blockGroup + 1), weights.blocks)
    for stretch in 0..<weights.stretches {
      let width = weights.width(stretch)
      let source = transformed + start(stretch, all) + first * width
      var block = blocks.lowerBound
      while block < blocks.upperBound {
        let part = block..<min(block + CompactWeights.blocksAtOnce, blocks.upperBound)
        for block in part {
          weights.transform(block, stretch, into: panels + 16 * (block - part.lowerBound))
        }
        let target = products + 16 * (block - blocks.lowerBound)
        for point in 0..<Self.points where !isEmpty(point) {
          weights.prefetchNext(part, stretch, part: point, of: Self.points)
          let rows = RowAccumulation(
            rows: source + point * pointStride(all, width), rowStride: width,
            panel: panels + point * CompactWeights.pointStride,
            panelStep: CompactWeights.panelWidth, depth: width, step: Self.groupWidth,
            sums: target + point * Self.productStride,
            next: (pointStride(all, width), CompactWeights.pointStride, Self.productStride))
          if part.count == 2 {
            rows.runWide(count, isFirst: stretch == 0)
          } else {
            rows.run(count, isFirst: stretch == 0)
          }
        }
        block = part.upperBound
      }
    }
    for point in 0..<Self.points where isEmpty(point) {
      (products + point * Self.productStride).update(
        repeating: 0, count: Self.groupWidth * count)
    }
    for block in blocks {
      finish(
        block, tiles, first..<first + count, products + 16 * (block - blocks.lowerBound), output,
        epilogue, half)
    }
  }

  private func firstBlock(_ group: Int) -> Int { group * CompactWeights.blocksPerGroup }

  /// Whether a point of all tiles is 0: see `ThreeTapWinograd`.
  @inline(__always)
  private func isEmpty(_ point: Int) -> Bool {
    enlargement == .nearest && (point / Self.size == 2 || point % Self.size == 2)
  }

  private func finish(
    _ block: Int, _ tiles: RowPieces, _ range: Range<Int>, _ products: UnsafePointer<Float>,
    _ output: FeatureMap, _ epilogue: Epilogue, _ half: UnsafeMutablePointer<Float>
  ) {
    let finisher = TileFinisher(
      outputs: outputs, factors: weights.factors, output: output,
      writer: PixelWriter(output, epilogue), half: half)
    var piece = tiles.piece(containing: range.lowerBound)
    for tile in range {
      while tile >= Int(tiles.pieces[piece].start) + tiles.pieces[piece].length { piece += 1 }
      let found = tiles.pieces[piece]
      finisher.finish(
        FourByThreeLines.self, products + (tile - range.lowerBound) * Self.groupWidth,
        pointStride: Self.productStride, y: 4 * Int(found.y),
        x: 4 * (Int(found.x0) + tile - Int(found.start)), first: 16 * block)
    }
  }

  private func transform(
    _ item: Int, _ tiles: RowPieces, _ input: FeatureMap,
    _ transformed: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutableRawPointer
  ) {
    let size = Self.size
    var pieces = ScratchPieces(scratch)
    let half = pieces.take(Float.self, Self.points * 16)
    let patch = FeatureMap(
      pieces.take(Float.self, size * size * channels), height: size, width: size,
      channels: channels)
    let source = TileSource(input: input, border: shape.border, enlargement: enlargement)
    let all = rows(tiles)
    let first = item * Self.tilesPerTransform
    var piece = tiles.piece(containing: first)
    for tile in first..<min(first + Self.tilesPerTransform, tiles.pixelCount) {
      while tile >= Int(tiles.pieces[piece].start) + tiles.pieces[piece].length { piece += 1 }
      let found = tiles.pieces[piece]
      let y = 4 * Int(found.y) - shape.top
      let x = 4 * (Int(found.x0) + tile - Int(found.start)) - shape.left
      transformTile(source.tile(y, x, patch: patch), half, tile, all, transformed)
    }
  }

  private func transformTile(
    _ source: FeatureMap, _ half: UnsafeMutablePointer<Float>, _ tile: Int, _ all: Int,
    _ transformed: UnsafeMutablePointer<Float>
  ) {
    let size = Self.size
    for stretch in 0..<weights.stretches {
      let width = weights.width(stretch)
      let target = transformed + start(stretch, all) + tile * width
      let stride = pointStride(all, width)
      let base = stretch * CompactWeights.stretch
      for channel in Swift.stride(from: 0, to: width, by: 16) {
        let count = min(16, width - channel)
        for j in 0..<size {
          let column = source.pixel(0, j) + base + channel
          FourByThreeLines.transform(
            { i in loadFirst16(column + i * source.rowStride, count) },
            { i, value in store16(value, half + (i * size + j) * 16) })
        }
        for i in 0..<size {
          FourByThreeLines.transform(
            { j in load16(half + (i * size + j) * 16) },
            { j, value in
              storeFirst16(value, target + (i * size + j) * stride + channel, count)
            })
        }
      }
    }
  }
}

extension CompactWinograd: TileStages {
  var border: BorderMode { enlargement == .none ? shape.border : .replicate }
  func rowsRead(_ tile: Int) -> Range<Int> {
    TileSource.read(4 * tile - shape.top..<4 * tile - shape.top + Self.size, enlargement)
  }
  func columnsRead(_ tile: Int) -> Range<Int> {
    TileSource.read(4 * tile - shape.left..<4 * tile - shape.left + Self.size, enlargement)
  }
}
