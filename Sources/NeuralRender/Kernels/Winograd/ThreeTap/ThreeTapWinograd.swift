// Stride-1 convolution with 3 x 3 kernels by Winograd's F(4x4, 3x3): 36 products for 16 outputs instead
// of 144.
//
// Three stages: tiles of the input are transformed (a matrix per point of the transform, tiles by
// channels), multiplied with the transformed weights point by point in the matrix-product engine, and
// transformed back with the epilogue. Transformed weights are the most of what is read, so each point
// meets all tiles at once. Differs from the direct sum by rounding only: about 120 dB below the signal.

import Compute

/// A convolution over a list of 4 x 4 output tiles.
///
/// Tiles lie on a grid from pixel (0, 0); pieces count tiles, not pixels: piece (y, x0, x1) is output
/// pixels 4y ..< 4y + 4, 4 x0 ..< 4 x1, cut at the image's border. A tile's bits depend on the tile
/// only.
public final class ThreeTapWinograd: Sendable {
  public let shape: ConvolutionShape
  public let channels: Int
  public let outputs: Int
  let enlargement: Enlargement
  let weights: WinogradWeights
  private let segmentChannels: AlignedBuffer<Int>

  /// What a list of tiles goes through: all items of one stage before the next.
  public enum Stage: CaseIterable, Sendable { case transform, multiply, finish }

  /// Tiles of an item that is transformed, there or back.
  private static let tilesPerItem = 8
  /// Blocks of 32 outputs of an item that multiplies.
  private static let blocksPerItem = 4
  private static let size = FourByThreeLines.size
  private static let points = size * size

  /// Whether a convolution can be computed here.
  public static func supports(_ shape: ConvolutionShape) -> Bool { shape.isPlainSquare(3...3) }

  /// - Parameters:
  ///   - weights: (outputs, channels, 3, 3), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  ///   - pool: shares out the transform of the weights.
  public convenience init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    scale: [Float]? = nil, bias: [Float]? = nil, pool: WorkerPool? = nil
  ) {
    self.init(
      weights, outputs: outputs, channels: channels, shape: shape, enlargement: .none,
      scale: scale, bias: bias, pool: pool)
  }

  /// - Parameter enlargement: of the input; one pixel of border.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    enlargement: Enlargement, scale: [Float]? = nil, bias: [Float]? = nil, pool: WorkerPool? = nil
  ) {
    precondition(Self.supports(shape))
    self.weights = WinogradWeights(
      weights, outputs: outputs, channels: channels, kernel: 3, transform: .fourByThree, splits: 1,
      scale: scale, bias: bias, pool: pool)
    self.shape = shape
    self.channels = channels
    self.outputs = outputs
    self.enlargement = enlargement
    segmentChannels = AlignedBuffer(count: 1, filledWith: channels)
  }

  /// Floats between tiles: no power of two, or those that are multiplied together would fight for the
  /// same sets of the cache.
  private var tileStride: Int { channels % 256 == 0 ? channels + 16 : channels }

  /// Floats of a tile's products.
  private var productStride: Int {
    let last = weights.outputs.blocks - 1
    return 32 * last + weights.outputs.width(last)
  }

  /// Floats between points, of transformed input and of products; not of the cache's size either.
  private func pointStride(_ tiles: RowPieces, _ stride: Int) -> Int {
    (tiles.pixelCount + tilePixels) * stride + 17 * 16
  }

  /// Floats that the stages hand to each other.
  public func sharedCount(_ tiles: RowPieces) -> Int {
    Self.points * (pointStride(tiles, tileStride) + pointStride(tiles, productStride))
  }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int {
    (Self.points * (16 + channels) * 4 + tableRow * 8 + 63) & ~63
  }

  /// Pieces of work of a stage; they may run at the same time in any order.
  public func itemCount(_ stage: Stage, _ tiles: RowPieces) -> Int {
    switch stage {
    case .transform, .finish: (tiles.pixelCount + Self.tilesPerItem - 1) / Self.tilesPerItem
    case .multiply: Self.points * outputGroups
    }
  }

  private var outputGroups: Int {
    (weights.outputs.blocks + Self.blocksPerItem - 1) / Self.blocksPerItem
  }

  /// Computes an item of a stage.
  ///
  /// - Parameter shared: `sharedCount` floats.
  public func run(
    _ stage: Stage, item: Int, tiles: RowPieces, input: FeatureMap, output: FeatureMap,
    epilogue: Epilogue, shared: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
  ) {
    let products = shared + Self.points * pointStride(tiles, tileStride)
    switch stage {
    case .transform: transform(item, tiles, input, shared, scratch)
    case .multiply:
      multiply(
        item / outputGroups, item % outputGroups, tiles, shared, products,
        scratch.bindMemory(to: Int.self, capacity: tableRow))
    case .finish:
      let finisher = TileFinisher(
        outputs: outputs, factors: weights.outputs.factors, output: output,
        writer: PixelWriter(output, epilogue),
        half: scratch.bindMemory(to: Float.self, capacity: Self.points * 16))
      let stride = pointStride(tiles, productStride)
      tiles.forEach(item, of: Self.tilesPerItem) { tile, y, x in
        for first in Swift.stride(from: 0, to: outputs, by: 16) {
          finisher.finish(
            FourByThreeLines.self, products + tile * productStride + first, pointStride: stride,
            y: 4 * y, x: 4 * x, first: first)
        }
      }
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
    let stride = pointStride(tiles, tileStride)
    let source = TileSource(input: input, border: shape.border, enlargement: enlargement)
    tiles.forEach(item, of: Self.tilesPerItem) { tile, row, column in
      transformTile(
        source.tile(4 * row - shape.top, 4 * column - shape.left, patch: patch), half,
        transformed + tile * tileStride, stride)
    }
  }

  /// Transforms the tile at the first pixel of `source`: columns into `half`, then rows.
  private func transformTile(
    _ source: FeatureMap, _ half: UnsafeMutablePointer<Float>,
    _ target: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    let size = Self.size
    for channel in Swift.stride(from: 0, to: channels, by: 16) {
      let count = min(16, channels - channel)
      for j in 0..<size {
        let column = source.pixel(0, j) + channel
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

  /// Whether a point of all tiles is 0: at -1 the pixels of a pair cancel, those of all pairs of a doubled image.
  private func isEmpty(_ point: Int) -> Bool {
    enlargement == .nearest && (point / Self.size == 2 || point % Self.size == 2)
  }

  /// The products of a point and some blocks of outputs with all tiles: a panel of weights stays in
  /// the cache for all of them, and so do the tiles for all panels.
  private func multiply(
    _ point: Int, _ group: Int, _ tiles: RowPieces, _ transformed: UnsafePointer<Float>,
    _ products: UnsafeMutablePointer<Float>, _ table: UnsafeMutablePointer<Int>
  ) {
    let count = tiles.pixelCount
    let vectors = weights.outputs
    let source = transformed + point * pointStride(tiles, tileStride)
    let target = products + point * pointStride(tiles, productStride)
    let first = group * Self.blocksPerItem
    if isEmpty(point) {
      for tile in 0..<count {
        let start = target + tile * productStride
        for block in first..<min(first + Self.blocksPerItem, vectors.blocks) {
          (start + 32 * block).update(repeating: 0, count: vectors.width(block))
        }
      }
      return
    }
    let groups = (count + tilePixels - 1) / tilePixels
    let panelBytes = 32 * channels * 4
    for block in first..<min(first + Self.blocksPerItem, vectors.blocks) {
      let panel = weights.panel(point) + 32 * block * channels
      for group in 0..<groups {
        let start = group * tilePixels
        for slot in 0..<tilePixels {
          table[slot] = Int(bitPattern: source + (start + slot) * tileStride)
        }
        if block + 1 < vectors.blocks {
          prefetch(
            Int(bitPattern: panel) + panelBytes + panelBytes / groups * group, panelBytes / groups)
        }
        multiplyTile(
          TileOperands(
            table: table, channels: segmentChannels.pointer, segments: 1, weights: panel),
          pixels: min(tilePixels, count - start), width: vectors.width(block),
          target: target + start * productStride + 32 * block, stride: productStride)
      }
    }
  }
}

extension ThreeTapWinograd: TileStages {
  var border: BorderMode { enlargement == .none ? shape.border : .replicate }
  func rowsRead(_ tile: Int) -> Range<Int> {
    TileSource.read(4 * tile - shape.top..<4 * tile - shape.top + Self.size, enlargement)
  }
  func columnsRead(_ tile: Int) -> Range<Int> {
    TileSource.read(4 * tile - shape.left..<4 * tile - shape.left + Self.size, enlargement)
  }
}
