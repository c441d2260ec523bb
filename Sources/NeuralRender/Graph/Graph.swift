import Compute

/// A network as a value: nodes in the order of computation, each with a static shape.
///
/// Networks are functions that append nodes: `try graph.convolution(x, weight: w, stride: 2)`. A graph
/// is a description only; `ReferenceExecutor` evaluates it the obvious way, a plan the fast way.
/// Layout is N x C x H x W.
public struct Graph: Sendable {
  /// Handle of a node's output. Valid in the graph that made it and in that graph's copies.
  public struct Value: Hashable, Sendable {
    /// Position of the node in `nodes`.
    public let index: Int
    public let shape: [Int]
  }

  /// Where a node's values come from.
  public enum Source: Sendable {
    /// Given at every run.
    case input(name: String)
    /// Loaded once, by the key that the checkpoint has.
    case parameter(key: String)
    case constant(Tensor)
    case operation(any Operation, inputs: [Int])
  }

  public struct Node: Sendable {
    public let source: Source
    public let shape: [Int]
    /// The module that the node belongs to, as checkpoints name it ("model.start"); empty outside.
    public let module: String
  }

  public private(set) var nodes: [Node] = []
  /// The inputs by name, in the order they were added.
  public private(set) var inputs: [(name: String, value: Value)] = []
  /// The results by name, in the order they were marked.
  public private(set) var outputs: [(name: String, value: Value)] = []
  /// The parameters that nodes read, in the order they were added.
  public private(set) var parameters: [(key: String, value: Value)] = []
  /// Keys that a file may hold for this network although no node reads them (counters).
  public private(set) var unreadKeys: Set<String> = []
  private var parameterOfKey: [String: Value] = [:]
  private var module: [String] = []

  public init() {}

  /// The most elements that a value may have. What is computed from shapes (sums of sizes, byte counts)
  /// cannot overflow below it.
  public static let mostElements = 1 << 40
  /// The largest extent, 2^31 - 1: pieces of images are told by 32-bit numbers.
  public static let largestExtent = Int(Int32.max)

  /// Elements of the largest value that is not a parameter.
  var largestCount: Int {
    nodes.reduce(0) { most, node in
      switch node.source {
      case .parameter: most
      default: max(most, Indexing.count(node.shape) ?? Self.mostElements)
      }
    }
  }

  /// Adds an input.
  public mutating func input(_ name: String, shape: [Int]) -> Value {
    precondition(!inputs.contains { $0.name == name }, "two inputs are called \(name)")
    let value = append(.input(name: name), shape)
    inputs.append((name, value))
    return value
  }

  /// The parameter with a key under the current module, added if no node has read it yet.
  ///
  /// Throws when the same key was read with another shape, or a shape is too large.
  public mutating func parameter(_ key: String, shape: [Int]) throws -> Value {
    let key = (module + [key]).joined(separator: ".")
    if let value = parameterOfKey[key] {
      guard value.shape == shape else {
        throw ProgramError(
          .software, "a parameter is read with two shapes", key: key, expected: "\(value.shape)",
          found: "\(shape)")
      }
      return value
    }
    guard Indexing.count(shape) != nil else { throw Self.tooLarge("the parameter", shape, key) }
    let value = append(.parameter(key: key), shape)
    parameterOfKey[key] = value
    parameters.append((key, value))
    return value
  }

  /// Says that files hold a key under the current module that the network does not read.
  public mutating func leaveUnread(_ key: String) {
    unreadKeys.insert((module + [key]).joined(separator: "."))
  }

  public mutating func constant(_ tensor: Tensor) -> Value {
    append(.constant(tensor), tensor.shape)
  }

  /// Adds an operation on values of this graph.
  ///
  /// Throws when the operation does not accept their shapes.
  public mutating func apply(_ operation: some Operation, to inputs: [Value]) throws -> Value {
    let shape: [Int]
    do {
      shape = try operation.outputShape(inputs.map(\.shape))
    } catch {
      let place = module.isEmpty ? "" : " in \(module.joined(separator: "."))"
      let shapes = inputs.map { "\($0.shape)" }.joined(separator: ", ")
      throw ProgramError(
        .dataError, "\(operation.name)\(place) of \(shapes): \(error.what)",
        expected: error.expected, found: error.found)
    }
    guard Indexing.count(shape) != nil else {
      throw Self.tooLarge(operation.name, shape, module.joined(separator: "."))
    }
    precondition(inputs.allSatisfy { $0.index < nodes.count && nodes[$0.index].shape == $0.shape })
    return append(.operation(operation, inputs: inputs.map(\.index)), shape)
  }

  /// Names a value as a result.
  public mutating func output(_ name: String, _ value: Value) {
    precondition(!outputs.contains { $0.name == name }, "two outputs are called \(name)")
    outputs.append((name, value))
  }

  /// Adds what `body` adds as a module: keys inside begin with its name.
  public mutating func module<R>(
    _ name: String, _ body: (inout Graph) throws -> R
  ) rethrows -> R {
    module.append(name)
    defer { module.removeLast() }
    return try body(&self)
  }

  private static func tooLarge(_ what: String, _ shape: [Int], _ key: String) -> ProgramError {
    ProgramError(
      .dataError, "\(what) has no possible size", key: key.isEmpty ? nil : key,
      expected: "extents of 0 to \(largestExtent), at most 2^40 elements", found: "\(shape)")
  }

  private mutating func append(_ source: Source, _ shape: [Int]) -> Value {
    nodes.append(Node(source: source, shape: shape, module: module.joined(separator: ".")))
    return Value(index: nodes.count - 1, shape: shape)
  }
}
