import Compute

extension PlanCompiler {
  /// Places for a step that makes each element from the same elements of what it reads: all as images, or
  /// all as rows. Operands stretch to the result: extents of 1 along channels, rows, columns or images; what
  /// stretches otherwise is copied in full.
  mutating func pixelwise(
    _ node: Int, _ operands: [Int]
  ) throws -> (inputs: [Place], output: Place) {
    let shape = self.shape(node)
    let first = operands.first { self.shape($0) == shape }
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
    let own = self.shape(operand)
    if own == shape { return try image(operand) }
    let view = try view(operand)
    let missing = shape.count - own.count
    let aligned = View(
      buffer: view.buffer, offset: view.offset, shape: [Int](repeating: 1, count: missing) + own,
      strides: [Int](repeating: 0, count: missing) + view.strides)
    if let place = aligned.image { return place }
    return try copied(aligned, name(operand), as: .image)
  }

  private mutating func stretchedRows(_ operand: Int, to shape: [Int]) throws -> Place {
    let own = self.shape(operand)
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
    return try copied(full, name(operand), as: .rows)
  }
}
