/// The golden cases of operations (`fixtures/ops`): inputs, options and expected results.
import Compute
import Foundation
import NeuralRender
import TensorFiles
import TestSupport
import Testing

/// One recorded case of one file.
struct OperationCase {
  /// The file's name without its ending: "conv2d".
  let operation: String
  let index: Int
  let options: [String: Any]
  let inputs: [String: Tensor]
  /// Recorded tensors besides the inputs, by name without the case's prefix: "y", "gy", "grad_x".
  let recorded: [String: Tensor]

  /// What the index says, by operation.
  private static func index() throws -> [String: Any] {
    let text = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("ops/index.json")))
    return try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
  }

  /// The operations of the index that have cases.
  static func recordedOperations() throws -> [String] {
    try index().filter { ($0.value as? [String: Any])?["cases"] != nil }.keys.sorted()
  }

  /// All cases of a file, their number read from the index.
  static func all(_ operation: String) throws -> [OperationCase] {
    let entry = try #require(try index()[operation] as? [String: Any], "\(operation)")
    let cases = try #require(entry["cases"] as? [[String: Any]], "\(operation)")
    let file = try NPZFile(path: Fixtures.path("ops/\(operation).npz"))
    return try cases.enumerated().map { index, options in
      let names = try #require(options["inputs"] as? [String: [Int]])
      var inputs: [String: Tensor] = [:]
      var recorded: [String: Tensor] = [:]
      for key in file.names where key.hasPrefix("c\(index)_") {
        let name = String(key.dropFirst("c\(index)_".count))
        let tensor = try Tensor(file.tensor(key))
        // A result takes the name of an input that is also called y: that input is not in the file.
        if let shape = names[name], name != "y" {
          #expect(tensor.shape == shape, "\(operation) \(key)")
          inputs[name] = tensor
        } else {
          recorded[name] = tensor
        }
      }
      return OperationCase(
        operation: operation, index: index, options: options, inputs: inputs, recorded: recorded)
    }
  }

  func int(_ key: String, default value: Int = 0) -> Int { options[key] as? Int ?? value }
  func ints(_ key: String) -> [Int] { options[key] as? [Int] ?? [] }
  func float(_ key: String) -> Float { (options[key] as? NSNumber)?.floatValue ?? 0 }
  func double(_ key: String) -> Double? { (options[key] as? NSNumber)?.doubleValue }
  func flag(_ key: String, default value: Bool = false) -> Bool {
    options[key] as? Bool ?? value
  }
  /// An axis of a tensor of `rank` axes; negative ones count from the last.
  func axis(_ key: String, rank: Int) throws -> Int {
    try Self.axis(#require(options[key] as? Int, "\(operation) \(index): \(key)"), rank: rank)
  }
  func axes(_ key: String, rank: Int) throws -> [Int] {
    // Without axes all are meant; one may stand alone.
    let axes = options[key] as? [Int] ?? (options[key] as? Int).map { [$0] } ?? Array(0..<rank)
    return try axes.map { try Self.axis($0, rank: rank) }
  }
  private static func axis(_ axis: Int, rank: Int) throws -> Int {
    let found = axis < 0 ? axis + rank : axis
    try #require((0..<rank).contains(found), "axis \(axis) of \(rank)")
    return found
  }
  func text(_ key: String) -> String { options[key] as? String ?? "" }

  /// Padding as [left, right, top, bottom].
  func padding(_ key: String, _ mode: String) throws -> Padding {
    let sides = ints(key)
    try #require(sides.count == 4)
    let modes: [String: Padding.Mode] = [
      "zeros": .zeros, "reflect": .reflect, "replicate": .replicate,
    ]
    return Padding(
      left: sides[0], right: sides[1], top: sides[2], bottom: sides[3],
      mode: try #require(modes[mode]))
  }

  /// A graph with the case's inputs and one output per result.
  ///
  /// - Parameter isInput: which of them are given at every run; the others are constants.
  func graph(
    isInput: (String) -> Bool = { _ in true },
    _ build: (OperationCase, inout Graph, [String: Graph.Value]) throws -> [String: Graph.Value]
  ) throws -> Graph {
    var graph = Graph()
    var values: [String: Graph.Value] = [:]
    for (name, tensor) in inputs.sorted(by: { $0.key < $1.key }) {
      values[name] =
        isInput(name) ? graph.input(name, shape: tensor.shape) : graph.constant(tensor)
    }
    for (name, value) in try build(self, &graph, values) { graph.output(name, value) }
    return graph
  }
}

/// The largest difference divided by max(1, largest expected magnitude); infinite if shapes or nans
/// differ.
func relativeError(_ found: Tensor, _ expected: Tensor) -> Float {
  guard found.shape == expected.shape else { return .infinity }
  let largest = expected.elements.reduce(Float(1)) { max($0, abs($1)) }
  var worst: Float = 0
  for (one, other) in zip(found.elements, expected.elements) where one != other {
    guard (one - other).isFinite else { return .infinity }
    worst = max(worst, abs(one - other))
  }
  return worst / largest
}
