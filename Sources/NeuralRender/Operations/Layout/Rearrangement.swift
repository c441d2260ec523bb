import Compute

/// Values joined along an axis; the other extents are equal.
public struct Concatenate: Operation {
  public let axis: Int
  public var name: String { "concatenation" }

  public init(axis: Int = 1) { self.axis = axis }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...Int.max)
    var shape = inputs[0]
    try require(shape.indices.contains(axis), "there is no axis \(axis)", found: "\(shape)")
    for other in inputs.dropFirst() {
      var expected = shape
      expected[axis] = other.count > axis ? other[axis] : 0
      try require(
        other == expected, "extents besides axis \(axis) differ", expected: "\(expected)",
        found: "\(other)")
      shape[axis] += other[axis]
    }
    return shape
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let shape = Self.accepted { () throws(ShapeError) in try outputShape(inputs.map(\.shape)) }
    let outer = shape[..<axis].reduce(1, *)
    let parts = inputs.map { ($0.elements, $0.count / max(outer, 1)) }
    var result: [Float] = []
    for row in 0..<outer {
      for (elements, size) in parts { result += elements[row * size..<(row + 1) * size] }
    }
    return Tensor(shape: shape, result)
  }
}

/// Every step-th element from start to before end, per axis.
public struct Slice: Operation {
  public struct Range: Sendable, Hashable {
    public let start: Int
    public let end: Int
    public let step: Int

    public init(_ start: Int, _ end: Int, step: Int = 1) {
      precondition(step > 0)
      self.start = start
      self.end = end
      self.step = step
    }

    var count: Int { (end - start + step - 1) / step }
  }

  /// One range per axis.
  public let ranges: [Range]
  public var name: String { "slice" }

  public init(_ ranges: [Range]) { self.ranges = ranges }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    try require(
      inputs[0].count == ranges.count, "the number of axes is wrong", expected: "\(ranges.count)",
      found: "\(inputs[0])")
    for (range, extent) in zip(ranges, inputs[0]) {
      try require(
        0 <= range.start && range.start < range.end && range.end <= extent,
        "a range lies outside", expected: "within 0..<\(extent)",
        found: "\(range.start)..<\(range.end)")
    }
    return ranges.map(\.count)
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let strides = Indexing.strides(inputs[0].shape)
    let first = Indexing.offset(ranges.map(\.start), strides)
    let steps = zip(strides, ranges).map { $0 * $1.step }
    return Tensor(shape: ranges.map(\.count)) {
      inputs[0][first + Indexing.offset($0, steps)]
    }
  }
}

/// The same elements in C order under another shape.
public struct Reshape: Operation {
  public let shape: [Int]
  public var name: String { "reshape" }

  public init(_ shape: [Int]) { self.shape = shape }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    try require(
      Indexing.count(shape).map { $0 == Indexing.count(inputs[0]) } ?? false,
      "the number of elements differs", expected: "\(shape)", found: "\(inputs[0])")
    return shape
  }

  public func reference(_ inputs: [Tensor]) -> Tensor { inputs[0].reshaped(shape) }
}

/// Axes in another order: axis i of the output is axis `order[i]` of the input.
public struct Transpose: Operation {
  public let order: [Int]
  public var name: String { "transpose" }

  public init(_ order: [Int]) { self.order = order }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    try require(
      order.sorted() == Array(inputs[0].indices), "the order does not name every axis once",
      expected: "\(inputs[0].count) axes", found: "\(order)")
    return order.map { inputs[0][$0] }
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let strides = Indexing.strides(inputs[0].shape)
    let reordered = order.map { strides[$0] }
    return Tensor(shape: order.map { inputs[0].shape[$0] }) {
      inputs[0][Indexing.offset($0, reordered)]
    }
  }
}

/// The whole value repeated along each axis.
public struct Repeat: Operation {
  public let counts: [Int]
  public var name: String { "repetition" }

  public init(_ counts: [Int]) { self.counts = counts }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    try require(
      counts.count == inputs[0].count && counts.allSatisfy { $0 > 0 },
      "there is not one positive count per axis", found: "\(counts)")
    return zip(inputs[0], counts).map { MemoryBudget.product($0, $1) }
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let shape = inputs[0].shape
    let strides = Indexing.strides(shape)
    return Tensor(shape: zip(shape, counts).map { $0 * $1 }) { position in
      inputs[0][Indexing.offset(zip(position, shape).map { $0 % $1 }, strides)]
    }
  }
}

extension Graph {
  public mutating func concatenate(_ values: [Value], axis: Int = 1) throws -> Value {
    try apply(Concatenate(axis: axis), to: values)
  }

  public mutating func slice(_ x: Value, _ ranges: [Slice.Range]) throws -> Value {
    try apply(Slice(ranges), to: [x])
  }

  /// Channels of axis 1.
  public mutating func channels(_ x: Value, _ range: Range<Int>) throws -> Value {
    var ranges = x.shape.map { Slice.Range(0, $0) }
    if ranges.count > 1 { ranges[1] = Slice.Range(range.lowerBound, range.upperBound) }
    return try slice(x, ranges)
  }

  public mutating func reshape(_ x: Value, _ shape: [Int]) throws -> Value {
    try apply(Reshape(shape), to: [x])
  }

  public mutating func transpose(_ x: Value, _ order: [Int]) throws -> Value {
    try apply(Transpose(order), to: [x])
  }

  public mutating func repeated(_ x: Value, _ counts: [Int]) throws -> Value {
    try apply(Repeat(counts), to: [x])
  }
}
