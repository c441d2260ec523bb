import Compute

extension PlanCompiler {
  /// Floats up to which a constant is kept: weights are packed once, by one reader.
  private static let mostKept = 1 << 16

  /// The value of a node that depends on parameters only.
  mutating func constant(_ index: Int) throws -> Tensor {
    if let tensor = constants[index] { return tensor }
    let result: Tensor
    switch graph.nodes[index].source {
    case .constant(let tensor): result = tensor
    case .parameter(let key):
      guard let tensor = try parameters.tensor(key), tensor.shape == shape(index) else {
        throw ProgramError(
          .software, "a parameter of the network was not loaded", key: key,
          expected: "\(shape(index))")
      }
      result = tensor
    case .operation(let operation, let operands):
      let inputs = try operands.map { try constant($0) }
      let planned = operation as? any PlannedOperation
      result = try planned?.folded(inputs, on: pool) ?? operation.reference(inputs)
    case .input: preconditionFailure("an input is not constant")
    }
    if result.count < Self.mostKept { constants[index] = result }
    return result
  }
}

extension PlannedOperation {
  func folded(_ operands: [Tensor], on pool: WorkerPool) throws -> Tensor {
    try foldedByKernels(operands, on: pool)
  }

  /// Runs a plan of this one node: its first operand is given, as at run time, the others are constants, as
  /// weights are.
  func foldedByKernels(_ operands: [Tensor], on pool: WorkerPool) throws -> Tensor {
    guard let first = operands.first, operands.allSatisfy({ $0.count > 0 }) else {
      return reference(operands)
    }
    var graph = Graph()
    let given = graph.input("x", shape: first.shape)
    let value = try graph.apply(
      self, to: [given] + operands.dropFirst().map { graph.constant($0) })
    graph.output("y", value)
    let plan = try Plan(graph, parameters: Parameters(), pool: pool)
    return try plan.run(["x": first])["y"] ?? reference(operands)
  }
}
