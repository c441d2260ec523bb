import Compute

extension CodeSearch: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard compiler.isConstant(operands[1]) else { return false }
    compiler.append(
      try CodeSearchStep(
        name: compiler.name(node), compiler.constant(operands[1]),
        input: compiler.image(operands[0]), output: compiler.output(node), pool: compiler.pool))
    return true
  }
}

extension CodeLookup: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard compiler.isConstant(operands[1]) else { return false }
    compiler.append(
      try CodeLookupStep(
        name: compiler.name(node), compiler.constant(operands[1]),
        input: compiler.image(operands[0]), output: compiler.output(node)))
    return true
  }
}
