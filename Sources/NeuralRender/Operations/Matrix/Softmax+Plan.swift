import Compute

extension Softmax: PlannedOperation {
  /// Columns below which lanes would stay empty: the axis is moved to the end instead.
  private static let fewestColumns = 16

  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let shape = compiler.shape(node)
    let view = try compiler.view(operands[0])
    if axis == 1, shape.count == 4 || shape.count == 2, view.image != nil {
      return try compiler.append(
        "softmax", ChannelSoftmax(channels: shape[axis]), node, operands[0])
    }
    let columns = view.strides[axis]
    if shape[axis] > 1, columns >= Self.fewestColumns, view.isDense, !compiler.isPlaced(node) {
      let result = try compiler.newView(like: view, compiler.name(node))
      compiler.append(
        StridedSoftmaxStep(
          name: compiler.name(node),
          StridedSoftmax(
            outer: view.count / (shape[axis] * columns), extent: shape[axis], inner: columns),
          input: view, output: result))
      try compiler.define(node, as: result)
      return true
    }
    try planMoved(node, view, in: &compiler)
    return true
  }

  /// The axis last, and back.
  private func planMoved(
    _ node: Int, _ view: View, in compiler: inout PlanCompiler
  ) throws {
    let name = compiler.name(node)
    let order = view.shape.indices.filter { $0 != axis } + [axis]
    let moved = view.permuted(order)
    let input = try moved.rows ?? compiler.copied(moved, name, as: .rows)
    let result = try compiler.newView(moved.shape, name, as: .rows)
    compiler.append(
      KernelStep(
        name: name, kernel: "softmax", ChannelSoftmax(channels: view.shape[axis]), input: input,
        output: try compiler.place(result, .rows, name)))
    var back = [Int](repeating: 0, count: order.count)
    for (place, axis) in order.enumerated() { back[axis] = place }
    try compiler.define(node, as: result.permuted(back))
  }
}
