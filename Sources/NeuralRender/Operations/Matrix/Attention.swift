import Compute
import Foundation

/// Exponentials divided by their sum, along one axis.
public struct Softmax: Operation {
  public let axis: Int
  public var name: String { "softmax" }

  public init(axis: Int) { self.axis = axis }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    try require(
      inputs[0].indices.contains(axis), "there is no axis \(axis)", found: "\(inputs[0])")
    return inputs[0]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0].elements
    let (outer, extent, inner) = Tensor.split(inputs[0].shape, at: axis)
    return Tensor(shape: inputs[0].shape) { buffer in
      for row in 0..<outer {
        for column in 0..<inner {
          let places = (0..<extent).map { (row * extent + $0) * inner + column }
          let weights = softmax(places.map { Double(x[$0]) })
          for (place, weight) in zip(places, weights) { buffer[place] = Float(weight) }
        }
      }
    }
  }
}

/// Softmax of a vector, the largest value subtracted first so that nothing overflows.
private func softmax(_ values: [Double]) -> [Double] {
  let largest = values.max() ?? 0
  let exponentials = values.map { exp($0 - largest) }
  let sum = exponentials.reduce(0, +)
  return exponentials.map { $0 / sum }
}

/// Self-attention over T positions in one or several heads.
///
/// Input: (N, heads 3 ch, T), channels ordered per head as q, k, v. Output: (N, heads ch, T) with
/// y[c, t] = sum over s of softmax_s(q[., t] k[., s] / sqrt(ch)) v[c, s].
public struct Attention: Operation {
  public let heads: Int
  public var name: String { "attention" }

  public init(heads: Int = 1) {
    precondition(heads > 0)
    self.heads = heads
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 1...1)
    let x = inputs[0]
    try require(x.count == 3, "the input is not N x channels x positions", found: "\(x)")
    try require(
      x[1] % (3 * heads) == 0, "the channels are not q, k and v of \(heads) heads",
      expected: "a multiple of \(3 * heads)", found: "\(x[1])")
    return [x[0], x[1] / 3, x[2]]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0].elements
    let (images, positions) = (inputs[0].shape[0], inputs[0].shape[2])
    let width = inputs[0].shape[1] / (3 * heads)
    return Tensor(shape: [images, heads * width, positions]) { buffer in
      for head in 0..<images * heads {
        let query = head * 3 * width * positions
        let key = query + width * positions
        let value = key + width * positions
        for target in 0..<positions {
          let scores = (0..<positions).map { source in
            (0..<width).reduce(0.0) { sum, c in
              sum + Double(x[query + c * positions + target])
                * Double(x[key + c * positions + source])
            } / Double(width).squareRoot()
          }
          let weights = softmax(scores)
          for c in 0..<width {
            var sum = 0.0
            for source in 0..<positions {
              sum += weights[source] * Double(x[value + c * positions + source])
            }
            buffer[(head * width + c) * positions + target] = Float(sum)
          }
        }
      }
    }
  }
}

extension Graph {
  public mutating func softmax(_ x: Value, axis: Int) throws -> Value {
    try apply(Softmax(axis: axis), to: [x])
  }

  public mutating func attention(_ qkv: Value, heads: Int = 1) throws -> Value {
    try apply(Attention(heads: heads), to: [qkv])
  }
}
