// The way back from products of F(4, 3) down and F(2, 3) across to pixels.

import Compute

/// Transforms the products of 4 x 2 pixels back and writes them.
struct HalfTileFinisher {
  let outputs: Int
  /// Of the outputs, unless the run has its own.
  let factors: OutputFactors
  let output: FeatureMap
  let writer: PixelWriter
  /// Products transformed down, 4 x 4 vectors.
  let half: UnsafeMutablePointer<Float>

  /// Writes up to sixteen channels from `first` on of the pixels at (y, x), cut at the border.
  @inline(__always)
  func finish(_ sums: UnsafePointer<Float>, y: Int, x: Int, first: Int) {
    let count = min(16, outputs - first)
    let channel = ChannelEpilogue(writer.factors ?? factors, from: first)
    for j in 0..<4 {
      let line = sums + j * CompactShortWinograd.productStride
      FourByThreeLines.restore(
        { i in load16(line + 4 * i * CompactShortWinograd.productStride) },
        { i, value in store16(value, half + (4 * i + j) * 16) })
    }
    for i in 0..<min(4, output.height - y) {
      let line = half + 64 * i
      let (near, far) = (load16(line + 16), load16(line + 32))
      if x < output.width {
        writer.write(load16(line) + near + far, channel, y + i, x, first, count)
      }
      if x + 1 < output.width {
        writer.write(near - far - load16(line + 48), channel, y + i, x + 1, first, count)
      }
    }
  }
}
