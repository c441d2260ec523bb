import Compute

extension PlanCompiler {
  /// The 3 x 3 convolution of a doubled image that a node leads to: the node is the resize, or a
  /// concatenation of two images that only the resize reads.
  func upsampledConvolution(of index: Int) -> Int? {
    if let (concatenation, operands) = operation(index, as: Concatenate.self) {
      guard concatenation.axis == 1, operands.count == 2, let next = onlyConsumer(of: index),
        operation(next, as: BilinearResize.self) != nil
      else { return nil }
      return upsampledConvolution(of: next)
    }
    guard let (resize, operands) = operation(index, as: BilinearResize.self),
      !resize.alignsCorners, resize.step == nil, let next = onlyConsumer(of: index),
      let (convolution, readers) = operation(next, as: Convolution.self), readers[0] == index
    else { return nil }
    let low = graph.nodes[operands[0]].shape
    let weights = graph.nodes[readers[1]].shape
    guard resize.height == 2 * low[2], resize.width == 2 * low[3], weights[2...] == [3, 3],
      convolution.stride == 1, convolution.dilation == 1, convolution.groups == 1,
      convolution.padding == Padding(1), !isConstant[operands[0]]
    else { return nil }
    return next
  }

  /// Whether a convolution is of the shapes that the kernels know.
  func hasKernel(_ convolution: Convolution, _ operands: [Int]) -> Bool {
    let padding = convolution.padding
    return convolution.groups == 1 && operands.dropFirst().allSatisfy({ isConstant[$0] })
      && !isConstant[operands[0]]
      && Set([padding.left, padding.right, padding.top, padding.bottom]).count == 1
      && padding.left >= 0
  }

  /// The images that a convolution reads, and whether it reads them doubled.
  func convolutionSources(_ index: Int, _ operands: [Int]) -> ([Int], isUpsampled: Bool) {
    guard let (_, low) = operation(operands[0], as: BilinearResize.self),
      upsampledConvolution(of: operands[0]) == index
    else { return ([operands[0]], false) }
    if let (_, parts) = operation(low[0], as: Concatenate.self),
      upsampledConvolution(of: low[0]) == index
    {
      return (parts, true)
    }
    return ([low[0]], true)
  }

  mutating func compileConvolution(
    _ index: Int, _ convolution: Convolution, _ operands: [Int]
  ) throws {
    let padding = convolution.padding
    guard hasKernel(convolution, operands) else {
      try compileReference(index, convolution, operands)
      return
    }
    let weights = try constant(operands[1])
    let channels = weights.shape[1]
    var chain = ChannelChain(channels: weights.shape[0])
    if operands.count == 3 { chain.bias = try constant(operands[2]).elements }
    let last = try extend(&chain, from: index, takesResidual: true)

    let (sources, isUpsampled) = convolutionSources(index, operands)
    let widths = sources.map { graph.nodes[$0].shape[1] }
    let parts = (widths[0], widths.count == 2 ? widths[1] : 0)
    let shape = ConvolutionShape(
      kernelHeight: weights.shape[2], kernelWidth: weights.shape[3], stride: convolution.stride,
      dilation: convolution.dilation, padding: padding.left, border: padding.mode.border)
    let source = ConvolutionSource(
      name: name(index), weights: weights, shape: shape, isUpsampled: isUpsampled, chain: chain,
      parts: parts, activation: chain.activation,
      residual: try chain.residual.map { try place(of: $0) },
      operations: MemoryBudget.product(
        2, graph.nodes[index].shape.reduce(1, *), channels, shape.taps))
    if let layer = quantized[name(index)] {
      let inputs = try zip(sources, layer.inputs).map { try bytePlace(of: $0, $1).words }
      append(
        source.step(layer, inputs: inputs, output: try convolutionOutput(of: last), pool: pool))
      return
    }
    let inputs = try sources.map { try place(of: $0) }
    let step: any PlanStep
    if source.isWinogradStep {
      step = source.winogradStep(input: inputs[0], output: try place(of: last), pool: pool)
    } else {
      // Transforms write floats only.
      let output =
        source.paysTransforming ? .floats(try place(of: last)) : try convolutionOutput(of: last)
      step = source.step(nil, inputs: inputs, output: output, pool: pool)
    }
    append(isCalibrating ? try calibrationStep(source, exact: step, images: inputs) : step)
  }
}

extension Padding.Mode {
  var border: BorderMode {
    switch self {
    case .zeros: .zero
    case .reflect: .reflect
    case .replicate: .replicate
    }
  }
}
