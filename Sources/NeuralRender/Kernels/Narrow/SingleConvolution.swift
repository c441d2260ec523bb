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
    let inner = self.columns.interior(of: columns)
    for x in columns.lowerBound..<inner.lowerBound { pixel(y, x, source, target) }
    var x = inner.lowerBound
    while x &+ 4 <= inner.upperBound {
      four(y, x, source, target)
      x &+= 4
    }
    while x < columns.upperBound {
      pixel(y, x, source, target)
      x &+= 1
    }
  }

  /// Four pixels whose columns are all inside: sums of one pixel wait for each other.
  @inline(__always)
  private func four(_ y: Int, _ x: Int, _ source: FeatureMap, _ target: FeatureMap) {
    var (s0, s1) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
    var (s2, s3) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
    let next = shape.stride &* source.pixelStride
    let across = shape.dilation &* source.pixelStride
    let start = source.base + self.columns.first(x) &* source.pixelStride
    var row = 0
    while row < shape.kernelHeight {
      let sourceY = rows.position(y, row)
      if sourceY >= 0 {
        var line = start + sourceY &* source.rowStride
        var tap = weights.pointer + row &* shape.kernelWidth &* channels
        let end = tap + shape.kernelWidth &* channels
        while tap < end {
          var channel = 0
          while channel < channels {
            let factor = SIMD8<Float>(at: tap + channel)
            let pixel = line + channel
            s0 = SIMD8(at: pixel).times(factor, plus: s0)
            s1 = SIMD8(at: pixel + next).times(factor, plus: s1)
            s2 = SIMD8(at: pixel + 2 &* next).times(factor, plus: s2)
            s3 = SIMD8(at: pixel + 3 &* next).times(factor, plus: s3)
            channel &+= 8
          }
          line += across
          tap += channels
        }
      }
      row &+= 1
    }
    finish(s0, target.pixel(y, x))
    finish(s1, target.pixel(y, x &+ 1))
    finish(s2, target.pixel(y, x &+ 2))
    finish(s3, target.pixel(y, x &+ 3))
  }

  @inline(never)
  private func pixel(_ y: Int, _ x: Int, _ source: FeatureMap, _ target: FeatureMap) {
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
    finish(sum, target.pixel(y, x))
  }

  @inline(__always)
  private func finish(_ sum: SIMD8<Float>, _ target: UnsafeMutablePointer<Float>) {
    let half = sum.lowHalf + sum.highHalf
    let quarter = half.lowHalf + half.highHalf
    let value = quarter.x + quarter.y + bias
    target[0] = activation == .none ? value : applyAny(value)
  }

  @inline(never)
  private func applyAny(_ value: Float) -> Float {
    activation.apply(SIMD16(repeating: value))[0]
  }
}
