import Compute

/// What a fused convolution is made from: kernel and step, in floats or in bytes.
struct ConvolutionSource {
  let name: String
  /// (outputs, channels, kernelHeight, kernelWidth).
  let weights: Tensor
  let shape: ConvolutionShape
  let isUpsampled: Bool
  var enlargement = Enlargement.none
  let chain: ChannelChain
  /// Channels of the inputs.
  let parts: (Int, Int)
  /// Of one image.
  let output: ImageSize
  let activation: Activation
  let residual: Place?
  var factors: RunFactors?
  /// Whether weights may be of 16 bits.
  var usesSixteenBits = false
  /// Of the convolution as it is defined, for all images.
  let operations: Int

  private var outputs: Int { weights.shape[0] }

  /// What computes it in floats.
  var kind: ConvolutionKind {
    ConvolutionKind(
      shape, output: output, outputs: outputs, parts: parts, isUpsampled: isUpsampled,
      hasShortProducts: usesSixteenBits)
  }

  /// A step of floats from one image to another, if the kind is one of tiles in stages.
  func tileStep(input: Place, output: Place, pool: WorkerPool) -> (any PlanStep)? {
    switch kind {
    case .threeTapWinograd:
      shortTileStep(input: input, output: output, pool: pool)
        ?? tileStep(
          withWeights {
            ThreeTapWinograd(
              $0, outputs: outputs, channels: parts.0, shape: shape, enlargement: enlargement,
              scale: chain.scale, bias: chain.bias, pool: pool)
          }, input: input, output: output)
    case .compactWinograd:
      shortCompactStep(input: input, output: output, pool: pool)
        ?? tileStep(
          withWeights {
            CompactWinograd(
              $0, outputs: outputs, channels: parts.0, shape: shape, enlargement: enlargement,
              scale: chain.scale, bias: chain.bias, areHalves: mayBeHalves($0, pool), pool: pool)
          }, input: input, output: output)
    case .direct, .longWinograd, .stridedWinograd, .upsampled, .transformedUpsampling: nil
    }
  }

  private func mayBeHalves(_ values: UnsafePointer<Float>, _ pool: WorkerPool) -> Bool {
    usesSixteenBits
      && RoundingError.ofHalves(values, count: weights.count, pool: pool).isSmall
  }

  private func shortTileStep(
    input: Place, output: Place, pool: WorkerPool
  ) -> (any PlanStep)? {
    guard usesSixteenBits else { return nil }
    return withWeights {
      ShortWinograd(
        $0, outputs: outputs, channels: parts.0, shape: shape, enlargement: enlargement,
        scale: chain.scale, bias: chain.bias, pool: pool)
    }.map { tileStep($0, input: input, output: output) }
  }

  private func shortCompactStep(
    input: Place, output: Place, pool: WorkerPool
  ) -> (any PlanStep)? {
    guard usesSixteenBits else { return nil }
    return withWeights {
      CompactShortWinograd(
        $0, outputs: outputs, channels: parts.0, shape: shape, enlargement: enlargement,
        scale: chain.scale, bias: chain.bias, pool: pool)
    }.map { tileStep($0, input: input, output: output) }
  }

  private func tileStep(
    _ convolution: some TileStages, input: Place, output: Place
  ) -> any PlanStep {
    ThreeTapWinogradStep(
      name: name, convolution: convolution, input: input, output: output, residual: residual,
      factors: factors, activation: activation, operations: operations)
  }

  /// A step of floats from one image to another.
  func step(from input: Place, to output: Place, pool: WorkerPool) -> any PlanStep {
    tileStep(input: input, output: output, pool: pool)
      ?? step(nil, inputs: [input], output: .floats(output), pool: pool)
  }

  /// A step of floats, or of bytes where a quantization is given.
  func step(
    _ layer: LayerQuantization?, inputs: [Place], output: StepOutput, pool: WorkerPool
  ) -> ConvolutionStep {
    ConvolutionStep(
      name: name, kind: pointwise(layer, output, pool) ?? kind(layer, pool), inputs: inputs,
      output: output, residual: residual,
      addsResidualFirst: chain.addsResidualFirst, factors: factors, activation: activation,
      operations: operations)
  }

  /// A product of pixels, where it is one that can be finished in registers.
  private func pointwise(
    _ layer: LayerQuantization?, _ output: StepOutput, _ pool: WorkerPool
  ) -> ConvolutionStep.Kind? {
    guard layer == nil, case .floats = output, !isUpsampled, kind == .direct else { return nil }
    if let convolution = shortPointwise(pool) { return .short(convolution) }
    guard let convolution = pointwise(output: self.output, pool: pool) else { return nil }
    return .pointwise(convolution)
  }

  private func shortPointwise(_ pool: WorkerPool) -> ShortPointwise? {
    guard usesSixteenBits, parts.1 == 0, PointwiseConvolution.supports(shape, activation),
      ShortPointwise.pays(outputs: outputs, channels: parts.0)
    else { return nil }
    return withWeights {
      ShortPointwise(
        $0, outputs: outputs, channels: parts.0, scale: chain.scale, bias: chain.bias,
        pixels: output.height * output.width, pool: pool)
    }
  }

  /// The same as a kernel.
  ///
  /// - Parameter output: the pixels that are computed at once.
  func pointwise(output: ImageSize, pool: WorkerPool? = nil) -> PointwiseConvolution? {
    guard parts.1 == 0, PointwiseConvolution.supports(shape, activation) else { return nil }
    return withWeights {
      PointwiseConvolution(
        $0, outputs: outputs, channels: parts.0, scale: chain.scale, bias: chain.bias,
        pixels: output.height * output.width, pool: pool)
    }
  }

  private func kind(_ values: UnsafePointer<Float>, _ pool: WorkerPool) -> ConvolutionStep.Kind {
    switch kind {
    case .threeTapWinograd, .compactWinograd: preconditionFailure("a step of its own")
    case .direct:
      .direct(
        DirectConvolution(
          values, outputs: outputs, parts: parts, shape: shape, scale: chain.scale,
          bias: chain.bias))
    case .longWinograd:
      .long(
        LongWinograd(
          values, outputs: outputs, channels: parts.0, shape: shape, scale: chain.scale,
          bias: chain.bias, pool: pool))
    case .stridedWinograd:
      .strided(
        StridedWinograd(
          values, outputs: outputs, channels: parts.0, shape: shape, scale: chain.scale,
          bias: chain.bias, pool: pool))
    case .upsampled:
      .upsampled(
        UpsampledConvolution(
          values, outputs: outputs, parts: parts, scale: chain.scale, bias: chain.bias))
    case .transformedUpsampling:
      .transformed(
        TransformedUpsampling(
          values, outputs: outputs, parts: parts, scale: chain.scale, bias: chain.bias,
          pool: pool))
    }
  }

  private func kind(_ layer: LayerQuantization?, _ pool: WorkerPool) -> ConvolutionStep.Kind {
    withWeights { values in
      switch (layer, isUpsampled) {
      case (nil, _): kind(values, pool)
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
