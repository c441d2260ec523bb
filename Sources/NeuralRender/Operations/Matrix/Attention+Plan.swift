import Compute

extension Attention: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    compiler.append(
      AttentionStep(
        name: compiler.name(node), heads: heads, input: try compiler.image(operands[0]),
        output: try compiler.output(node)))
    return true
  }
}
