import Compute

// Where a value lies: memory for new ones, and each node's value in the form that a kernel wants.

extension PlanCompiler {
  // MARK: Memory

  /// Memory for a value, packed in a form.
  mutating func newView(_ shape: [Int], _ name: String, as form: ViewForm) throws -> View {
    // Pixels of an image, or rows, are counted in 32 bits.
    let pixels = shape.count == 4 ? [shape[2], shape[3]] : Array(shape.dropLast())
    guard let count = Indexing.count(shape), count > 0,
      Indexing.count(pixels).map({ $0 <= Graph.largestExtent }) ?? false
    else {
      throw ProgramError(
        .dataError, "an image of the network is empty or too large", key: name,
        expected: "at least a pixel and a channel, at most 2^31 pixels", found: "\(shape)")
    }
    let buffer = values.newBuffer(count)
    return switch form {
    case .image: View(image: shape, buffer: buffer)
    case .rows: View(rows: shape, buffer: buffer)
    }
  }

  /// Memory for a value that lies as another does, which has no gaps.
  mutating func newView(like view: View, _ name: String) throws -> View {
    let packed = try newView(view.shape, name, as: .plain(view.shape))
    return View(buffer: packed.buffer, offset: 0, shape: view.shape, strides: view.strides)
  }

  /// Memory for an image that is no node's value.
  mutating func newPlace(_ shape: [Int], _ name: String) throws -> Place {
    try place(newView(shape, name, as: .image), .image, name)
  }

  /// A view that is known to have a form, in that form.
  func place(_ view: View, _ form: ViewForm, _ name: String) throws -> Place {
    guard let place = view.place(form) else {
      throw ProgramError(
        .software, "a kernel wants an image", key: name, expected: "one to four axes",
        found: "\(view.shape)")
    }
    return place
  }

  // MARK: What a node's value is read from

  /// A node's value for a step that follows; a constant is written there.
  mutating func view(_ index: Int) throws -> View {
    if let view = values.views[index] { return view }
    let view = try outputView(index)
    if isConstant(index) {
      append(ConstantStep(name: name(index), value: try constant(index), output: view))
    }
    return view
  }

  /// The same with its channels contiguous, copied if it lies otherwise.
  mutating func image(_ index: Int) throws -> Place {
    let view = try view(index)
    if let place = view.image ?? values.imageCopies[index] { return place }
    let place = try copied(view, name(index), as: .image)
    values.imageCopies[index] = place
    return place
  }

  /// The same with its last axis contiguous and the others evenly apart, copied if it lies otherwise.
  mutating func rows(_ index: Int) throws -> Place {
    let view = try view(index)
    if let place = view.rows ?? values.rowCopies[index] { return place }
    let place = try copied(view, name(index), as: .rows)
    values.rowCopies[index] = place
    return place
  }

  /// A copy of a view in another form.
  mutating func copy(_ view: View, _ name: String, as form: ViewForm) throws -> View {
    let result = try newView(view.shape, name, as: form)
    append(StridedCopyStep(name: name, input: view, output: result))
    return result
  }

  /// The same as a place.
  mutating func copied(_ view: View, _ name: String, as form: ViewForm) throws -> Place {
    try place(copy(view, name, as: form), form, name)
  }

  // MARK: Where a node's value is written

  /// Whether it is settled where a node is to be written.
  func isPlaced(_ index: Int) -> Bool { values.views[index] != nil }

  /// Where a node is to be written: in packed C order or, for four axes, with channels last.
  mutating func outputView(_ index: Int) throws -> View {
    try written(index, as: .plain(shape(index)))
  }

  /// Where a step writes a node as an image.
  mutating func output(_ index: Int) throws -> Place {
    try place(written(index, as: .image), .image, name(index))
  }

  /// Where a step writes a node as rows.
  mutating func outputRows(_ index: Int) throws -> Place {
    try place(written(index, as: .rows), .rows, name(index))
  }

  /// Where a node is to be written, in a form if that is not settled.
  private mutating func written(_ index: Int, as form: ViewForm) throws -> View {
    if let view = values.views[index] { return view }
    let view = try newView(shape(index), name(index), as: form)
    values.views[index] = view
    return view
  }

  /// A node's value is what lies here already, or is copied from here to where it has to be.
  mutating func define(_ index: Int, as view: View) throws {
    if let place = values.views[index] {
      appendCopy(of: view, to: place, name(index))
    } else {
      values.views[index] = view
    }
  }

  /// Copies a view unless it lies there; images of one size pixel by pixel, so that regions are kept.
  mutating func appendCopy(of view: View, to target: View, _ name: String) {
    if view == target { return }
    if view.shape.count == 4, let from = view.image, let to = target.image {
      if from.buffer == to.buffer && from.offset == to.offset { return }
      append(CopyStep(name: name, inputs: [from], output: to))
    } else {
      append(StridedCopyStep(name: name, input: view, output: target))
    }
  }

  /// Values whose channels are joined are written into the whole right away.
  mutating func placeConcatenations() {
    for index in graph.nodes.indices where analysis.isLive[index] && !isConstant(index) {
      guard let (operation, operands) = planned(index), operation.joinsChannels,
        shape(index).count == 4, doubledConvolution(of: index) == nil,
        let whole = try? outputView(index)
      else { continue }
      var first = 0
      for operand in operands {
        let channels = shape(operand)[1]
        if !isPlaced(operand) && !isConstant(operand) {
          values.views[operand] = whole.part(1, from: first, count: channels)
        }
        first += channels
      }
    }
  }
}
