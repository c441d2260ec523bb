// What the Winograd convolutions of 4 x 4 tiles have in common: which shapes they compute, and the way back
// from products to pixels.

import Compute

extension ConvolutionShape {
  /// Whether a Winograd convolution of some kernel sizes computes this shape.
  func isPlainSquare(_ kernels: ClosedRange<Int>) -> Bool {
    stride == 1 && dilation == 1 && kernelHeight == kernelWidth && kernels.contains(kernelHeight)
  }
}

/// A convolution of 4 x 4 tiles in stages: all items of one before the next.
protocol TileStages: AnyObject, Sendable, WindowReader {
  associatedtype Stage: CaseIterable & Sendable
  /// As profiles have it.
  static var kernelName: String { get }
  var shape: ConvolutionShape { get }
  /// Bytes of scratch a worker needs.
  var scratchBytes: Int { get }
  /// Floats that the stages hand to each other.
  func sharedCount(_ tiles: RowPieces) -> Int
  func itemCount(_ stage: Stage, _ tiles: RowPieces) -> Int
  func run(
    _ stage: Stage, item: Int, tiles: RowPieces, input: FeatureMap, output: FeatureMap,
    epilogue: Epilogue, shared: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer)
}

extension TileStages {
  static var kernelName: String { "Winograd" }
}

extension FeatureMap {
  /// Copies a tile of an image that it leaves, border pixels repeated, mirrored or zero.
  @inline(never)
  func copyTile(_ y: Int, _ x: Int, of input: FeatureMap, border: BorderMode) {
    for i in 0..<height {
      let row = borderIndex(y + i, count: input.height, border: border)
      for j in 0..<width {
        let column = borderIndex(x + j, count: input.width, border: border)
        // Tiles may reach farther than the padding; what lies there meets no tap of a pixel in the
        // image.
        if let row, let column, row >= 0, row < input.height, column >= 0, column < input.width {
          pixel(i, j).update(from: input.pixel(row, column), count: channels)
        } else {
          pixel(i, j).update(repeating: 0, count: channels)
        }
      }
    }
  }
}

/// Transforms the products of a tile back and writes its pixels.
struct TileFinisher {
  let outputs: Int
  /// Of the outputs, unless the run has its own.
  let factors: OutputFactors
  let output: FeatureMap
  let writer: PixelWriter
  /// A tile transformed in one direction, 4 x size vectors.
  let half: UnsafeMutablePointer<Float>

  /// Writes up to sixteen channels from `first` on of the 4 x 4 pixels at (y, x), cut at the border,
  /// whose products of the points lie `pointStride` floats apart.
  @inline(__always)
  func finish<Lines: WinogradLines>(
    _: Lines.Type, _ sums: UnsafePointer<Float>, pointStride: Int, y: Int, x: Int, first: Int
  ) {
    let rows = min(4, output.height - y)
    let columns = min(4, output.width - x)
    let count = min(16, outputs - first)
    let channel = ChannelEpilogue(writer.factors ?? factors, from: first)
    for j in 0..<Lines.size {
      let line = sums + j * pointStride
      Lines.restore(
        { i in load16(line + i * Lines.size * pointStride) },
        { i, value in store16(value, half + (i * Lines.size + j) * 16) })
    }
    for i in 0..<rows {
      Lines.restore(
        { j in load16(half + (i * Lines.size + j) * 16) },
        { j, value in
          if j < columns { writer.write(value, channel, y + i, x + j, first, count) }
        })
    }
  }
}
