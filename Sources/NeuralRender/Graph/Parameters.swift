import Compute
import TensorFiles

/// Parameters of a network by key.
public struct Parameters: Sendable {
  private var tensors: [String: Tensor] = [:]
  /// Reads what is not held; nil for keys that there are not.
  private var read: (@Sendable (_ key: String) throws -> Tensor?)?

  public init() {}

  public init(_ tensors: [String: Tensor]) { self.tensors = tensors }

  /// Those of several networks, each under the name of the module that a graph has it in.
  public init(modules: [String: Parameters]) {
    read = { key in
      for (name, parameters) in modules where key.hasPrefix(name + ".") {
        return try parameters.tensor(String(key.dropFirst(name.count + 1)))
      }
      return nil
    }
  }

  public subscript(key: String) -> Tensor? { try? tensor(key) }

  /// A parameter, read now if it is not held.
  ///
  /// - Throws: when reading fails, or a number is not finite or a variance negative.
  func tensor(_ key: String) throws -> Tensor? {
    if let tensor = tensors[key] { return tensor }
    return try read?(key)
  }

  public var keys: [String] { tensors.keys.sorted() }

  /// Loads every parameter of a network's graphs, strictly.
  ///
  /// - Parameters:
  ///   - graphs: All that read from the source: what none of them reads is unknown.
  ///   - prefix: What the source puts before the graph's keys ("first_stage.renderer."). Names
  ///     without it belong to other networks and are passed over.
  ///   - isHeld: Whether they are read now. Otherwise each is read when a plan packs it, where it lies in the
  ///     file if it can be used there, and all of a large network is never in memory twice.
  ///
  /// Keys that are missing, unknown or of another shape are all listed in one error, before anything
  /// is read. Every number must be finite, and variances must not be negative.
  public init(
    of graphs: Graph..., from source: some NamedArrays, prefix: String = "", isHeld: Bool = true
  ) throws {
    let names = source.names.filter { $0.hasPrefix(prefix) }
    let present = Set(names)
    let parameters = graphs.flatMap(\.parameters)
    let wanted = Set(parameters.map { prefix + $0.key })
    var faults: [String] = []
    var misshaped: [String] = []
    for (key, value) in parameters where present.contains(prefix + key) {
      let shape = try source.header(prefix + key).shape
      if shape != value.shape { misshaped.append("\(prefix + key) \(shape) for \(value.shape)") }
    }
    let unread = Set(graphs.flatMap(\.unreadKeys).map { prefix + $0 })
    func list(_ title: String, _ keys: [String]) {
      if !keys.isEmpty { faults.append("\(title): \(keys.sorted().joined(separator: ", "))") }
    }
    list("missing", wanted.subtracting(present).sorted())
    list("unknown", present.subtracting(wanted).subtracting(unread).sorted())
    list("wrong shape", misshaped)
    guard faults.isEmpty else {
      throw ProgramError(
        .dataError, "the parameters are not this network's", file: source.file,
        found: faults.joined(separator: "; "),
        hint: present.isEmpty ? "nothing in the file begins with \"\(prefix)\"" : nil)
    }
    let count = parameters.reduce(0) { $0 + $1.value.shape.reduce(1, *) }
    try MemoryBudget.require(MemoryBudget.product(count, 4), for: "the network's weights")
    let variances = Set(graphs.flatMap(\.variances))
    let keys = Set(parameters.map(\.key))
    let read: @Sendable (String) throws -> Tensor? = { key in
      guard keys.contains(key) else { return nil }
      // Those of the parameter before it: it has been packed.
      if !isHeld { source.releasePages() }
      let tensor =
        try isHeld
        ? Tensor(prefix + key, of: source) : Tensor(viewing: prefix + key, of: source)
      try tensor.checkFinite(
        "a weight of the network", file: source.file, key: prefix + key,
        least: variances.contains(key) ? 0 : nil)
      return tensor
    }
    guard isHeld else {
      self.read = read
      return
    }
    // In one order, so that of several faults the same one is named every time.
    for key in keys.sorted() { tensors[key] = try read(key) }
    source.releasePages()
  }
}

extension Graph {
  /// Keys of parameters that normalisations take the root of.
  fileprivate var variances: [String] {
    nodes.compactMap { node in
      guard case .operation(let operation, let inputs) = node.source,
        let place = operation.varianceInput, case .parameter(let key) = nodes[inputs[place]].source
      else { return nil }
      return key
    }
  }
}

extension Tensor {
  /// A named array, converted to float32 on the way.
  init(_ name: String, of arrays: some NamedArrays) throws {
    try self.init(shape: arrays.header(name).shape) { try arrays.read(name, into: $0) }
  }

  /// The same where it lies, if a mapped file holds it as it is used.
  init(viewing name: String, of arrays: some NamedArrays) throws {
    let data = try arrays.tensor(name)
    self = try data.viewed ?? Tensor(data)
  }

  /// An array of a file, converted to float32. Throws for text and complex numbers.
  public init(_ data: TensorData) throws { self.init(shape: data.shape, try data.floats()) }
}
