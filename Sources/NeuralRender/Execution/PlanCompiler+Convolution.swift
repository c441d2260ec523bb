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

  /// Whether a convolution has enough channels for its transforms to cost less than they save.
  private func paysTransforming(
    _ shape: ConvolutionShape, channels: Int, outputs: Int
  ) -> Bool {
    WinogradConvolution.supports(shape) && channels >= 24 && outputs >= 16
      && channels * outputs >= 32 * 32
  }

  mutating func compileConvolution(
    _ index: Int, _ convolution: Convolution, _ operands: [Int]
  ) throws {
    let padding = convolution.padding
    guard convolution.groups == 1, operands.dropFirst().allSatisfy({ isConstant[$0] }),
      !isConstant[operands[0]],
      Set([padding.left, padding.right, padding.top, padding.bottom]).count == 1,
      padding.left >= 0
    else {
      try compileReference(index, convolution, operands)
      return
    }
    let weights = try constant(operands[1])
    let (outputs, channels) = (weights.shape[0], weights.shape[1])
    var chain = ChannelChain(channels: outputs)
    if operands.count == 3 { chain.bias = try constant(operands[2]).elements }
    let last = try extend(&chain, from: index, takesResidual: true)

    var sources = [operands[0]]
    var isUpsampled = false
    if let (_, low) = operation(operands[0], as: BilinearResize.self),
      upsampledConvolution(of: operands[0]) == index
    {
      isUpsampled = true
      sources = [low[0]]
      if let (_, parts) = operation(low[0], as: Concatenate.self),
        upsampledConvolution(of: low[0]) == index
      {
        sources = parts
      }
    }
    let widths = sources.map { graph.nodes[$0].shape[1] }
    let parts = (widths[0], widths.count == 2 ? widths[1] : 0)
    let shape = ConvolutionShape(
      kernelHeight: weights.shape[2], kernelWidth: weights.shape[3], stride: convolution.stride,
      dilation: convolution.dilation, padding: padding.left, border: padding.mode.border)
    let output = graph.nodes[index].shape
    let operationCount = 2 * output.reduce(1, *) * channels * shape.taps
    if !isUpsampled && paysTransforming(shape, channels: channels, outputs: outputs) {
      let transformed = weights.withUnsafeBuffer { buffer in
        guard let values = buffer.baseAddress else { preconditionFailure("tensors have memory") }
        return WinogradConvolution(
          values, outputs: outputs, channels: channels, shape: shape, scale: chain.scale,
          bias: chain.bias, pool: pool)
      }
      append(
        WinogradStep(
          name: name(index), convolution: transformed, input: try place(of: operands[0]),
          output: try place(of: last), residual: try chain.residual.map { try place(of: $0) },
          activation: chain.activation, operations: operationCount))
      return
    }
    let kind = weights.withUnsafeBuffer { buffer -> ConvolutionStep.Kind in
      guard let values = buffer.baseAddress else { preconditionFailure("tensors have memory") }
      guard isUpsampled else {
        return .direct(
          DirectConvolution(
            values, outputs: outputs, parts: parts, shape: shape, scale: chain.scale,
            bias: chain.bias))
      }
      guard channels >= 32 else {
        return .upsampled(
          UpsampledConvolution(
            values, outputs: outputs, parts: parts, scale: chain.scale, bias: chain.bias))
      }
      return .transformed(
        TransformedUpsampling(
          values, outputs: outputs, parts: parts, scale: chain.scale, bias: chain.bias, pool: pool))
    }
    append(
      ConvolutionStep(
        name: name(index), kind: kind, inputs: try sources.map { try place(of: $0) },
        output: try place(of: last), residual: try chain.residual.map { try place(of: $0) },
        activation: chain.activation,
        operations: operationCount))
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
