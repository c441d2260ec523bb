// A convolution to one channel, channels last: sums of eight channels side by side.

import Compute

/// activation(scale * sum + bias) of windows of any size, stride and dilation; zeros outside.
///
/// A pixel's bits do not depend on the range in which it is computed.
struct SingleConvolution: Sendable {
  private let channels: Int
  private let shape: WindowShape
  private let rows: WindowAxis
  private let columns: WindowAxis
  private let activation: Activation
  private let bias: Float
  /// [tap][channel], scaled.
  private let weights: KernelTable<Float>

  static func supports(_ shape: WindowShape, outputs: Int, channels: Int) -> Bool {
    outputs == 1 && channels % 8 == 0 && shape.border == .zero
  }

  /// - Parameter weights: (1, channels, kernelHeight, kernelWidth), PyTorch's order.
  init(
    _ weights: UnsafePointer<Float>, channels: Int, shape: WindowShape, input: ImageSize,
    output: ImageSize, scale: Float = 1, bias: Float = 0, activation: Activation = .none
  ) {
    self.channels = channels
    self.shape = shape
    self.activation = activation
    self.bias = bias
    rows = WindowAxis(
      input: input.height, output: output.height, taps: shape.kernelHeight, stride: shape.stride,
      dilation: shape.dilation, before: shape.top, border: .zero)
    columns = WindowAxis(
      input: input.width, output: output.width, taps: shape.kernelWidth, stride: shape.stride,
      dilation: shape.dilation, before: shape.left, border: .zero)
    let taps = shape.taps
    self.weights = KernelTable(count: taps * channels) { index in
      weights[index % channels * taps + index / channels] * scale
    }
  }

  func rowsRead(_ y: Int) -> Range<Int> { rows.read(y) }
  func columnsRead(_ x: Int) -> Range<Int> { columns.read(x) }

  /// Pixels `columns` of row `y`.
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer
  ) {
    for x in columns {
      var sum = SIMD8<Float>.zero
      var row = 0
      while row < shape.kernelHeight {
        let sourceY = rows.position(y, row)
        var column = sourceY < 0 ? shape.kernelWidth : 0
        while column < shape.kernelWidth {
          let sourceX = self.columns.position(x, column)
          if sourceX >= 0 {
            let pixel = source.pixel(sourceY, sourceX)
            let tap = weights.pointer + (row &* shape.kernelWidth &+ column) &* channels
            var channel = 0
            while channel < channels {
              sum = SIMD8<Float>(at: pixel + channel).times(SIMD8(at: tap + channel), plus: sum)
              channel &+= 8
            }
          }
          column &+= 1
        }
        row &+= 1
      }
      let half = sum.lowHalf + sum.highHalf
      let quarter = half.lowHalf + half.highHalf
      let value = quarter.x + quarter.y + bias
      target.pixel(y, x)[0] =
        activation == .none ? value : activation.apply(SIMD16(repeating: value))[0]
    }
  }
}
