import Compute

extension Convolution: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard hasKernel(operands, in: compiler) else { return false }
    if groups == 1 {
      try compiler.planProduct(node, self, operands)
    } else {
      try compiler.planGroups(node, self, operands)
    }
    return true
  }

  /// Whether it is one of the products that this file plans.
  private func hasKernel(_ operands: [Int], in compiler: PlanCompiler) -> Bool {
    operands.dropFirst().allSatisfy { compiler.isConstant($0) }
      && [padding.left, padding.right, padding.top, padding.bottom].allSatisfy { $0 >= 0 }
  }

  func takesBytes(_ operands: [Int], in compiler: PlanCompiler) -> Bool {
    hasKernel(operands, in: compiler) && groups == 1
      && Set([padding.left, padding.right, padding.top, padding.bottom]).count == 1
  }

  func takesDoubled(_ operands: [Int], in compiler: PlanCompiler) -> Bool {
    compiler.shape(operands[1])[2...] == [3, 3] && stride == 1 && dilation == 1 && groups == 1
      && padding == Padding(1) && hasKernel(operands, in: compiler)
  }
}

extension PlanCompiler {
  /// Plans a convolution of one group and what follows it.
  mutating func planProduct(
    _ index: Int, _ convolution: Convolution, _ operands: [Int]
  ) throws {
    let weights = try constant(operands[1])
    var chain = try chain(of: operands, outputs: weights.shape[0])
    // Bytes have no factors at run time.
    let canBeBytes =
      convolution.takesBytes(operands, in: self)
      && (isCalibrating || quantized[name(index)] != nil)
    chain.takesActivationLast = !canBeBytes && weights.shape[2...] == [1, 1]
    let widened = try extend(&chain, from: index, by: [.constants])
    if !canBeBytes, try planWidening(index, convolution, operands, chain, until: widened) { return }
    let last = try extend(
      &chain, from: index, after: widened,
      by: canBeBytes ? [.constants, .residual] : [.constants, .factors, .residual])
    var (sources, isUpsampled) = convolutionSources(index, operands)
    let enlarged = enlargedSource(index, operands[0])
    if let enlarged { sources = [enlarged.source] }
    let widths = sources.map { shape($0)[1] }
    let source = ConvolutionSource(
      name: name(index), weights: weights, shape: ConvolutionShape(convolution, weights),
      isUpsampled: isUpsampled, enlargement: enlarged?.1 ?? .none, chain: chain,
      parts: (widths[0], widths.count == 2 ? widths[1] : 0),
      output: ImageSize(shape(index)),
      activation: chain.activation, residual: try chain.residual.map { try image($0) },
      factors: try runFactors(chain, images: shape(index)[0], name(index)),
      usesSixteenBits: usesSixteenBits,
      operations: operationCount(index, weights))
    if !canBeBytes, try planNarrow(source, operands: sources, until: last) { return }
    if canBeBytes, let layer = quantized[name(index)] {
      let inputs = try zip(sources, layer.inputs).map { try bytePlace(of: $0, $1).words }
      append(
        source.step(layer, inputs: inputs, output: try convolutionOutput(of: last), pool: pool))
      return
    }
    let inputs = try sources.map { try image($0) }
    let step: any PlanStep
    if [.threeTapWinograd, .compactWinograd].contains(source.kind) {
      step = source.step(from: inputs[0], to: try output(last), pool: pool)
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

  mutating func chain(of operands: [Int], outputs: Int) throws -> ChannelChain {
    var chain = ChannelChain(channels: outputs)
    if operands.count == 3 { chain.bias = try constant(operands[2]).elements }
    return chain
  }

  func operationCount(_ index: Int, _ weights: Tensor) -> Int {
    let pixels = shape(index).reduce(1, *)
    return MemoryBudget.product(2, pixels, weights.shape.dropFirst().reduce(1, *))
  }
}
