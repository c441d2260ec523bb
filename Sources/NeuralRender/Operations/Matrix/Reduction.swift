import Compute

/// One number for all elements along some axes, which stay with the extent 1.
public struct Reduction: Operation {
  public enum Function: Sendable, Hashable {
    case sum, mean
    /// Mean squared distance from the mean.
    case variance
    /// The same with one count less below the fraction.
    case unbiasedVariance
    /// Square root of the sum of squares.
    case norm
  }

  public let function: Function
  public let axes: [Int]
  public var name: String { "\(function)" }

  public init(_ function: Function, axes: [Int]) {
    self.function = function
    self.axes = axes
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    try require(
      Set(axes).count == axes.count && axes.allSatisfy(inputs[0].indices.contains),
      "the axes are not the input's", expected: "\(inputs[0].count) axes", found: "\(axes)")
    return inputs[0].indices.map { axes.contains($0) ? 1 : inputs[0][$0] }
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0]
    let shape = Self.accepted { () throws(ShapeError) in try outputShape([x.shape]) }
    let strides = Indexing.strides(x.shape)
    let inner = axes.map { x.shape[$0] }
    let innerStrides = axes.map { strides[$0] }
    return Tensor(shape: shape) { position in
      let first = Indexing.offset(position, strides)
      var values: [Double] = []
      Indexing.forEach(inner) { place, _ in
        values.append(Double(x[first + Indexing.offset(place, innerStrides)]))
      }
      let sum = values.reduce(0, +)
      let count = Double(values.count)
      func squares(around centre: Double) -> Double {
        values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
      }
      return switch function {
      case .sum: Float(sum)
      case .mean: Float(sum / count)
      case .variance: Float(squares(around: sum / count) / count)
      case .unbiasedVariance: Float(squares(around: sum / count) / (count - 1))
      case .norm: Float(squares(around: 0).squareRoot())
      }
    }
  }
}

extension Graph {
  public mutating func reduce(
    _ x: Value, _ function: Reduction.Function, axes: [Int]
  ) throws -> Value {
    try apply(Reduction(function, axes: axes), to: [x])
  }

  /// The image with one more channel: how much samples of a group differ (StyleGAN2's discriminator).
  ///
  /// Groups have min(N, 4) samples, taken N / group apart; the deviation sqrt(variance + 1e-8) over a
  /// group is averaged over channels and pixels.
  public mutating func appendingMinibatchDeviation(_ x: Value) throws -> Value {
    guard x.shape.count == 4, x.shape[0] > 0 else {
      throw ProgramError(
        .dataError, "minibatch deviation: the input is not N x C x H x W", found: "\(x.shape)")
    }
    let group = min(x.shape[0], 4)
    let grouped = try reshape(x, [group, x.shape[0] / group, x.shape.dropFirst().reduce(1, *)])
    let variance = try reduce(grouped, .variance, axes: [0])
    let deviation = try elementwise(affine(variance, offset: 1e-8), .squareRoot)
    let mean = try reshape(
      reduce(deviation, .mean, axes: [2]), [x.shape[0] / group, 1, 1, 1])
    return try concatenate([
      x, repeated(mean, [group, 1, x.shape[2], x.shape[3]]),
    ])
  }
}
