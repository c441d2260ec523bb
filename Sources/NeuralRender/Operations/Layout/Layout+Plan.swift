import Compute

// Operations that move no numbers, where strides allow it.

extension Reshape: PlannedOperation {
  /// The twin moves no numbers.
  func folded(_ operands: [Tensor], on pool: WorkerPool) throws -> Tensor { reference(operands) }

  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let view = try compiler.view(operands[0])
    let name = compiler.name(node)
    guard let result = try compiler.reshaped(view, shape, name) else { return false }
    try compiler.define(node, as: result)
    return true
  }
}

extension Transpose: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    try compiler.define(node, as: compiler.view(operands[0]).permuted(order))
    return true
  }
}

extension Slice: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let shape = compiler.shape(node)
    try compiler.define(node, as: compiler.view(operands[0]).sliced(ranges, to: shape))
    return true
  }
}

extension Repeat: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let view = try compiler.view(operands[0])
    let whole = try compiler.outputView(node)
    // The result's axes as (copy, element): copies are elements that are no distance apart.
    var (shape, from, to): ([Int], [Int], [Int]) = ([], [], [])
    for axis in view.shape.indices {
      if counts[axis] > 1 {
        shape.append(counts[axis])
        from.append(0)
        to.append(view.shape[axis] * whole.strides[axis])
      }
      if view.shape[axis] > 1 {
        shape.append(view.shape[axis])
        from.append(view.strides[axis])
        to.append(whole.strides[axis])
      }
    }
    guard shape.count <= StridedCopy.mostAxes else { return false }
    let source = View(buffer: view.buffer, offset: view.offset, shape: shape, strides: from)
    let target = View(buffer: whole.buffer, offset: whole.offset, shape: shape, strides: to)
    compiler.append(StridedCopyStep(name: compiler.name(node), input: source, output: target))
    return true
  }
}

extension Concatenate: PlannedOperation {
  var joinsChannels: Bool { axis == 1 }

  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    if joinsChannels && compiler.doubledConvolution(of: node) != nil { return true }
    let whole = try compiler.outputView(node)
    var first = 0
    for operand in operands {
      let count = compiler.shape(operand)[axis]
      let view = try compiler.view(operand)
      compiler.appendCopy(
        of: view, to: whole.part(axis, from: first, count: count), compiler.name(node))
      first += count
    }
    return true
  }
}

extension PlanCompiler {
  /// A view under another shape, of a copy where it has to be.
  fileprivate mutating func reshaped(
    _ view: View, _ shape: [Int], _ name: String
  ) throws -> View? {
    if let result = view.reshaped(shape) { return result }
    return try copy(view, name, as: .rows).reshaped(shape)
  }
}
