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
      convolution.padding == Padding(1), !isConstant[operands[0]],
      readers.dropFirst().allSatisfy({ isConstant[$0] })
    else { return nil }
    return next
  }

  /// Whether a convolution is one of the products that this file plans.
  func hasKernel(_ convolution: Convolution, _ operands: [Int]) -> Bool {
    let padding = convolution.padding
    return operands.dropFirst().allSatisfy({ isConstant[$0] })
      && [padding.left, padding.right, padding.top, padding.bottom].allSatisfy { $0 >= 0 }
  }

  /// Whether a convolution can be computed in bytes.
  func hasByteKernel(_ convolution: Convolution, _ operands: [Int]) -> Bool {
    let padding = convolution.padding
    return hasKernel(convolution, operands) && convolution.groups == 1
      && Set([padding.left, padding.right, padding.top, padding.bottom]).count == 1
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

  /// Plans a convolution of one group and what follows it.
  fileprivate mutating func planProduct(
    _ index: Int, _ convolution: Convolution, _ operands: [Int]
  ) throws {
    let weights = try constant(operands[1])
    var chain = try chain(of: operands, outputs: weights.shape[0])
    // Bytes have no factors at run time.
    let canBeBytes =
      hasByteKernel(convolution, operands) && (isCalibrating || quantized[name(index)] != nil)
    let last = try extend(
      &chain, from: index, takesResidual: true, takesFactors: !canBeBytes)
    let (sources, isUpsampled) = convolutionSources(index, operands)
    let widths = sources.map { graph.nodes[$0].shape[1] }
    let source = ConvolutionSource(
      name: name(index), weights: weights, shape: ConvolutionShape(convolution, weights),
      isUpsampled: isUpsampled, chain: chain, parts: (widths[0], widths.count == 2 ? widths[1] : 0),
      output: ImageSize(graph.nodes[index].shape),
      activation: chain.activation, residual: try chain.residual.map { try image($0) },
      factors: try runFactors(chain, images: graph.nodes[index].shape[0], name(index)),
      operations: operationCount(index, weights))
    if canBeBytes, let layer = quantized[name(index)] {
      let inputs = try zip(sources, layer.inputs).map { try bytePlace(of: $0, $1).words }
      append(
        source.step(layer, inputs: inputs, output: try convolutionOutput(of: last), pool: pool))
      return
    }
    let inputs = try sources.map { try image($0) }
    let step: any PlanStep
    if source.kind == .winograd {
      step = source.winogradStep(input: inputs[0], output: try output(last), pool: pool)
    } else {
      // Transforms write floats only.
      let output =
        [.direct, .upsampled].contains(source.kind)
        ? try convolutionOutput(of: last) : .floats(try output(last))
      step = source.step(nil, inputs: inputs, output: output, pool: pool)
    }
    append(
      isCalibrating && canBeBytes
        ? try calibrationStep(source, exact: step, images: inputs) : step)
  }

  /// Plans a convolution of several groups: each a product over slices of channels.
  fileprivate mutating func planGroups(
    _ index: Int, _ convolution: Convolution, _ operands: [Int]
  ) throws {
    let weights = try constant(operands[1])
    let outputs = weights.shape[0]
    var chain = try chain(of: operands, outputs: outputs)
    let last = try extend(&chain, from: index, takesResidual: true, takesFactors: false)
    let (input, output) = (try image(operands[0]), try output(last))
    let residual = try chain.residual.map { try image($0) }
    let shape = ConvolutionShape(convolution, weights)
    if weights.shape[1] == 1 && outputs == convolution.groups {
      let kernel = weights.withUnsafeBuffer { buffer -> DepthwiseConvolution in
        guard let values = buffer.baseAddress else { preconditionFailure("tensors have memory") }
        return DepthwiseConvolution(
          values, channels: outputs, shape: WindowShape(shape), input: ImageSize(input),
          output: ImageSize(output), scale: chain.scale, bias: chain.bias,
          activation: chain.activation)
      }
      append(
        KernelStep(
          name: name(index), kernel: "depthwise", kernel, input: input, output: output,
          residual: residual, operations: operationCount(index, weights)))
      return
    }
    let each = outputs / convolution.groups
    let (width, size) = (weights.shape[1], weights.count / convolution.groups)
    for group in 0..<convolution.groups {
      let part = Tensor(
        shape: [each] + weights.shape[1...],
        Array(weights.elements[group * size..<(group + 1) * size]))
      let source = ConvolutionSource(
        name: name(index), weights: part, shape: shape, isUpsampled: false,
        chain: chain.part(from: group * each, count: each), parts: (width, 0),
        output: ImageSize(output),
        activation: chain.activation,
        residual: residual.map { $0.channels(from: group * each, count: each) },
        operations: operationCount(index, weights) / convolution.groups)
      append(
        source.step(
          from: input.channels(from: group * width, count: width),
          to: output.channels(from: group * each, count: each), pool: pool))
    }
  }

  fileprivate mutating func chain(of operands: [Int], outputs: Int) throws -> ChannelChain {
    var chain = ChannelChain(channels: outputs)
    if operands.count == 3 { chain.bias = try constant(operands[2]).elements }
    return chain
  }

  fileprivate func operationCount(_ index: Int, _ weights: Tensor) -> Int {
    let pixels = graph.nodes[index].shape.reduce(1, *)
    return MemoryBudget.product(2, pixels, weights.shape.dropFirst().reduce(1, *))
  }
}

extension Convolution: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard compiler.hasKernel(self, operands) else { return false }
    if groups == 1 {
      try compiler.planProduct(node, self, operands)
    } else {
      try compiler.planGroups(node, self, operands)
    }
    return true
  }
}

extension Linear: PlannedOperation {
  /// A convolution of 1 x 1 pixels over rows.
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard operands.dropFirst().allSatisfy({ compiler.isConstant[$0] }) else { return false }
    let matrix = try compiler.constant(operands[1])
    let weights = matrix.reshaped(matrix.shape + [1, 1])
    var chain = try compiler.chain(of: operands, outputs: matrix.shape[0])
    let last = try compiler.extend(&chain, from: node, takesResidual: true)
    let source = ConvolutionSource(
      name: compiler.name(node), weights: weights,
      shape: ConvolutionShape(kernelHeight: 1, kernelWidth: 1), isUpsampled: false, chain: chain,
      parts: (matrix.shape[1], 0), output: ImageSize(height: 1, width: 1),
      activation: chain.activation,
      residual: try chain.residual.map { try compiler.rows($0) },
      operations: compiler.operationCount(node, weights))
    let input = try compiler.rows(operands[0])
    compiler.append(
      source.step(
        nil, inputs: [input], output: .floats(try compiler.outputRows(last)), pool: compiler.pool))
    return true
  }
}

extension ConvolutionShape {
  init(_ convolution: Convolution, _ weights: Tensor) {
    self.init(
      kernelHeight: weights.shape[2], kernelWidth: weights.shape[3], stride: convolution.stride,
      dilation: convolution.dilation, top: convolution.padding.top, left: convolution.padding.left,
      border: convolution.padding.mode.border)
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

extension WindowShape {
  init(_ shape: ConvolutionShape) {
    self.init(
      kernelHeight: shape.kernelHeight, kernelWidth: shape.kernelWidth, stride: shape.stride,
      dilation: shape.dilation, top: shape.top, left: shape.left, border: shape.border)
  }
}

extension ImageSize {
  init(_ place: Place) { self.init(height: place.height, width: place.width) }

  /// Of N x C x H x W.
  init(_ shape: [Int]) { self.init(height: shape[2], width: shape[3]) }
}
