import Compute

extension BatchNormalization: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let shape = compiler.shape(node)
    guard shape.count <= 4 else { return false }
    var chain = ChannelChain(channels: shape[1])
    guard try fold(operands, reading: operands[0], into: &chain, in: &compiler) else {
      return false
    }
    try compiler.appendAffine(chain, node, of: operands[0])
    return true
  }

  func fold(
    _ operands: [Int], reading previous: Int, into chain: inout ChannelChain,
    in compiler: inout PlanCompiler
  ) throws -> Bool {
    guard operands[0] == previous, operands.dropFirst().allSatisfy({ compiler.isConstant($0) })
    else { return false }
    let vectors = try operands.dropFirst().map { try compiler.constant($0).elements }
    return chain.fold { channel, scale, bias in
      let deviation = (Double(vectors[1][channel]) + Double(epsilon)).squareRoot()
      let factor = (vectors.count == 4 ? Double(vectors[2][channel]) : 1) / deviation
      let offset = vectors.count == 4 ? Double(vectors[3][channel]) : 0
      return (
        Float(Double(scale) * factor),
        Float((Double(bias) - Double(vectors[0][channel])) * factor + offset)
      )
    }
  }
}

extension GroupNormalization: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let shape = compiler.shape(node)
    guard shape.count <= 4, operands.dropFirst().allSatisfy({ compiler.isConstant($0) }) else {
      return false
    }
    // Its weight and bias, then whatever follows by channel and by pixel.
    var chain = ChannelChain(channels: shape[1])
    if operands.count == 3 {
      chain.scale = try compiler.constant(operands[1]).elements
      chain.bias = try compiler.constant(operands[2]).elements
    }
    var last = try compiler.extend(&chain, from: node, by: [.constants, .factors])
    var (gate, residual): (Int?, Int?)
    if shape.count == 4 {
      if let taken = try compiler.takeGate(of: last, from: node) { (gate, last) = taken }
      if let taken = try compiler.takeResidual(of: last, from: node) { (residual, last) = taken }
    }
    let name = compiler.name(node)
    compiler.append(
      GroupNormalizationStep(
        name: name,
        ChannelStatistics(channels: shape[1], groups: groups, epsilon: epsilon), chain,
        input: try compiler.image(operands[0]), output: try compiler.output(last),
        factor: try chain.factor.map { try compiler.image($0) },
        offset: try chain.offset.map { try compiler.image($0) },
        gate: try gate.map { try compiler.image($0) },
        residual: try residual.map { try compiler.image($0) },
        room: try compiler.newPlace(
          [1, ChannelFactors.floats(channels: shape[1]), 1, 1], name)))
    return true
  }
}

extension PixelNormalization: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard compiler.shape(node).count <= 4 else { return false }
    return try compiler.append(
      "pixel norm", PixelNormalizationRows(epsilon: epsilon), node, operands[0])
  }
}

extension LayerNormalization: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard operands.dropFirst().allSatisfy({ compiler.isConstant($0) }) else { return false }
    let factors = try operands.dropFirst().map { try compiler.constant($0).elements }
    let kernel = LayerNormalizationRows(
      channels: compiler.shape(node).last ?? 1, weight: factors.first,
      bias: factors.count == 2 ? factors[1] : nil, epsilon: epsilon)
    compiler.append(
      KernelStep(
        name: compiler.name(node), kernel: "layer norm", kernel,
        input: try compiler.rows(operands[0]), output: try compiler.outputRows(node)))
    return true
  }
}
