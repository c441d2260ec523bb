import Compute

extension Elementwise: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let (inputs, output) = try compiler.pixelwise(node, [operands[0]])
    compiler.append(
      ElementwiseStep(
        name: compiler.name(node), function: function, input: inputs[0], output: output))
    return true
  }
}

extension Arithmetic: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    if try planFactors(node, operands, in: &compiler) { return true }
    let (inputs, output) = try compiler.pixelwise(node, operands)
    let name = compiler.name(node)
    // Two full images, or one of them with a single channel.
    let isFull = inputs.allSatisfy {
      $0.images == output.images && $0.height == output.height && $0.width == output.width
        && ($0.channels == output.channels || $0.channels == 1)
    }
    compiler.append(
      isFull
        ? ArithmeticStep(name: name, function: function, inputs: inputs, output: output)
        : BroadcastStep(name: name, .arithmetic(function), inputs: inputs, output: output))
    return true
  }

  /// By a constant of each channel: one multiplication and addition.
  private func planFactors(
    _ node: Int, _ operands: [Int], in compiler: inout PlanCompiler
  ) throws -> Bool {
    let shape = compiler.graph.nodes[node].shape
    guard shape.count == 4, operands.contains(where: { compiler.isConstant[$0] }),
      let variable = operands.first(where: { !compiler.isConstant[$0] }),
      compiler.graph.nodes[variable].shape == shape
    else { return false }
    var chain = ChannelChain(channels: shape[1])
    guard try chain.fold(node, reading: variable, in: &compiler) else { return false }
    compiler.append(
      ChannelAffineStep(
        name: compiler.name(node), input: try compiler.image(variable),
        output: try compiler.output(node), scale: chain.scale, bias: chain.bias,
        activation: chain.activation))
    return true
  }
}

extension Select: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let (inputs, output) = try compiler.pixelwise(node, operands)
    compiler.append(
      BroadcastStep(name: compiler.name(node), .select, inputs: inputs, output: output))
    return true
  }
}

extension PlanCompiler {
  /// Places for a step that makes each element from the same elements of what it reads: all as images, or
  /// all as rows. Operands stretch to the result: extents of 1 along channels, rows, columns or images; what
  /// stretches otherwise is copied in full.
  mutating func pixelwise(
    _ node: Int, _ operands: [Int]
  ) throws -> (inputs: [Place], output: Place) {
    let shape = graph.nodes[node].shape
    let first = operands.first { graph.nodes[$0].shape == shape }
    let asImage: Bool
    if isPlaced(node) || shape.count == 0 {
      asImage = true
    } else if let first {
      let view = try view(first)
      asImage =
        shape.count == 4
        ? view.image != nil || view.rows == nil : view.rows == nil && view.image != nil
    } else {
      asImage = shape.count == 4
    }
    let inputs = try operands.map {
      try asImage ? stretchedImage($0, to: shape) : stretchedRows($0, to: shape)
    }
    return (inputs, try asImage ? output(node) : outputRows(node))
  }

  private mutating func stretchedImage(_ operand: Int, to shape: [Int]) throws -> Place {
    let own = graph.nodes[operand].shape
    if own == shape { return try image(operand) }
    let view = try view(operand)
    let missing = shape.count - own.count
    let aligned = View(
      buffer: view.buffer, offset: view.offset, shape: [Int](repeating: 1, count: missing) + own,
      strides: [Int](repeating: 0, count: missing) + view.strides)
    if let place = aligned.image { return place }
    guard let place = try copy(aligned, name(operand), as: { View(image: $0, buffer: $1) }).image
    else { throw unfit(shape, name(operand)) }
    return place
  }

  private mutating func stretchedRows(_ operand: Int, to shape: [Int]) throws -> Place {
    let own = graph.nodes[operand].shape
    if own == shape { return try rows(operand) }
    let rows = shape.dropLast().reduce(1, *)
    let leading = own.dropLast().reduce(1, *)
    if leading == 1 || (leading == rows && own.dropLast().elementsEqual(shape.dropLast())) {
      return try self.rows(operand)
    }
    let view = try view(operand)
    let full = View(
      buffer: view.buffer, offset: view.offset, shape: shape,
      strides: zip(shape.indices, Indexing.broadcastStrides(own, to: shape)).map { axis, stride in
        stride == 0 ? 0 : view.strides[axis - (shape.count - own.count)]
      })
    guard let place = try copy(full, name(operand), as: { View(rows: $0, buffer: $1) }).rows
    else { throw unfit(shape, name(operand)) }
    return place
  }
}
