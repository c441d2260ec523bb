import Compute

extension TransposedConvolution: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard operands.dropFirst().allSatisfy({ compiler.isConstant($0) }) else {
      return false
    }
    let weights = try compiler.constant(operands[1])
    let outputs = weights.shape[1] * groups
    var chain = ChannelChain(channels: outputs)
    if operands.count == 3 { chain.bias = try compiler.constant(operands[2]).elements }
    let last = try compiler.extend(
      &chain, from: node, by: groups == 1 ? [.constants, .factors] : [.constants])
    let name = compiler.name(node)
    compiler.append(
      TransposedConvolutionStep(
        self, name: name, weights, chain, input: try compiler.image(operands[0]),
        output: try compiler.output(last),
        factors: try compiler.runFactors(
          chain, images: compiler.shape(node)[0], name)))
    return true
  }
}

extension TransposedConvolutionStep {
  /// - Parameter weights: (Cin, Cout / groups, kh, kw).
  convenience init(
    _ operation: TransposedConvolution, name: String, _ weights: Tensor, _ chain: ChannelChain,
    input: Place, output: Place, factors: RunFactors?
  ) {
    let (stride, dilation, padding) = (operation.stride, operation.dilation, operation.padding)
    // Taps that meet an output are stride / g apart and meet inputs dilation / g apart.
    let spread = dilation / greatestCommonDivisor(stride, dilation)
    let (inputs, each) = (weights.shape[0] / operation.groups, weights.shape[1])
    /// Along an axis: the taps that meet the outputs first, first + stride, ... in the order in which they
    /// meet rising inputs, and how far before the input the first of them lies.
    func taps(_ first: Int, _ kernel: Int) -> (taps: [Int], before: Int) {
      let list = (0..<kernel).filter { ($0 * dilation - first - padding) % stride == 0 }
      let nearest = (first + padding - (list.first ?? 0) * dilation) / stride
      return (list.reversed(), (list.count - 1) * spread - nearest)
    }
    var phases: [Phase] = []
    for y in 0..<min(stride, output.height) {
      for x in 0..<min(stride, output.width) {
        let (rows, columns) = (taps(y, weights.shape[2]), taps(x, weights.shape[3]))
        // A phase that no tap meets has the bias alone: a tap of zero.
        let (height, width) = (max(rows.taps.count, 1), max(columns.taps.count, 1))
        let isEmpty = rows.taps.isEmpty || columns.taps.isEmpty
        let shape = ConvolutionShape(
          kernelHeight: height, kernelWidth: width, dilation: spread,
          top: isEmpty ? 0 : rows.before,
          left: isEmpty ? 0 : columns.before)
        for group in 0..<operation.groups {
          let part = Tensor(shape: [each, inputs, height, width]) { position in
            if isEmpty { return 0 }
            let channel = group * inputs + position[1]
            let tap = rows.taps[position[2]] * weights.shape[3] + columns.taps[position[3]]
            return weights[
              (channel * each + position[0]) * weights.shape[2] * weights.shape[3] + tap]
          }
          let own = chain.part(from: group * each, count: each)
          let convolution = part.withUnsafeBuffer { buffer -> DirectConvolution in
            guard let values = buffer.baseAddress else {
              preconditionFailure("tensors have memory")
            }
            return DirectConvolution(
              values, outputs: each, parts: (inputs, 0), shape: shape, scale: own.scale,
              bias: own.bias)
          }
          phases.append(
            Phase(
              convolution: convolution, y: y, x: x,
              channels: (group * inputs, group * each), counts: (inputs, each),
              pieces: RowPieceList(
                height: (output.height - y + stride - 1) / stride,
                width: (output.width - x + stride - 1) / stride)))
        }
      }
    }
    self.init(
      name: name, stride: stride, phases, input: input, output: output, factors: factors,
      activation: chain.activation,
      operations: MemoryBudget.product(
        2, input.images * input.pixels, weights.count))
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  b == 0 ? a : greatestCommonDivisor(b, a % b)
}
