// What the Winograd convolutions of 4 x 4 tiles have in common: which shapes they compute, and the way back
// from products to pixels.

import Compute

extension ConvolutionShape {
  /// Whether a Winograd convolution of some kernel sizes computes this shape.
  func isPlainSquare(_ kernels: ClosedRange<Int>) -> Bool {
    stride == 1 && dilation == 1 && kernelHeight == kernelWidth && kernels.contains(kernelHeight)
  }
}

/// Transforms the products of a tile back and writes its pixels.
struct TileFinisher {
  let vectors: PackedWeights
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
    let count = min(16, vectors.outputs - first)
    let channel = ChannelEpilogue(writer.factors ?? vectors.factors, from: first)
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
