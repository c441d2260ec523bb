// Stride-1 convolution by Winograd's minimal filtering: 3 x 3 kernels by F(4x4, 3x3), kernels of 5
// to 8 taps a side as four kernels of F(4x4, 4x4) on the same transformed input.
//
// Three steps: tiles of the input are transformed (a matrix per point of the transform, tiles by
// channels), multiplied with the transformed weights point by point in the matrix-product engine, and
// transformed back with the epilogue. Differs from the direct sum by rounding only: about 113 dB
// (3 x 3: 120 dB) below the signal.

import Compute

/// A convolution over a list of active 4 x 4 output tiles.
///
/// Tiles lie on a grid from pixel (0, 0); pieces count tiles, not pixels: piece (y, x0, x1) is output
/// pixels 4y ..< 4y + 4, 4 x0 ..< 4 x1, cut at the image's border. A tile's bits depend on the tile
/// only.
///
/// A frame is: `inputTiles` (once per list), `transform` for all its items, then `multiply` for all
/// its items.
public final class WinogradConvolution: Sendable {
  public let shape: ConvolutionShape
  public let channels: Int
  public let outputs: Int

  /// Tiles multiplied together: their products of all points and 64 outputs stay in the cache.
  static let tilesPerItem = 48
  static let tilesPerTransform = 8

  /// Points along an axis.
  let size: Int
  /// Kernels of `taps` x `taps` along an axis that make up the kernel: 1 or 2.
  let splits: Int
  let weights: WinogradWeights
  let segmentChannels: AlignedBuffer<Int>

  /// Whether a convolution can be computed here.
  public static func supports(_ shape: ConvolutionShape) -> Bool {
    shape.stride == 1 && shape.dilation == 1 && shape.kernelHeight == shape.kernelWidth
      && (shape.kernelHeight == 3 || (5...8).contains(shape.kernelHeight))
  }

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
    let kernel = shape.kernelHeight
    let transform: WinogradTransform = kernel == 3 ? .fourByThree : .fourByFour
    let size = transform.size
    let splits = kernel == 3 ? 1 : 2
    self.weights = WinogradWeights(
      weights, outputs: outputs, channels: channels, kernel: kernel, transform: transform,
      splits: splits, scale: scale, bias: bias, pool: pool)
    self.shape = shape
    self.channels = channels
    self.outputs = outputs
    self.size = size
    self.splits = splits
    segmentChannels = AlignedBuffer(count: splits * splits, filledWith: channels)
  }

  var points: Int { size * size }

  /// Pieces that `inputTiles` may write for `count` pieces of output tiles.
  public func inputPieceCapacity(_ count: Int) -> Int { splits * count }

  /// The tiles of the input that output tiles read, written to `target`.
  public func inputTiles(
    _ outputTiles: RowPieces, into target: UnsafeMutablePointer<RowPiece>
  ) -> RowPieces {
    outputTiles.dilated(
      up: 0, down: splits - 1, left: 0, right: splits - 1, height: Int(Int32.max),
      width: Int(Int32.max), into: target)
  }

  /// What output tiles read of an input, along an axis of `tiles`.
  ///
  /// All of a tile's bits depend on all pixels that its transforms read, whether a tap of it meets
  /// them or not.
  func reach(rows: Int, columns: Int, in input: Place) -> Reach {
    func axis(_ tiles: Int, _ pixels: Int) -> AxisReach {
      AxisReach(units: tiles, pixels: pixels, border: shape.border) { tile in
        let start = 4 * tile - shape.padding
        return start..<start + 4 * (splits - 1) + size
      }
    }
    return .window(y: axis(rows, input.height), x: axis(columns, input.width))
  }

  /// Floats between tiles: no power of two, or those that are multiplied together would fight for the
  /// same sets of the cache.
  var tileStride: Int { channels % 256 == 0 ? channels + 16 : channels }

  /// Floats between the points of the transformed input: not a multiple of the cache's size, so that
  /// the points of a tile do not fight for the same sets.
  func pointStride(_ tiles: RowPieces) -> Int {
    tiles.pixelCount * tileStride + 17 * 16
  }

  /// Floats of the transformed input of these input tiles.
  public func transformedCount(_ inputTiles: RowPieces) -> Int {
    points * pointStride(inputTiles) + tilePixels * tileStride
  }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  public var scratchBytes: Int { (max(transformBytes, multiplyBytes) + 63) & ~63 }
}
