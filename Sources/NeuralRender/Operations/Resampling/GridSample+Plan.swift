import Compute

extension GridSample: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    // Points lie in the last axis, where an image with channels last has its channels.
    let points = try compiler.view(operands[1]).permuted([0, 3, 1, 2])
    let name = compiler.name(node)
    let grid = try points.image ?? compiler.copied(points, name, as: .image)
    compiler.append(
      GridSampleStep(
        name: name, operation: self, image: try compiler.image(operands[0]), grid: grid,
        output: try compiler.output(node)))
    return true
  }
}
