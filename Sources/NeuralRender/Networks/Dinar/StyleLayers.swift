/// Layers in the manner of StyleGAN2 that DINAR's networks are made of.
import Compute

extension Graph {
  /// A convolution whose stored weights are of plain normal scale: multiplied by 1 / sqrt(Cin k^2).
  ///
  /// Keys `weight` (Cout, Cin, k, k) and, when it has one, `bias` (Cout).
  mutating func equalizedConvolution(
    _ x: Value, channels: Int, size: Int, stride: Int = 1, padding: Padding, hasBias: Bool = false
  ) throws -> Value {
    let inputs = x.shape[1]
    let scale = 1 / Float(inputs * size * size).squareRoot()
    let weight = try affine(
      parameter("weight", shape: [channels, inputs, size, size]), scale: scale)
    let bias = hasBias ? try parameter("bias", shape: [channels]) : nil
    return try convolution(x, weight: weight, bias: bias, stride: stride, padding: padding)
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
