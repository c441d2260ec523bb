import Compute

extension MatrixProduct: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let shapes = operands.map { compiler.shape($0) }
    let batch = shapes[0].dropLast(2).reduce(1, *)
    let (rows, depth) = (shapes[0][shapes[0].count - 2], shapes[0][shapes[0].count - 1])
    let columns = shapes[1][shapes[1].count - 1]
    let name = compiler.name(node)
    let product = PanelProduct(rows: rows, depth: depth, columns: columns)
    var left = try compiler.matrices(operands[0], [batch, rows, depth])
    if left.strides[2] != 1 && depth > 1 {
      left = try compiler.copy(left, name, as: .rows)
    }
    let right: MatrixProductStep.Right
    if compiler.isConstant(operands[1]) {
      right = .constant(
        try PackedMatrices(
          compiler.constant(operands[1]), count: batch, product.panels, compiler.pool))
    } else {
      let view = try compiler.matrices(operands[1], [batch, depth, columns])
      right = .value(.init(place: view.extent, strides: view.strides))
    }
    let result = try compiler.newView([batch, rows, columns], name, as: .rows)
    compiler.append(
      MatrixProductStep(
        name: name, batch: batch, product,
        left: .init(place: left.extent, strides: left.strides), right: right,
        output: result.extent, targetStrides: result.strides))
    guard let shaped = result.reshaped(compiler.shape(node)) else { return false }
    try compiler.define(node, as: shaped)
    return true
  }
}

extension Reduction: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let shape = compiler.shape(operands[0])
    let name = compiler.name(node)
    let view = try compiler.view(operands[0])
    if shape.count == 4, Set(axes) == [2, 3], let input = view.image {
      compiler.append(
        ReductionStep(name: name, function, input: input, output: try compiler.output(node)))
      return true
    }
    if shape.count == 4, axes == [1], view.image != nil {
      return try compiler.append(
        "sums of channels", ChannelReductionRows(function), node, operands[0])
    }
    // Reduced axes last, as one.
    let kept = shape.indices.filter { !axes.contains($0) }
    let extent = axes.reduce(1) { $0 * shape[$1] }
    let moved = view.permuted(kept + axes)
    let flat = kept.map { shape[$0] } + [extent]
    var rows = moved.reshaped(flat)?.rows
    if rows == nil {
      rows = try compiler.copy(moved, name, as: .rows).reshaped(flat)?.rows
    }
    let count = kept.reduce(1) { $0 * shape[$1] }
    let result = try compiler.newView([count, 1], name, as: .rows)
    guard let rows, let output = result.rows,
      let shaped = result.reshaped(compiler.shape(node))
    else { return false }
    compiler.append(
      KernelStep(
        name: name, kernel: "sums of channels", ChannelReductionRows(function), input: rows,
        output: output))
    try compiler.define(node, as: shaped)
    return true
  }
}

extension PlanCompiler {
  /// A value as matrices (count, rows, columns), copied if strides do not allow it.
  fileprivate mutating func matrices(_ index: Int, _ shape: [Int]) throws -> View {
    let view = try view(index)
    if let result = view.reshaped(shape) { return result }
    // A packed copy has every shape of its elements.
    return try copy(view, name(index), as: .rows).reshaped(shape) ?? view
  }
}
