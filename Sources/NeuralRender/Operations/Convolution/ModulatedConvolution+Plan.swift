import Compute

extension ModulatedConvolution: PlannedOperation {
  /// Scaled weights are scaled channels: of the image by the styles before, of the result by the
  /// demodulation after, so that the weights stay as they are (StyleGAN2, appendix B).
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard compiler.isConstant(operands[1]) else { return false }
    let weights = try compiler.constant(operands[1])
    let (outputs, channels) = (weights.shape[0], weights.shape[1])
    let name = compiler.name(node)
    let input = try compiler.image(operands[0])
    let style = try compiler.image(operands[2])
    func ones(_ count: Int) -> [Float] { [Float](repeating: 1, count: count) }
    func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }
    func room(_ channels: Int) throws -> Place {
      try compiler.newPlace([input.images, RunFactors.floats(channels), 1, 1], name)
    }

    let styled = try compiler.newPlace(
      [input.images, channels, input.height, input.width], "\(name) style")
    compiler.append(
      ChannelAffineStep(
        name: "\(name) style", input: input, output: styled,
        chain: ChannelChain(channels: channels),
        factors: RunFactors(
          scale: ones(channels), bias: zeros(channels), factor: style, offset: nil,
          room: try room(channels))))
    var demodulation: Place?
    if demodulates {
      let place = try compiler.newPlace([input.images, outputs, 1, 1], "\(name) demodulation")
      compiler.append(
        DemodulationStep(
          name: "\(name) demodulation", weights, scale: scale, style: style, output: place))
      demodulation = place
    }

    var chain = ChannelChain(channels: outputs)
    chain.isDemodulated = demodulates
    let last = try compiler.extend(
      &chain, from: node,
      by: resampling == .up ? [.constants, .factors] : [.constants, .factors, .residual])
    let offset = try chain.offset.map { try compiler.image($0) }
    let factor = try demodulation ?? chain.factor.map { try compiler.image($0) }
    var factors: RunFactors?
    if factor != nil || offset != nil {
      factors = RunFactors(
        scale: chain.scale, bias: chain.bias, factor: factor, offset: offset,
        room: try room(outputs), scalesBias: !demodulates)
    }
    let scaled = weights.scaled(by: scale)
    let output = try compiler.output(last)
    if resampling == .up {
      compiler.append(
        TransposedConvolutionStep(
          TransposedConvolution(stride: 2), name: name,
          Transpose([1, 0, 2, 3]).reference([scaled]), chain, input: styled, output: output,
          factors: factors))
      return true
    }
    let isSame = resampling == .same
    var source = ConvolutionSource(
      name: name, weights: scaled,
      shape: ConvolutionShape(
        kernelHeight: weights.shape[2], kernelWidth: weights.shape[3], stride: isSame ? 1 : 2,
        padding: isSame ? weights.shape[2] / 2 : 0),
      isUpsampled: false, chain: chain, parts: (channels, 0), output: ImageSize(output),
      activation: chain.activation,
      residual: try chain.residual.map { try compiler.image($0) },
      operations: MemoryBudget.product(
        2, compiler.shape(node).reduce(1, *), weights.count / outputs))
    source.factors = factors
    compiler.append(source.step(from: styled, to: output, pool: compiler.pool))
    return true
  }
}

extension Tensor {
  fileprivate func scaled(by factor: Float) -> Tensor {
    Tensor(shape: shape) { target in
      withUnsafeBuffer { source in
        for index in 0..<target.count { target[index] = source[index] * factor }
      }
    }
  }
}
