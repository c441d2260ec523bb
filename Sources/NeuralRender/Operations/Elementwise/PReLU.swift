import Compute

/// The rectifier with a learnt slope: x where x > 0, slope x elsewhere (PyTorch's nn.PReLU).
///
/// Inputs: x (N, C, ...), slope (C) or (1).
public struct PReLU: Operation {
  public var name: String { "parametric rectifier" }

  public init() {}

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...2)
    let (x, slope) = (inputs[0], inputs[1])
    try require(x.count >= 2, "the input has no channels", found: "\(x)")
    try require(
      slope == [x[1]] || slope == [1], "the slope does not fit", expected: "\([x[1]]) or [1]",
      found: "\(slope)")
    return x
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let (x, slope) = (inputs[0].elements, inputs[1].elements)
    let (_, channels, inner) = Tensor.split(inputs[0].shape, at: 1)
    return Tensor(shape: inputs[0].shape) { buffer in
      for index in 0..<buffer.count {
        let factor = slope[slope.count == 1 ? 0 : index / inner % channels]
        buffer[index] = x[index] > 0 ? x[index] : factor * x[index]
      }
    }
  }
}

extension Graph {
  /// The rectifier with slope (C) or (1); see `PReLU`.
  public mutating func prelu(_ x: Value, slope: Value) throws -> Value {
    try apply(PReLU(), to: [x, slope])
  }
}
