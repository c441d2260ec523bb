import Compute

/// Normalisation by the mean and the biased variance over the last axis (PyTorch's nn.LayerNorm).
///
/// Inputs: x (..., C), optionally weight (C) and bias (C).
public struct LayerNormalization: Operation {
  public let epsilon: Float
  public var name: String { "layer normalisation" }

  public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try require(
      inputs.count == 1 || inputs.count == 3, "the number of inputs is wrong",
      expected: "1 or 3", found: "\(inputs.count)")
    let x = inputs[0]
    guard let channels = x.last else { throw ShapeError("the input has no axes") }
    for vector in inputs.dropFirst() {
      try require(
        vector == [channels], "a factor does not fit", expected: "\([channels])",
        found: "\(vector)")
    }
    return x
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0].elements
    let factors = inputs.dropFirst().map(\.elements)
    let channels = inputs[0].shape.last ?? 1
    return Tensor(shape: inputs[0].shape) { buffer in
      for first in stride(from: 0, to: buffer.count, by: max(channels, 1)) {
        let values = x[first..<first + channels].map(Double.init)
        let mean = values.reduce(0, +) / Double(channels)
        let variance =
          values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
        let deviation = (variance + Double(epsilon)).squareRoot()
        for (channel, value) in values.enumerated() {
          var result = (value - mean) / deviation
          if factors.count == 2 {
            result = result * Double(factors[0][channel]) + Double(factors[1][channel])
          }
          buffer[first + channel] = Float(result)
        }
      }
    }
  }
}

extension Graph {
  public mutating func layerNormalization(
    _ x: Value, affine: (weight: Value, bias: Value)? = nil, epsilon: Float = 1e-5
  ) throws -> Value {
    try apply(
      LayerNormalization(epsilon: epsilon),
      to: [x] + (affine.map { [$0.weight, $0.bias] } ?? []))
  }
}
