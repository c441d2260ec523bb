import Compute

extension PlanCompiler {
  /// Plans a convolution together with the depthwise one that alone reads it, if there is such a one, so that
  /// the many channels between them stay in the cache.
  ///
  /// - Parameters:
  ///   - chain: what has been taken from behind the convolution.
  ///   - last: the node that the chain ends with.
  mutating func planWidening(
    _ index: Int, _ convolution: Convolution, _ operands: [Int], _ chain: ChannelChain,
    until last: Int
  ) throws -> Bool {
    let (sources, isUpsampled) = convolutionSources(index, operands)
    guard !isUpsampled, convolution.padding.mode == .zeros,
      let reader = analysis.onlyConsumer(of: last), let depthwise = depthwise(reader, of: last)
    else { return false }
    let weights = try constant(operands[1])
    let wide = ConvolutionSource(
      name: name(index), weights: weights, shape: ConvolutionShape(convolution, weights),
      isUpsampled: false, chain: chain, parts: (shape(sources[0])[1], 0),
      output: ImageSize(shape(last)), activation: chain.activation, residual: nil,
      operations: operationCount(index, weights))
    guard wide.kind == .direct, let (_, read) = planned(reader) else { return false }
    absorb(reader)
    let filters = try constant(read[1])
    var next = try self.chain(of: read, outputs: filters.shape[0])
    let end = try extend(&next, from: reader, by: [.constants])
    let (input, output) = (try image(sources[0]), try self.output(end))
    let filterShape = WindowShape(ConvolutionShape(depthwise, filters))
    let kernel = wide.withWeights { values in
      filters.withUnsafeBuffer { filters -> WideningConvolution in
        guard let filters = filters.baseAddress else { preconditionFailure("tensors have memory") }
        return WideningConvolution(
          WideningProduct(
            values, outputs: weights.shape[0], channels: wide.parts.0, shape: wide.shape,
            scale: chain.scale, bias: chain.bias, activation: chain.activation),
          size: wide.output, filters: filters,
          shape: filterShape,
          output: ImageSize(output), scale: next.scale, bias: next.bias,
          filterActivation: next.activation)
      }
    }
    append(
      WideningStep(
        name: "\(name(index)), \(name(reader))", kernel, input: input, output: output,
        operations: wide.operations + operationCount(reader, filters)))
    return true
  }

  /// The depthwise convolution of a node's only reader.
  private func depthwise(_ reader: Int, of node: Int) -> Convolution? {
    guard let (operation, operands) = planned(reader), let convolution = operation as? Convolution,
      operands[0] == node, operands.dropFirst().allSatisfy({ isConstant($0) }),
      convolution.padding.mode == .zeros,
      [
        convolution.padding.left, convolution.padding.right, convolution.padding.top,
        convolution.padding.bottom,
      ].allSatisfy({ $0 >= 0 })
    else { return nil }
    let filters = shape(operands[1])
    let isDepthwise =
      filters[0] == convolution.groups && filters[1] == 1 && shape(node)[1] == filters[0]
    return isDepthwise && convolution.groups > 1 ? convolution : nil
  }
}
