import Compute

/// Evaluates a graph node by node with the scalar references: slow, obvious, the oracle of plans.
public struct ReferenceExecutor: Sendable {
  public let graph: Graph
  public let parameters: Parameters

  public init(_ graph: Graph, parameters: Parameters = Parameters()) {
    self.graph = graph
    self.parameters = parameters
  }

  /// The outputs by name.
  ///
  /// Throws when an input is missing, unknown or of another shape, or a parameter was not loaded.
  public func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
    let values = try values(inputs)
    return Dictionary(
      uniqueKeysWithValues: graph.outputs.map { ($0.name, values[$0.value.index]) })
  }

  /// The values of all nodes; see `run`.
  func values(_ inputs: [String: Tensor]) throws -> [Tensor] {
    let given = try graph.checked(inputs, parameters)
    var values: [Tensor] = []
    for (index, node) in graph.nodes.enumerated() {
      switch node.source {
      case .operation(let operation, let operands):
        let result = operation.reference(operands.map { values[$0] })
        precondition(
          result.shape == node.shape, "\(operation.name) gave \(result.shape) for \(node.shape)")
        values.append(result)
      case .constant(let tensor): values.append(tensor)
      case .input, .parameter:
        guard let tensor = given[index] else { preconditionFailure("unchecked inputs") }
        values.append(tensor)
      }
    }
    return values
  }
}

extension Graph {
  /// The tensors of inputs and parameters by node, checked against the graph.
  func checked(_ inputs: [String: Tensor], _ parameters: Parameters) throws -> [Int: Tensor] {
    var values: [Int: Tensor] = [:]
    for (name, tensor) in inputs.sorted(by: { $0.key < $1.key }) {
      guard let value = self.inputs.first(where: { $0.name == name })?.value else {
        throw ProgramError(
          .software, "the network has no such input", key: name,
          expected: self.inputs.map(\.name).joined(separator: ", "))
      }
      guard value.shape == tensor.shape else {
        throw ProgramError(
          .software, "the network was made for another size of input", key: name,
          expected: "\(value.shape)", found: "\(tensor.shape)")
      }
      values[value.index] = tensor
    }
    for (name, value) in self.inputs where values[value.index] == nil {
      throw ProgramError(.software, "an input of the network is missing", key: name)
    }
    for (key, value) in self.parameters {
      guard let tensor = parameters[key], tensor.shape == value.shape else {
        throw ProgramError(
          .software, "a parameter of the network was not loaded", key: key,
          expected: "\(value.shape)", found: parameters[key].map { "\($0.shape)" })
      }
      values[value.index] = tensor
    }
    return values
  }
}
