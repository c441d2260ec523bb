import Compute
import Foundation

/// Arithmetic of two values, stretched to a common shape: axes align at the end, extents are equal or
/// one of them is 1.
public struct Arithmetic: Operation {
  public enum Function: Sendable, Hashable {
    case add, subtract, multiply, divide, minimum, maximum
    /// 1 where the first is less than the second, else 0.
    case less
  }

  public let function: Function
  public var name: String { "\(function)" }

  public init(_ function: Function) { self.function = function }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...2)
    guard let shape = Indexing.broadcast(inputs[0], inputs[1]) else {
      throw ShapeError("the shapes do not stretch to a common one")
    }
    return shape
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let shape = Self.accepted { () throws(ShapeError) in try outputShape(inputs.map(\.shape)) }
    let (a, b) = (inputs[0].elements, inputs[1].elements)
    let left = Indexing.broadcastStrides(inputs[0].shape, to: shape)
    let right = Indexing.broadcastStrides(inputs[1].shape, to: shape)
    return Tensor(shape: shape) { position in
      let x = a[Indexing.offset(position, left)]
      let y = b[Indexing.offset(position, right)]
      return switch function {
      case .add: x + y
      case .subtract: x - y
      case .multiply: x * y
      case .divide: x / y
      case .minimum: Swift.min(x, y)
      case .maximum: Swift.max(x, y)
      case .less: x < y ? 1 : 0
      }
    }
  }
}

/// The second value where the first is not 0, else the third; all three stretch to a common shape.
public struct Select: Operation {
  public var name: String { "select" }

  public init() {}

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 3...3)
    guard let two = Indexing.broadcast(inputs[0], inputs[1]),
      let shape = Indexing.broadcast(two, inputs[2])
    else { throw ShapeError("the shapes do not stretch to a common one") }
    return shape
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let shape = Self.accepted { () throws(ShapeError) in try outputShape(inputs.map(\.shape)) }
    let strides = inputs.map { Indexing.broadcastStrides($0.shape, to: shape) }
    return Tensor(shape: shape) { position in
      let chosen = inputs[0][Indexing.offset(position, strides[0])] != 0 ? 1 : 2
      return inputs[chosen][Indexing.offset(position, strides[chosen])]
    }
  }
}

extension Graph {
  public mutating func add(_ a: Value, _ b: Value) throws -> Value {
    try apply(Arithmetic(.add), to: [a, b])
  }

  public mutating func subtract(_ a: Value, _ b: Value) throws -> Value {
    try apply(Arithmetic(.subtract), to: [a, b])
  }

  public mutating func multiply(_ a: Value, _ b: Value) throws -> Value {
    try apply(Arithmetic(.multiply), to: [a, b])
  }

  public mutating func divide(_ a: Value, _ b: Value) throws -> Value {
    try apply(Arithmetic(.divide), to: [a, b])
  }

  public mutating func less(_ a: Value, _ b: Value) throws -> Value {
    try apply(Arithmetic(.less), to: [a, b])
  }

  public mutating func select(_ condition: Value, _ a: Value, else b: Value) throws -> Value {
    try apply(Select(), to: [condition, a, b])
  }

  /// a m + b (1 - m).
  public mutating func blend(_ a: Value, _ b: Value, mask m: Value) throws -> Value {
    try add(multiply(a, m), multiply(b, affine(m, scale: -1, offset: 1)))
  }
}
