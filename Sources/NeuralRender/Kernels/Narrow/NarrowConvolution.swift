// A convolution of 1 x 1 to at most eight channels, channels last: four pixels at a time, eight outputs side by
// side, for which the tiles of sixteen would compute mostly nothing.

import Compute

/// activation(scale * sum + bias) + residual, or activation(scale * sum + bias + residual).
///
/// Every pixel's sum begins with the bias and takes its channels in order, one fused multiply-add each.
struct NarrowConvolution: Sendable {
  let outputs: Int
  let channels: Int
  private let activation: Activation
  private let addsResidualFirst: Bool
  /// [channel][8], scaled.
  private let weights: KernelTable<Float>
  private let bias: SIMD8<Float>

  static let mostOutputs = 8
  /// With more, their products are most of the work, and tiles do them faster.
  private static let mostChannels = 64

  static func supports(_ shape: WindowShape, outputs: Int, channels: Int) -> Bool {
    shape.taps == 1 && shape.stride == 1 && shape.top == 0 && shape.left == 0
      && outputs <= mostOutputs && channels <= mostChannels
  }

  /// - Parameters:
  ///   - weights: (outputs, channels, 1, 1), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, scale: [Float], bias: [Float],
    activation: Activation = .none, addsResidualFirst: Bool = false
  ) {
    precondition(1...Self.mostOutputs ~= outputs && scale.count == outputs)
    self.outputs = outputs
    self.channels = channels
    self.activation = activation
    self.addsResidualFirst = addsResidualFirst
    self.weights = KernelTable(count: channels * Self.mostOutputs) { index in
      let (channel, output) = index.quotientAndRemainder(dividingBy: Self.mostOutputs)
      return output < outputs ? weights[output * channels + channel] * scale[output] : 0
    }
    var start = SIMD8<Float>.zero
    for output in 0..<outputs { start[output] = bias[output] }
    self.bias = start
  }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  /// Pixels `columns` of row `y`.
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer
  ) {
    let step = source.pixelStride
    let weights = self.weights.pointer
    var x = columns.lowerBound
    while x &+ 4 <= columns.upperBound {
      let pixel = source.pixel(y, x)
      var (s0, s1, s2, s3) = (bias, bias, bias, bias)
      var channel = 0
      while channel < channels {
        let factor = SIMD8<Float>(at: weights + 8 &* channel)
        s0 = SIMD8(repeating: pixel[channel]).times(factor, plus: s0)
        s1 = SIMD8(repeating: pixel[channel &+ step]).times(factor, plus: s1)
        s2 = SIMD8(repeating: pixel[channel &+ 2 &* step]).times(factor, plus: s2)
        s3 = SIMD8(repeating: pixel[channel &+ 3 &* step]).times(factor, plus: s3)
        channel &+= 1
      }
      finish(s0, y, x, residual, target)
      finish(s1, y, x &+ 1, residual, target)
      finish(s2, y, x &+ 2, residual, target)
      finish(s3, y, x &+ 3, residual, target)
      x &+= 4
    }
    while x < columns.upperBound {
      let pixel = source.pixel(y, x)
      var sum = bias
      for channel in 0..<channels {
        sum = SIMD8(repeating: pixel[channel])
          .times(SIMD8(at: weights + 8 &* channel), plus: sum)
      }
      finish(sum, y, x, residual, target)
      x &+= 1
    }
  }

  @inline(__always)
  private func finish(
    _ sum: SIMD8<Float>, _ y: Int, _ x: Int, _ residual: FeatureMap?, _ target: FeatureMap
  ) {
    let isWhole = outputs == Self.mostOutputs
    var value = sum.widened
    let added = residual.map { residual in
      let pixel = residual.pixel(y, x)
      return isWhole ? SIMD8<Float>(at: pixel).widened : loadFirst16(pixel, outputs)
    }
    if addsResidualFirst, let added { value += added }
    switch activation {
    case .none: break
    case .clamp(let low, let high): value = Activation.clamp(low, high).apply(value)
    default: value = applyAny(value)
    }
    if !addsResidualFirst, let added { value += added }
    if isWhole {
      value.lowHalf.store(to: target.pixel(y, x))
    } else {
      storeFirst16(value, target.pixel(y, x), outputs)
    }
  }

  /// Kept out of line: the rarer activations are long.
  @inline(never)
  private func applyAny(_ value: SIMD16<Float>) -> SIMD16<Float> { activation.apply(value) }
}
