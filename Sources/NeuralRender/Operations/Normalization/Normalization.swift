import Compute

/// Batch normalisation with stored statistics: (x - mean) / sqrt(variance + epsilon) weight + bias.
///
/// Inputs: x (N, C, ...), mean (C), variance (C), and optionally weight (C) and bias (C).
public struct BatchNormalization: Operation {
  public let epsilon: Float
  public var name: String { "batch normalisation" }
  public var varianceInput: Int? { 2 }

  public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try require(
      inputs.count == 3 || inputs.count == 5, "the number of inputs is wrong",
      expected: "3 or 5", found: "\(inputs.count)")
    let x = inputs[0]
    try require(x.count >= 2, "the input has no channels", found: "\(x)")
    for vector in inputs.dropFirst() {
      try require(
        vector == [x[1]], "a statistic or factor does not fit", expected: "\([x[1]])",
        found: "\(vector)")
    }
    return x
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let vectors = inputs.dropFirst().map(\.elements)
    let (_, channels, inner) = Tensor.split(inputs[0].shape, at: 1)
    let x = inputs[0].elements
    return Tensor(shape: inputs[0].shape) { buffer in
      for index in 0..<buffer.count {
        let c = index / inner % channels
        let deviation = (Double(vectors[1][c]) + Double(epsilon)).squareRoot()
        var value = (Double(x[index]) - Double(vectors[0][c])) / deviation
        if vectors.count == 4 { value = value * Double(vectors[2][c]) + Double(vectors[3][c]) }
        buffer[index] = Float(value)
      }
    }
  }
}

/// Normalisation by the sample's own mean and biased variance over groups of channels.
///
/// One group per channel is instance normalisation. Inputs: x (N, C, ...), optionally weight (C) and
/// bias (C).
public struct GroupNormalization: Operation {
  public let groups: Int
  public let epsilon: Float
  public var name: String { "group normalisation" }

  public init(groups: Int, epsilon: Float = 1e-5) {
    precondition(groups > 0)
    self.groups = groups
    self.epsilon = epsilon
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try require(
      inputs.count == 1 || inputs.count == 3, "the number of inputs is wrong",
      expected: "1 or 3", found: "\(inputs.count)")
    let x = inputs[0]
    try require(x.count >= 2, "the input has no channels", found: "\(x)")
    try require(
      x[1] % groups == 0, "the channels cannot be divided into \(groups) groups", found: "\(x[1])")
    for vector in inputs.dropFirst() {
      try require(
        vector == [x[1]], "a factor does not fit", expected: "\([x[1]])", found: "\(vector)")
    }
    return x
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0].elements
    let factors = inputs.dropFirst().map(\.elements)
    let (images, channels, inner) = Tensor.split(inputs[0].shape, at: 1)
    let size = channels / groups * inner
    return Tensor(shape: inputs[0].shape) { buffer in
      for group in 0..<images * groups {
        let block = group * size..<(group + 1) * size
        let mean = x[block].reduce(0.0) { $0 + Double($1) } / Double(size)
        let variance =
          x[block].reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(size)
        let deviation = (variance + Double(epsilon)).squareRoot()
        for index in block {
          let c = index / inner % channels
          var value = (Double(x[index]) - mean) / deviation
          if factors.count == 2 { value = value * Double(factors[0][c]) + Double(factors[1][c]) }
          buffer[index] = Float(value)
        }
      }
    }
  }
}

/// Each position's channels divided by their root mean square: x / sqrt(mean over C of x^2 + epsilon).
///
/// Input: (N, C, ...).
public struct PixelNormalization: Operation {
  public let epsilon: Float
  public var name: String { "pixel normalisation" }

  public init(epsilon: Float = 1e-8) { self.epsilon = epsilon }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    try require(inputs[0].count >= 2, "the input has no channels", found: "\(inputs[0])")
    return inputs[0]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0].elements
    let (_, channels, inner) = Tensor.split(inputs[0].shape, at: 1)
    return Tensor(shape: inputs[0].shape) { buffer in
      for index in 0..<buffer.count {
        let first = index / (channels * inner) * channels * inner + index % inner
        var sum = 0.0
        for channel in 0..<channels {
          let value = Double(x[first + channel * inner])
          sum += value * value
        }
        let root = (sum / Double(channels) + Double(epsilon)).squareRoot()
        buffer[index] = Float(Double(x[index]) / root)
      }
    }
  }
}

extension Graph {
  public mutating func batchNormalization(
    _ x: Value, mean: Value, variance: Value, affine: (weight: Value, bias: Value)? = nil,
    epsilon: Float = 1e-5
  ) throws -> Value {
    try apply(
      BatchNormalization(epsilon: epsilon),
      to: [x, mean, variance] + (affine.map { [$0.weight, $0.bias] } ?? []))
  }

  public mutating func groupNormalization(
    _ x: Value, groups: Int, affine: (weight: Value, bias: Value)? = nil, epsilon: Float = 1e-5
  ) throws -> Value {
    try apply(
      GroupNormalization(groups: groups, epsilon: epsilon),
      to: [x] + (affine.map { [$0.weight, $0.bias] } ?? []))
  }

  public mutating func instanceNormalization(
    _ x: Value, affine: (weight: Value, bias: Value)? = nil, epsilon: Float = 1e-5
  ) throws -> Value {
    try groupNormalization(
      x, groups: x.shape.count > 1 ? max(x.shape[1], 1) : 1, affine: affine, epsilon: epsilon)
  }

  public mutating func pixelNormalization(_ x: Value) throws -> Value {
    try apply(PixelNormalization(), to: [x])
  }
}
