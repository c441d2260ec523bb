/// Layers in the manner of StyleGAN2 that DINAR's networks are made of.
///
/// Source: Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN".
import Compute

extension Graph {
  /// A convolution whose stored weights are of plain normal scale: multiplied by 1 / sqrt(Cin k^2).
  ///
  /// Keys `weight` (Cout, Cin, k, k) and, when it has one, `bias` (Cout).
  ///
  /// - Parameters:
  ///   - rate: the learning rate's factor, by which weights and biases are stored smaller.
  ///   - gain: of everything, besides.
  mutating func equalizedConvolution(
    _ x: Value, channels: Int, size: Int, stride: Int = 1, padding: Padding, hasBias: Bool = false,
    rate: Float = 1, gain: Float = 1
  ) throws -> Value {
    let inputs = x.shape[1]
    let scale = gain * rate / Float(inputs * size * size).squareRoot()
    let weight = try affine(
      parameter("weight", shape: [channels, inputs, size, size]), scale: scale)
    var bias = hasBias ? try parameter("bias", shape: [channels]) : nil
    if let stored = bias, gain * rate != 1 { bias = try affine(stored, scale: gain * rate) }
    return try convolution(x, weight: weight, bias: bias, stride: stride, padding: padding)
  }

  /// A matrix whose stored weights are of plain normal scale: multiplied by 1 / sqrt(inputs).
  ///
  /// Keys `weight` (outputs, inputs) and `bias` (outputs). Input: (N, inputs).
  mutating func equalizedLinear(_ x: Value, outputs: Int, rate: Float = 1) throws -> Value {
    let inputs = x.shape[x.shape.count - 1]
    let weight = try affine(
      parameter("weight", shape: [outputs, inputs]), scale: rate / Float(inputs).squareRoot())
    let bias = try parameter("bias", shape: [outputs])
    return try linear(x, weight: weight, bias: rate == 1 ? bias : affine(bias, scale: rate))
  }

  /// The stored filter that goes with resampling. Key `kernel` (4, 4), with its gain.
  mutating func resampled(
    _ x: Value, up: Int = 1, down: Int = 1, before: Int, after: Int
  ) throws -> Value {
    try upFIRDown(
      x, kernel: parameter("kernel", shape: [4, 4]), up: up, down: down, before: before,
      after: after)
  }

  /// A convolution whose input channels are scaled by a style.
  ///
  /// Keys `weight` (1, Cout, Cin, k, k), `modulation.weight` (Cin, style), `modulation.bias` (Cin).
  ///
  /// - Parameter style: (N, style).
  mutating func styledConvolution(
    _ x: Value, style: Value, channels: Int, size: Int, demodulates: Bool = true,
    resampling: ModulatedConvolution.Resampling = .same
  ) throws -> Value {
    let inputs = x.shape[1]
    let weight = try reshape(
      parameter("weight", shape: [1, channels, inputs, size, size]),
      [channels, inputs, size, size])
    let styles = try module("modulation") { try $0.equalizedLinear(style, outputs: inputs) }
    return try modulatedConvolution(
      x, weight: weight, styles: styles, demodulates: demodulates, resampling: resampling)
  }

  /// Batch normalisation with stored statistics.
  ///
  /// Keys `weight`, `bias`, `running_mean`, `running_var` (C); `num_batches_tracked` is not read.
  mutating func storedBatchNormalization(_ x: Value) throws -> Value {
    let shape = [x.shape[1]]
    leaveUnread("num_batches_tracked")
    return try batchNormalization(
      x, mean: parameter("running_mean", shape: shape),
      variance: parameter("running_var", shape: shape),
      affine: (parameter("weight", shape: shape), parameter("bias", shape: shape)))
  }

  /// Batch normalisation, then the fused leaky ReLU with a bias of its own: the modules `index` and
  /// `index + 1` of a sequence.
  mutating func normalizedActivation(_ x: Value, at index: Int) throws -> Value {
    let normal = try module("\(index)") { try $0.storedBatchNormalization(x) }
    return try module("\(index + 1)") {
      try $0.fusedLeakyReLU(normal, bias: $0.parameter("bias", shape: [x.shape[1]]))
    }
  }

  /// Convolution, batch normalisation, fused leaky ReLU: the modules `index` to `index + 2`.
  mutating func convolutionBlock(
    _ x: Value, at index: Int, channels: Int, size: Int = 3, stride: Int = 1,
    padding: Padding = Padding(1), hasBias: Bool = false
  ) throws -> Value {
    let y = try module("\(index)") {
      try $0.equalizedConvolution(
        x, channels: channels, size: size, stride: stride, padding: padding, hasBias: hasBias)
    }
    return try normalizedActivation(y, at: index + 1)
  }
}
