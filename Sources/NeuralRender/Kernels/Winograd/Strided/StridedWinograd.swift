// 3 x 3 convolution with stride 2, with a quarter fewer products than the direct sum.
//
// Along a row the outer two taps meet every other pixel, x(2i - 1) and x(2i + 1): a filter of two taps on
// those pixels, four results of which Winograd's F(4, 2) computes with 5 products. The middle tap meets
// the pixels between them directly. Down the columns the three taps are summed as they are.

import Compute

/// A convolution over a list of pieces of its output.
///
/// A pixel's bits depend on the four pixels of its row that it shares transforms with, not on the
/// pieces, the item or the thread that computes it.
public final class StridedWinograd: Sendable {
  public let shape: ConvolutionShape
  public let channels: Int
  /// [block][five points, then the middle tap][row of taps][channel][32].
  let weights: PackedWeights
  let segmentChannels: AlignedBuffer<Int>
  let zeros: AlignedBuffer<Float>

  /// The most tiles of four outputs in a row of an item, and the blocks of outputs of one.
  static let tilesPerRow = 64
  private static let blocksPerItem = 4

  /// Whether a convolution can be computed here.
  public static func supports(_ shape: ConvolutionShape) -> Bool {
    shape.kernelHeight == 3 && shape.kernelWidth == 3 && shape.stride == 2 && shape.dilation == 1
      && shape.top == 1 && shape.left == 1
  }

  /// - Parameters:
  ///   - weights: (outputs, channels, 3, 3), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  ///   - pool: shares out the packing of the weights.
  public init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    scale: [Float]? = nil, bias: [Float]? = nil, pool: WorkerPool? = nil
  ) {
    precondition(Self.supports(shape))
    self.shape = shape
    self.channels = channels
    let packed = PackedWeights(
      outputs: outputs, depth: 3 * RowTapSource.panels * channels, scale: scale, bias: bias)
    let source = RowTapSource(
      weights: weights, depth: channels, rowStep: channels, panelStep: 3 * channels)
    if let pool {
      pool.run(packed.blocks) { block, _ in source.pack(block, into: packed) }
    } else {
      for block in 0..<packed.blocks { source.pack(block, into: packed) }
    }
    self.weights = packed
    segmentChannels = AlignedBuffer(count: 3, filledWith: channels)
    zeros = AlignedBuffer(count: channels, filledWith: 0)
  }

  /// Input columns that an output pixel's results depend on, bit by bit.
  static func columnsRead(_ x: Int) -> Range<Int> { x / 4 * 8 - 1..<x / 4 * 8 + 8 }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int { StridedScratch.bytes(channels: channels) }

  private var groups: Int { (weights.blocks + Self.blocksPerItem - 1) / Self.blocksPerItem }

  private static func strips(_ height: Int, _ width: Int) -> (rows: Int, columns: Int, step: Int) {
    let tiles = min((width + 3) / 4, tilesPerRow)
    let step = StridedScratch.rows(tiles: tiles)
    return ((height + step - 1) / step, (width + 4 * tilesPerRow - 1) / (4 * tilesPerRow), step)
  }

  /// Pieces of work for `run`; they may run at the same time in any order.
  ///
  /// - Parameters:
  ///   - height: of the output.
  ///   - width: likewise.
  public func itemCount(height: Int, width: Int) -> Int {
    let strips = Self.strips(height, width)
    return strips.rows * strips.columns * groups
  }

  /// Computes an item: some blocks of outputs for the listed pixels of some rows.
  public func run(
    item: Int, pieces: RowPieces, input: FeatureMap, output: FeatureMap, epilogue: Epilogue,
    scratch: UnsafeMutableRawPointer
  ) {
    let strips = Self.strips(output.height, output.width)
    let group = item % groups
    let place = item / groups
    let firstRow = place / strips.columns * strips.step
    let firstColumn = place % strips.columns * 4 * Self.tilesPerRow
    var work = StridedScratch(
      scratch, channels: channels, firstRow: firstRow, firstTile: firstColumn / 4,
      rowTiles: min((output.width + 3) / 4, Self.tilesPerRow))
    work.find(
      pieces, rows: firstRow..<min(firstRow + strips.step, output.height),
      columns: firstColumn..<min(firstColumn + 4 * Self.tilesPerRow, output.width))
    if work.pixelCount == 0 { return }
    transform(work, input)
    let writer = PixelWriter(output, epilogue)
    let first = group * Self.blocksPerItem
    for block in first..<min(first + Self.blocksPerItem, weights.blocks) {
      for point in 0..<FourByTwoLines.size { multiplyTiles(work, block, point) }
      multiplyPixels(work, block, input)
      finish(work, block, writer)
    }
  }
}

extension StridedWinograd: WindowReader {
  var border: BorderMode { shape.border }
  func rowsRead(_ y: Int) -> Range<Int> { 2 * y - 1..<2 * y + 2 }
  func columnsRead(_ x: Int) -> Range<Int> { Self.columnsRead(x) }
}
