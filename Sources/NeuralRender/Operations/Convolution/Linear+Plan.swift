import Compute

extension Linear: PlannedOperation {
  /// A convolution of 1 x 1 pixels over rows.
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard operands.dropFirst().allSatisfy({ compiler.isConstant($0) }) else { return false }
    let matrix = try compiler.constant(operands[1])
    let weights = matrix.reshaped(matrix.shape + [1, 1])
    var chain = try compiler.chain(of: operands, outputs: matrix.shape[0])
    chain.isLastAxis = true
    let last = try compiler.extend(&chain, from: node, by: [.constants, .residual])
    let source = ConvolutionSource(
      name: compiler.name(node), weights: weights,
      shape: ConvolutionShape(kernelHeight: 1, kernelWidth: 1), isUpsampled: false, chain: chain,
      parts: (matrix.shape[1], 0), output: ImageSize(height: 1, width: 1),
      activation: chain.activation,
      residual: try chain.residual.map { try compiler.rows($0) },
      usesSixteenBits: compiler.usesSixteenBits,
      operations: compiler.operationCount(node, weights))
    let input = try compiler.rows(operands[0])
    compiler.append(
      source.step(
        nil, inputs: [input], output: .floats(try compiler.outputRows(last)), pool: compiler.pool))
    return true
  }
}
