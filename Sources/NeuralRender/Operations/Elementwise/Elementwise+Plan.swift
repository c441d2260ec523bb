import Compute

extension Elementwise: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let (inputs, output) = try compiler.pixelwise(node, [operands[0]])
    compiler.append(
      ElementwiseStep(
        name: compiler.name(node), function: function, input: inputs[0], output: output))
    return true
  }

  func fold(
    _ operands: [Int], reading previous: Int, into chain: inout ChannelChain,
    in compiler: inout PlanCompiler
  ) throws -> Bool {
    switch function {
    case .leakyReLU(let slope, let gain): chain.fold(.leakyReLU(slope: slope, gain: gain))
    case .tanh: chain.fold(.tanh)
    case .sigmoid: chain.fold(.sigmoid)
    case .silu: chain.fold(.silu)
    case .clamp(let range): chain.fold(.clamp(range.lowerBound, range.upperBound))
    case .affine(let factor, let offset): chain.fold { ($1 * factor, $2 * factor + offset) }
    default: false
    }
  }

  /// As one row: elements have no neighbours.
  func folded(_ operands: [Tensor], on pool: WorkerPool) throws -> Tensor {
    let shape = operands[0].shape
    return try foldedByKernels([operands[0].reshaped([operands[0].count])], on: pool)
      .reshaped(shape)
  }
}

extension Select: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let (inputs, output) = try compiler.pixelwise(node, operands)
    compiler.append(
      BroadcastStep(name: compiler.name(node), .select, inputs: inputs, output: output))
    return true
  }
}

extension PReLU: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let shape = compiler.shape(node)
    guard shape.count <= 4, compiler.isConstant(operands[1]) else { return false }
    let kernel = PReLURows(
      channels: shape.count > 1 ? shape[1] : shape[0],
      slope: try compiler.constant(operands[1]).elements)
    return try compiler.append("PReLU", kernel, node, operands[0])
  }
}
