// Stride-1 convolution with kernels of 5 to 8 taps a side: four kernels of 4 x 4 by F(4x4, 4x4) that read
// neighbouring tiles of the same transformed input, 12.25 products an output or fewer.
//
// A worker takes a block of 12 x 4 tiles through all steps while it lies in its own second-level cache:
// columns are transformed for all rows of points at once, then for each row of points the rows, and the
// products of its points. Differs from the direct sum by rounding only: about 113 dB below the signal.

import Compute

/// A convolution over a list of 4 x 4 output tiles.
///
/// Tiles lie on a grid from pixel (0, 0); pieces count tiles, not pixels: piece (y, x0, x1) is output
/// pixels 4y ..< 4y + 4, 4 x0 ..< 4 x1, cut at the image's border. A tile's bits depend on the tile
/// only.
public final class LongWinograd: Sendable {
  public let shape: ConvolutionShape
  public let channels: Int
  public let outputs: Int
  let weights: WinogradWeights
  let segmentChannels: AlignedBuffer<Int>
  let zeros: AlignedBuffer<Float>

  /// Output tiles of a block, across and down; it reads one more of the input each way.
  static let across = 12
  static let down = 4
  static let tiles = across * down
  static let inputTiles = (across + 1) * (down + 1)
  static let size = FourByFourLines.size
  static let points = size * size
  /// Input columns of a block.
  static let columns = 4 * across + size
  private static let splits = 2

  /// Whether a convolution can be computed here.
  public static func supports(_ shape: ConvolutionShape) -> Bool { shape.isPlainSquare(5...8) }

  /// - Parameters:
  ///   - weights: (outputs, channels, kernelHeight, kernelWidth), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  ///   - pool: shares out the transform of the weights.
  public init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    scale: [Float]? = nil, bias: [Float]? = nil, pool: WorkerPool? = nil
  ) {
    precondition(Self.supports(shape))
    self.weights = WinogradWeights(
      weights, outputs: outputs, channels: channels, kernel: shape.kernelHeight,
      transform: .fourByFour, splits: Self.splits, scale: scale, bias: bias, pool: pool)
    self.shape = shape
    self.channels = channels
    self.outputs = outputs
    segmentChannels = AlignedBuffer(count: Self.splits * Self.splits, filledWith: channels)
    zeros = AlignedBuffer(count: channels, filledWith: 0)
  }

  /// Input pixels along an axis that the transforms of a tile read.
  private static let extent = size + 4

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int { LongScratch.bytes(channels: channels) }

  private var outputGroups: Int { (outputs + 63) / 64 }

  private static func blocks(_ height: Int, _ width: Int) -> (rows: Int, columns: Int) {
    ((height + 4 * down - 1) / (4 * down), (width + 4 * across - 1) / (4 * across))
  }

  /// Pieces of work for `run`; they may run at the same time in any order.
  ///
  /// - Parameters:
  ///   - height: of the output, in pixels.
  ///   - width: likewise.
  public func itemCount(height: Int, width: Int) -> Int {
    let blocks = Self.blocks(height, width)
    return blocks.rows * blocks.columns * outputGroups
  }

  /// Computes an item: up to 64 outputs of the listed tiles of a block.
  public func run(
    item: Int, outputTiles: RowPieces, input: FeatureMap, output: FeatureMap, epilogue: Epilogue,
    scratch: UnsafeMutableRawPointer
  ) {
    let blocks = Self.blocks(output.height, output.width)
    let group = item % outputGroups
    let place = item / outputGroups
    let firstRow = place / blocks.columns * Self.down
    let firstColumn = place % blocks.columns * Self.across
    var work = LongScratch(scratch, channels: channels)
    work.find(outputTiles, firstRow: firstRow, firstColumn: firstColumn)
    if work.count == 0 { return }
    transformColumns(work, input)
    let panels = 2 * group..<min(2 * group + 2, weights.outputs.blocks)
    for row in 0..<Self.size {
      transformRows(work, row)
      for column in 0..<Self.size { multiply(work, row * Self.size + column, panels) }
    }
    let finisher = TileFinisher(
      outputs: outputs, factors: weights.outputs.factors, output: output,
      writer: PixelWriter(output, epilogue),
      half: work.half)
    for first in stride(from: 64 * group, to: min(64 * group + 64, outputs), by: 16) {
      for tile in 0..<work.count {
        let position = work.positions[tile]
        finisher.finish(
          FourByFourLines.self, work.products + tile * 64 + first % 64,
          pointStride: Self.tiles * 64, y: 4 * (firstRow + position.y),
          x: 4 * (firstColumn + position.x), first: first)
      }
    }
  }
}

extension LongWinograd: WindowReader {
  var border: BorderMode { shape.border }
  func rowsRead(_ tile: Int) -> Range<Int> {
    4 * tile - shape.top..<4 * tile - shape.top + Self.extent
  }
  func columnsRead(_ tile: Int) -> Range<Int> {
    4 * tile - shape.left..<4 * tile - shape.left + Self.extent
  }
}
