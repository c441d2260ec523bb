import Compute

/// What a fused convolution is made from: kernel and step, in floats or in bytes.
struct ConvolutionSource {
  let name: String
  /// (outputs, channels, kernelHeight, kernelWidth).
  let weights: Tensor
  let shape: ConvolutionShape
  let isUpsampled: Bool
  let chain: ChannelChain
  /// Channels of the inputs.
  let parts: (Int, Int)
  let activation: Activation
  let residual: Place?
  /// Of the convolution as it is defined, for all images.
  let operations: Int

  private var outputs: Int { weights.shape[0] }

  /// Whether it has enough channels for Winograd's transforms to cost less than they save.
  var paysTransforming: Bool {
    let channels = parts.0 + parts.1
    if isUpsampled { return channels >= 32 }
    // Where fewer channels are summed, what it saves goes into transforms and results.
    if StridedWinograd.supports(shape) { return parts.1 == 0 && channels >= 128 }
    return (WinogradConvolution.supports(shape) || BlockedWinograd.supports(shape))
      && channels >= 24 && outputs >= 16 && channels * outputs >= 32 * 32
  }

  /// Whether it is computed in the stages of a `WinogradStep`.
  var isWinogradStep: Bool {
    paysTransforming && !isUpsampled && WinogradConvolution.supports(shape)
  }

  func winogradStep(input: Place, output: Place, pool: WorkerPool) -> WinogradStep {
    let convolution = withWeights {
      WinogradConvolution(
        $0, outputs: outputs, channels: parts.0, shape: shape, scale: chain.scale,
        bias: chain.bias, pool: pool)
    }
    return WinogradStep(
      name: name, convolution: convolution, input: input, output: output, residual: residual,
      activation: activation, operations: operations)
  }

  /// A step of floats, or of bytes where a quantization is given.
  func step(
    _ layer: LayerQuantization?, inputs: [Place], output: StepOutput, pool: WorkerPool
  ) -> ConvolutionStep {
    ConvolutionStep(
      name: name, kind: kind(layer, pool), inputs: inputs, output: output, residual: residual,
      activation: activation, operations: operations)
  }

  private func kind(_ layer: LayerQuantization?, _ pool: WorkerPool) -> ConvolutionStep.Kind {
    withWeights { values in
      switch (layer, isUpsampled) {
      case (nil, false) where paysTransforming && StridedWinograd.supports(shape):
        .strided(
          StridedWinograd(
            values, outputs: outputs, channels: parts.0, shape: shape, scale: chain.scale,
            bias: chain.bias, pool: pool))
      case (nil, false) where paysTransforming:
        .blocked(
          BlockedWinograd(
            values, outputs: outputs, channels: parts.0, shape: shape, scale: chain.scale,
            bias: chain.bias, pool: pool))
      case (nil, false):
        .direct(
          DirectConvolution(
            values, outputs: outputs, parts: parts, shape: shape, scale: chain.scale,
            bias: chain.bias))
      case (nil, true) where paysTransforming:
        .transformed(
          TransformedUpsampling(
            values, outputs: outputs, parts: parts, scale: chain.scale, bias: chain.bias,
            pool: pool))
      case (nil, true):
        .upsampled(
          UpsampledConvolution(
            values, outputs: outputs, parts: parts, scale: chain.scale, bias: chain.bias))
      case (let layer?, false):
        .direct(
          DirectConvolution(
            quantizing: values, outputs: outputs, inputs: layer.inputs, shape: shape,
            scale: chain.scale, bias: chain.bias, pool: pool))
      case (let layer?, true):
        .upsampled(
          UpsampledConvolution(
            quantizing: values, outputs: outputs, inputs: layer.inputs, scale: chain.scale,
            bias: chain.bias, pool: pool))
      }
    }
  }

  func withWeights<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    weights.withUnsafeBuffer { buffer in
      guard let values = buffer.baseAddress else { preconditionFailure("tensors have memory") }
      return body(values)
    }
  }
}
