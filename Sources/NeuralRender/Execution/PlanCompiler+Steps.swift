import Compute

extension PlanCompiler {
  /// Appends the steps of a node that no other node's step computes.
  mutating func compile(
    _ index: Int, _ operation: any Operation, _ operands: [Int]
  ) throws {
    switch operation {
    case let operation as Convolution: try compileConvolution(index, operation, operands)
    case let operation as Concatenate where operation.axis == 1:
      if upsampledConvolution(of: index) != nil { return }
      try compileConcatenation(index, operands)
    case is BilinearResize where upsampledConvolution(of: index) != nil: return
    case is BatchNormalization: try compileChannelAffine(index)
    case let operation as Elementwise:
      append(
        ElementwiseStep(
          name: name(index), function: operation.function, input: try place(of: operands[0]),
          output: try place(of: index)))
    case let operation as Arithmetic: try compileArithmetic(index, operation, operands)
    case let operation as Slice: try compileSlice(index, operation, operands)
    case is Transpose where gridReader(of: index) != nil: return
    case let operation as GridSample: try compileGridSample(index, operation, operands)
    default: try compileReference(index, operation, operands)
    }
  }

  /// The slow way, for whatever has no kernel.
  mutating func compileReference(
    _ index: Int, _ operation: any Operation, _ operands: [Int]
  ) throws {
    append(
      ReferenceStep(
        name: name(index), operation: operation,
        operands: try operands.map {
          isConstant[$0] ? .constant(try constant($0)) : .place(try place(of: $0))
        }, output: try place(of: index)))
  }

  private mutating func compileConcatenation(_ index: Int, _ operands: [Int]) throws {
    let whole = try place(of: index)
    var first = 0
    for operand in operands {
      let channels = graph.nodes[operand].shape[1]
      let part = whole.channels(from: first, count: channels)
      let source = try place(of: operand)
      if source.buffer != part.buffer || source.offset != part.offset {
        append(CopyStep(name: name(index), inputs: [source], output: part))
      }
      first += channels
    }
  }

  private mutating func compileChannelAffine(_ index: Int) throws {
    var chain = ChannelChain(channels: graph.nodes[index].shape[1])
    guard let (norm, operands) = operation(index, as: BatchNormalization.self) else { return }
    guard try chain.fold(index, reading: operands[0], in: &self) else {
      try compileReference(index, norm, operands)
      return
    }
    let last = try extend(&chain, from: index, takesResidual: false)
    append(
      ChannelAffineStep(
        name: name(index), input: try place(of: operands[0]), output: try place(of: last),
        scale: chain.scale, bias: chain.bias, activation: chain.activation))
  }

  private mutating func compileArithmetic(
    _ index: Int, _ operation: Arithmetic, _ operands: [Int]
  ) throws {
    if operands.contains(where: { isConstant[$0] }) {
      var chain = ChannelChain(channels: graph.nodes[index].shape[1])
      guard let variable = operands.first(where: { !isConstant[$0] }),
        graph.nodes[variable].shape == graph.nodes[index].shape,
        try chain.fold(index, reading: variable, in: &self)
      else {
        try compileReference(index, operation, operands)
        return
      }
      append(
        ChannelAffineStep(
          name: name(index), input: try place(of: variable), output: try place(of: index),
          scale: chain.scale, bias: chain.bias, activation: chain.activation))
      return
    }
    let shape = graph.nodes[index].shape
    let fits = operands.allSatisfy {
      let operand = graph.nodes[$0].shape
      return operand.count == 4 && shape.count == 4 && operand[0] == shape[0]
        && (operand[1] == shape[1] || operand[1] == 1) && operand[2...] == shape[2...]
    }
    guard fits else {
      try compileReference(index, operation, operands)
      return
    }
    append(
      ArithmeticStep(
        name: name(index), function: operation.function,
        inputs: try operands.map { try place(of: $0) }, output: try place(of: index)))
  }

  private mutating func compileSlice(
    _ index: Int, _ operation: Slice, _ operands: [Int]
  ) throws {
    let shape = graph.nodes[operands[0]].shape
    let whole = zip(operation.ranges, shape).enumerated().allSatisfy { axis, pair in
      axis == 1 ? pair.0.step == 1 : pair.0 == Slice.Range(0, pair.1)
    }
    guard shape.count == 4, whole else {
      try compileReference(index, operation, operands)
      return
    }
    let channels = operation.ranges[1]
    let part = try place(of: operands[0]).channels(
      from: channels.start, count: channels.end - channels.start)
    if let place = places[index] {
      append(CopyStep(name: name(index), inputs: [part], output: place))
    } else {
      places[index] = part
    }
  }

  /// The sampling that reads a transposition of coordinates to the last axis, where they lie anyway.
  private func gridReader(of index: Int) -> Int? {
    guard let (transpose, _) = operation(index, as: Transpose.self),
      transpose.order == [0, 2, 3, 1], let reader = onlyConsumer(of: index),
      let (_, operands) = operation(reader, as: GridSample.self), operands[1] == index
    else { return nil }
    return reader
  }

  private mutating func compileGridSample(
    _ index: Int, _ operation: GridSample, _ operands: [Int]
  ) throws {
    guard let (_, coordinates) = self.operation(operands[1], as: Transpose.self),
      gridReader(of: operands[1]) == index, !isConstant[operands[0]]
    else {
      try compileReference(index, operation, operands)
      return
    }
    append(
      GridSampleStep(
        name: name(index), operation: operation, image: try place(of: operands[0]),
        grid: try place(of: coordinates[0]), output: try place(of: index)))
  }
}
