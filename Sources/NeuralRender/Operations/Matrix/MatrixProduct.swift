import Compute

/// Matrix product over the last two axes; the axes before are equal and run together.
///
/// Inputs: (..., M, K) and (..., K, N). Output: (..., M, N).
public struct MatrixProduct: Operation {
  public var name: String { "matrix product" }

  public init() {}

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...2)
    let (a, b) = (inputs[0], inputs[1])
    try require(
      a.count >= 2 && a.count == b.count && a.dropLast(2) == b.dropLast(2),
      "the matrices do not pair up", expected: "equal axes before the last two",
      found: "\(a) and \(b)")
    try require(
      a[a.count - 1] == b[b.count - 2], "the inner extents differ",
      expected: "\(a[a.count - 1])", found: "\(b[b.count - 2])")
    return a.dropLast() + [b[b.count - 1]]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let (a, b) = (inputs[0].elements, inputs[1].elements)
    let rank = inputs[0].shape.count
    let (m, k) = (inputs[0].shape[rank - 2], inputs[0].shape[rank - 1])
    let n = inputs[1].shape[rank - 1]
    return Tensor(shape: inputs[0].shape.dropLast() + [n]) { buffer in
      for index in 0..<buffer.count {
        let (batch, row, column) = (index / (m * n), index / n % m, index % n)
        var sum = 0.0
        for inner in 0..<k {
          sum +=
            Double(a[(batch * m + row) * k + inner]) * Double(b[(batch * k + inner) * n + column])
        }
        buffer[index] = Float(sum)
      }
    }
  }
}

/// A fully connected layer: x w^T + b, as `torch.nn.functional.linear`.
///
/// Inputs: (..., I), weights (O, I), optionally bias (O). Output: (..., O).
public struct Linear: Operation {
  public var name: String { "linear" }

  public init() {}

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...3)
    let (x, w) = (inputs[0], inputs[1])
    try require(w.count == 2, "the weights are not outputs x inputs", found: "\(w)")
    try require(
      x.last == w[1], "the weights are for another number of inputs", expected: "\(w[1])",
      found: "\(x)")
    if inputs.count == 3 {
      try require(
        inputs[2] == [w[0]], "the bias does not fit", expected: "\([w[0]])", found: "\(inputs[2])")
    }
    return x.dropLast() + [w[0]]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let (x, w) = (inputs[0].elements, inputs[1].elements)
    let bias = inputs.count == 3 ? inputs[2].elements : nil
    let (outputs, width) = (inputs[1].shape[0], inputs[1].shape[1])
    return Tensor(shape: inputs[0].shape.dropLast() + [outputs]) { buffer in
      for index in 0..<buffer.count {
        let (row, output) = (index / outputs, index % outputs)
        var sum = Double(bias?[output] ?? 0)
        for inner in 0..<width {
          sum += Double(x[row * width + inner]) * Double(w[output * width + inner])
        }
        buffer[index] = Float(sum)
      }
    }
  }
}

extension Graph {
  public mutating func matrixProduct(_ a: Value, _ b: Value) throws -> Value {
    try apply(MatrixProduct(), to: [a, b])
  }

  public mutating func linear(_ x: Value, weight: Value, bias: Value? = nil) throws -> Value {
    try apply(Linear(), to: [x, weight] + (bias.map { [$0] } ?? []))
  }
}
