import Compute

/// The mean or the largest value of a moving square window.
///
/// Input: N x C x H x W. Output height: (H + 2 padding - size) / stride + 1.
public struct Pooling: Operation {
  public enum Function: Sendable, Hashable {
    /// The mean; pixels outside count as zeros or not at all.
    case mean(countsPadding: Bool)
    /// The largest pixel inside the image.
    case maximum
  }

  public let function: Function
  public let size: Int
  public let stride: Int
  public let padding: Int
  public var name: String { "pooling" }

  public init(_ function: Function, size: Int, stride: Int, padding: Int = 0) {
    precondition(size > 0 && stride > 0 && padding >= 0 && 2 * padding <= size)
    self.function = function
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    let x = inputs[0]
    try requireImage(x)
    let extents = [x[2], x[3]].map { $0 + 2 * padding - size }
    try require(
      extents.allSatisfy { $0 >= 0 }, "the image is smaller than the window",
      expected: "at least \(size)", found: "\(x[2]) x \(x[3])")
    return [x[0], x[1]] + extents.map { $0 / stride + 1 }
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let shape = Self.accepted { () throws(ShapeError) in try outputShape(inputs.map(\.shape)) }
    let x = inputs[0].elements
    let (channels, height, width) = (inputs[0].shape[1], inputs[0].shape[2], inputs[0].shape[3])
    return Tensor(shape: shape) { position in
      let plane = (position[0] * channels + position[1]) * height * width
      var values: [Float] = []
      for row in 0..<size {
        for column in 0..<size {
          let y = position[2] * stride + row - padding
          let xx = position[3] * stride + column - padding
          guard (0..<height).contains(y), (0..<width).contains(xx) else { continue }
          values.append(x[plane + y * width + xx])
        }
      }
      switch function {
      case .maximum: return values.max() ?? -.infinity
      case .mean(let countsPadding):
        let sum = values.reduce(0.0) { $0 + Double($1) }
        return Float(sum / Double(countsPadding ? size * size : values.count))
      }
    }
  }
}

extension Graph {
  public mutating func averagePool(
    _ x: Value, size: Int, stride: Int, padding: Int = 0, countsPadding: Bool = true
  ) throws -> Value {
    try apply(
      Pooling(.mean(countsPadding: countsPadding), size: size, stride: stride, padding: padding),
      to: [x])
  }

  public mutating func maximumPool(
    _ x: Value, size: Int, stride: Int, padding: Int = 0
  ) throws -> Value {
    try apply(Pooling(.maximum, size: size, stride: stride, padding: padding), to: [x])
  }
}
