import Compute

extension Arithmetic: PlannedOperation {
  var arithmetic: Function? { function }

  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    if try planFactors(node, operands, in: &compiler) { return true }
    if try planPixels(node, operands, in: &compiler) { return true }
    let (inputs, output) = try compiler.pixelwise(node, operands)
    let name = compiler.name(node)
    // Two full images, or one of them with a single channel.
    let isFull = inputs.allSatisfy {
      $0.images == output.images && $0.height == output.height && $0.width == output.width
        && ($0.channels == output.channels || $0.channels == 1)
    }
    compiler.append(
      isFull
        ? ArithmeticStep(name: name, function: function, inputs: inputs, output: output)
        : BroadcastStep(name: name, .arithmetic(function), inputs: inputs, output: output))
    return true
  }

  func fold(
    _ operands: [Int], reading previous: Int, into chain: inout ChannelChain,
    in compiler: inout PlanCompiler
  ) throws -> Bool {
    let isSecond = operands[0] == previous
    let other = isSecond ? operands[1] : operands[0]
    guard compiler.isConstant(other) else { return false }
    return try chain.fold(function, compiler.constant(other), isSecond: isSecond)
  }

  /// By a constant of each channel: one multiplication and addition.
  private func planFactors(
    _ node: Int, _ operands: [Int], in compiler: inout PlanCompiler
  ) throws -> Bool {
    let shape = compiler.shape(node)
    guard shape.count == 4, let variable = operands.first(where: { !compiler.isConstant($0) }),
      compiler.shape(variable) == shape
    else { return false }
    var chain = ChannelChain(channels: shape[1])
    guard try fold(operands, reading: variable, into: &chain, in: &compiler) else { return false }
    try compiler.appendAffine(chain, node, of: variable, extends: false)
    return true
  }

  /// With an image of one channel added to all, and what follows by channel.
  private func planPixels(
    _ node: Int, _ operands: [Int], in compiler: inout PlanCompiler
  ) throws -> Bool {
    let shape = compiler.shape(node)
    guard function == .add, shape.count == 4,
      let whole = operands.first(where: { compiler.shape($0) == shape })
    else { return false }
    let other = operands[0] == whole ? operands[1] : operands[0]
    var chain = ChannelChain(channels: shape[1])
    guard chain.takePixels(other, of: compiler.shape(other), to: shape) else { return false }
    try compiler.appendAffine(chain, node, of: whole)
    return true
  }
}

extension PlanCompiler {
  /// Appends a step of a chain that no convolution or norm by statistics precedes.
  ///
  /// - Parameter extends: what follows the node joins the chain.
  mutating func appendAffine(
    _ start: ChannelChain, _ node: Int, of input: Int, extends: Bool = true
  ) throws {
    var chain = start
    let last =
      extends ? try extend(&chain, from: node, by: [.constants, .factors, .pixels]) : node
    append(
      ChannelAffineStep(
        name: name(node), input: try image(input), output: try output(last), chain: chain,
        factors: try runFactors(chain, images: shape(node)[0], name(node)),
        pixels: try chain.pixels.map { try image($0) }))
  }
}
