import Compute
import Foundation

/// A function of every element on its own.
public struct Elementwise: Operation {
  public enum Function: Sendable, Hashable {
    /// gain x for x > 0, gain slope x below: slope 0 is the rectifier.
    case leakyReLU(slope: Float, gain: Float)
    /// x sigmoid(x).
    case silu
    /// x times the normal distribution's function, or its approximation by tanh.
    case gelu(approximate: Bool)
    case tanh, sigmoid
    /// log(1 + exp(x)), without overflow.
    case softplus
    case exp, log, absolute, square, squareRoot, reciprocalSquareRoot
    case clamp(ClosedRange<Float>)
    /// scale x + offset.
    case affine(scale: Float, offset: Float)
  }

  public let function: Function
  public var name: String { "\(function)" }

  public init(_ function: Function) { self.function = function }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    return inputs[0]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    Tensor(shape: inputs[0].shape, inputs[0].elements.map { Float(function.value(Double($0))) })
  }
}

extension Elementwise.Function {
  /// The function in double precision.
  func value(_ x: Double) -> Double {
    switch self {
    case .leakyReLU(let slope, let gain): Double(gain) * (x > 0 ? x : Double(slope) * x)
    case .silu: x * Self.sigmoid.value(x)
    case .gelu(approximate: false): x * 0.5 * erfc(-x / 2.0.squareRoot())
    case .gelu(approximate: true):
      0.5 * x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .tanh: Foundation.tanh(x)
    case .sigmoid: 1 / (1 + Foundation.exp(-x))
    case .softplus: max(x, 0) + log1p(Foundation.exp(-Swift.abs(x)))
    case .exp: Foundation.exp(x)
    case .log: Foundation.log(x)
    case .absolute: Swift.abs(x)
    case .square: x * x
    case .squareRoot: x.squareRoot()
    case .reciprocalSquareRoot: 1 / x.squareRoot()
    case .clamp(let range): min(max(x, Double(range.lowerBound)), Double(range.upperBound))
    case .affine(let scale, let offset): Double(scale) * x + Double(offset)
    }
  }
}

extension Graph {
  public mutating func elementwise(
    _ x: Value, _ function: Elementwise.Function
  ) throws -> Value {
    try apply(Elementwise(function), to: [x])
  }

  public mutating func relu(_ x: Value) throws -> Value {
    try elementwise(x, .leakyReLU(slope: 0, gain: 1))
  }

  public mutating func leakyReLU(_ x: Value, slope: Float, gain: Float = 1) throws -> Value {
    try elementwise(x, .leakyReLU(slope: slope, gain: gain))
  }

  public mutating func silu(_ x: Value) throws -> Value { try elementwise(x, .silu) }

  public mutating func tanh(_ x: Value) throws -> Value { try elementwise(x, .tanh) }

  public mutating func sigmoid(_ x: Value) throws -> Value { try elementwise(x, .sigmoid) }

  public mutating func clamp(_ x: Value, to range: ClosedRange<Float>) throws -> Value {
    try elementwise(x, .clamp(range))
  }

  /// scale x + offset.
  public mutating func affine(_ x: Value, scale: Float = 1, offset: Float = 0) throws -> Value {
    try elementwise(x, .affine(scale: scale, offset: offset))
  }

  /// StyleGAN2's activation: the bias (C) is added per channel, then leaky ReLU 0.2 times sqrt 2.
  ///
  /// Channels are axis 1; of a matrix, the last.
  public mutating func fusedLeakyReLU(_ x: Value, bias: Value) throws -> Value {
    let biased = try add(x, perChannel(bias, rank: x.shape.count))
    return try leakyReLU(biased, slope: 0.2, gain: Float(2).squareRoot())
  }

  /// A vector (C) as (1, C, 1, ...), to be combined with values of `rank` axes.
  public mutating func perChannel(_ vector: Value, rank: Int) throws -> Value {
    let count = vector.shape.reduce(1, *)
    return try reshape(vector, [1, count] + [Int](repeating: 1, count: max(rank - 2, 0)))
  }
}
