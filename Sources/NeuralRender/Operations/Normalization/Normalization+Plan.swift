import Compute

extension BatchNormalization: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let shape = compiler.graph.nodes[node].shape
    guard shape.count <= 4 else { return false }
    var chain = ChannelChain(channels: shape[1])
    guard try chain.fold(node, reading: operands[0], in: &compiler) else { return false }
    let last = try compiler.extend(&chain, from: node, takesResidual: false)
    let name = compiler.name(node)
    compiler.append(
      ChannelAffineStep(
        name: name, input: try compiler.image(operands[0]), output: try compiler.output(last),
        scale: chain.scale, bias: chain.bias,
        factors: try compiler.runFactors(chain, images: shape[0], name),
        activation: chain.activation))
    return true
  }
}

extension GroupNormalization: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let shape = compiler.graph.nodes[node].shape
    guard shape.count <= 4, operands.dropFirst().allSatisfy({ compiler.isConstant[$0] }) else {
      return false
    }
    // Its weight and bias, then whatever follows by channel.
    var chain = ChannelChain(channels: shape[1])
    if operands.count == 3 {
      chain.scale = try compiler.constant(operands[1]).elements
      chain.bias = try compiler.constant(operands[2]).elements
    }
    let last = try compiler.extend(&chain, from: node, takesResidual: false)
    let name = compiler.name(node)
    compiler.append(
      GroupNormalizationStep(
        name: name,
        ChannelStatistics(channels: shape[1], groups: groups, epsilon: epsilon), chain,
        input: try compiler.image(operands[0]), output: try compiler.output(last),
        factor: try chain.factor.map { try compiler.image($0) },
        offset: try chain.offset.map { try compiler.image($0) },
        room: try compiler.newPlace(
          [1, ChannelFactors.floats(channels: shape[1]), 1, 1], name)))
    return true
  }
}

extension PixelNormalization: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard compiler.graph.nodes[node].shape.count <= 4 else { return false }
    return try compiler.append(
      "pixel norm", PixelNormalizationRows(epsilon: epsilon), node, operands[0])
  }
}

extension LayerNormalization: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard operands.dropFirst().allSatisfy({ compiler.isConstant[$0] }) else { return false }
    let factors = try operands.dropFirst().map { try compiler.constant($0).elements }
    let kernel = LayerNormalizationRows(
      channels: compiler.graph.nodes[node].shape.last ?? 1, weight: factors.first,
      bias: factors.count == 2 ? factors[1] : nil, epsilon: epsilon)
    compiler.append(
      KernelStep(
        name: compiler.name(node), kernel: "layer norm", kernel,
        input: try compiler.rows(operands[0]), output: try compiler.outputRows(node)))
    return true
  }
}
