// What follows a norm and reads other images pixel by pixel: a gate, then a residual.

extension PlanCompiler {
  /// The image whose logistic function multiplies a value that nothing else reads; that function and the
  /// product are computed with the value.
  ///
  /// - Parameters:
  ///   - value: the node that the step ends with so far.
  ///   - head: the node whose step computes all: what it reads is written before.
  /// - Returns: nil where there is no such gate; else the gate's node and the product's.
  mutating func takeGate(of value: Int, from head: Int) throws -> (gate: Int, last: Int)? {
    guard let product = analysis.onlyConsumer(of: value),
      let (operation, operands) = planned(product), operation.arithmetic == .multiply,
      operands.count == 2, operands[0] != operands[1], shape(product) == shape(value)
    else { return nil }
    let opening = operands[0] == value ? operands[1] : operands[0]
    guard opening > head, !isConstant(opening), shape(opening) == shape(value),
      analysis.onlyConsumer(of: opening) == product,
      case .operation(let function, let read) = graph.nodes[opening].source,
      (function as? Elementwise)?.function == .sigmoid, !isConstant(read[0]),
      try isWritten(read[0], before: head)
    else { return nil }
    absorb(opening)
    absorb(product)
    return (read[0], product)
  }

  /// The image of the same size that is added to a value that nothing else reads.
  ///
  /// - Returns: nil where there is none; else its node and the sum's.
  mutating func takeResidual(
    of value: Int, from head: Int
  ) throws -> (residual: Int, last: Int)? {
    guard let sum = analysis.onlyConsumer(of: value), let (operation, operands) = planned(sum),
      operation.arithmetic == .add, operands.count == 2, operands[0] != operands[1],
      shape(sum) == shape(value)
    else { return nil }
    let other = operands[0] == value ? operands[1] : operands[0]
    guard !isConstant(other), shape(other) == shape(value), try isWritten(other, before: head)
    else { return nil }
    absorb(sum)
    return (other, sum)
  }

  /// Whether a node's value is there when a step runs: an input's, that of a node before it, or a part of these,
  /// which is a view of them whichever the graph names first.
  private mutating func isWritten(_ value: Int, before head: Int) throws -> Bool {
    if value < head { return true }
    if case .input = graph.nodes[value].source { return true }
    guard !isPlaced(value), let (operation, operands) = planned(value), operation is Slice,
      !isConstant(operands[0]), try isWritten(operands[0], before: head),
      try operation.plan(value, operands, in: &self)
    else { return false }
    absorb(value)
    return true
  }
}
