// A bilinear doubling, of one image or of two whose channels are joined, that a convolution computes.

extension PlanCompiler {
  /// The convolution of a doubled image that a node leads to: the node doubles, or joins the channels of two
  /// images that only the doubling reads.
  func doubledConvolution(of index: Int) -> Int? {
    guard let (operation, operands) = planned(index), let next = analysis.onlyConsumer(of: index),
      let (reader, read) = planned(next)
    else { return nil }
    if operation.joinsChannels {
      return operands.count == 2 && reader.doubles(shape(index))
        ? doubledConvolution(of: next) : nil
    }
    guard operation.doubles(shape(operands[0])), !isConstant(operands[0]), read[0] == index,
      reader.takesDoubled(read, in: self)
    else { return nil }
    return next
  }

  /// The images that a convolution reads, and whether it reads them doubled.
  func convolutionSources(_ index: Int, _ operands: [Int]) -> ([Int], isDoubled: Bool) {
    guard doubledConvolution(of: operands[0]) == index, let (_, low) = planned(operands[0]) else {
      return ([operands[0]], false)
    }
    if doubledConvolution(of: low[0]) == index, let (_, parts) = planned(low[0]) {
      return (parts, true)
    }
    return (low, true)
  }
}
