// An image of twice the size that a convolution by tiles makes on its way.

extension PlanCompiler {
  /// The convolution that alone reads a node and enlarges what the node reads itself, tile by tile.
  func enlargedConvolution(of index: Int) -> Int? {
    // Products at the low size go before.
    guard doubledConvolution(of: index) == nil,
      let (operation, operands) = planned(index), !isConstant(operands[0]),
      operation.enlargement(of: shape(operands[0])) != .none, !isCalibrating,
      let next = analysis.onlyConsumer(of: index), quantized[name(next)] == nil,
      case .operation(let reader, let read) = graph.nodes[next].source, read[0] == index,
      let convolution = reader as? Convolution, convolution.groups == 1,
      convolution.padding == Padding(1, convolution.padding.mode),
      read.dropFirst().allSatisfy({ isConstant($0) })
    else { return nil }
    let weights = shape(read[1])
    let kind = ConvolutionKind(
      ConvolutionShape(convolution, weights), output: ImageSize(shape(next)), outputs: weights[0],
      parts: (weights[1], 0), isUpsampled: false)
    return [.threeTapWinograd, .compactWinograd].contains(kind) ? next : nil
  }

  /// The image that a convolution reads instead of an enlarged one, and how it enlarges that.
  func enlargedSource(_ index: Int, _ operand: Int) -> (source: Int, Enlargement)? {
    guard enlargedConvolution(of: operand) == index, let (operation, operands) = planned(operand)
    else { return nil }
    return (operands[0], operation.enlargement(of: shape(operands[0])))
  }
}
