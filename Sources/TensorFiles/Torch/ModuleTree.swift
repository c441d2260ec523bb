/// The tensors of a checkpoint as the tree of modules that their dotted names spell.
///
/// For people who look into a file: a module's row adds up everything below it, and the tree can be
/// cut at a depth so that thousands of tensors stay readable.
public struct ModuleTree: Sendable {
  /// A module, or a tensor (which has a shape and nothing below it).
  public struct Node: Sendable {
    /// The last part of its names; several where a module has a single child.
    public internal(set) var name: String
    public internal(set) var children: [Node] = []
    public internal(set) var shape: [Int]?
    public internal(set) var tensorCount = 0
    /// Elements of all tensors: parameters and buffers.
    public internal(set) var elementCount = 0
    /// Bytes of the elements written out.
    public internal(set) var byteCount = 0
    /// In the order in which they occur.
    public internal(set) var types: [ScalarType] = []
  }

  /// A line of the listing.
  public struct Row: Sendable {
    public let node: Node
    public let level: Int
    /// Whether the node has content that is not listed.
    public let isCollapsed: Bool
  }

  public private(set) var root = Node(name: "")

  /// Parts of a name beyond this many stay together.
  static let deepest = 32
  /// A module's own tensors are listed one by one up to this many.
  static let mostTensors = 8

  public init(_ checkpoint: TorchCheckpoint) throws {
    self.init(
      try checkpoint.names.map { ($0, try checkpoint.tensor(named: $0)) }
        .map { ($0, $1.scalarType, $1.shape) })
  }

  /// tensors: dotted name, type and shape.
  public init(_ tensors: [(name: String, scalarType: ScalarType, shape: [Int])]) {
    let parts = tensors.map {
      $0.name.split(
        separator: ".", maxSplits: Self.deepest - 1, omittingEmptySubsequences: false)[...]
    }
    root = Self.node("", parts.indices.map { (tensors[$0], parts[$0]) })
  }

  private typealias Tensor = (name: String, scalarType: ScalarType, shape: [Int])

  private static func node(
    _ name: String, _ tensors: [(tensor: Tensor, rest: ArraySlice<Substring>)]
  ) -> Node {
    var node = Node(name: name)
    var order: [Substring] = []
    var groups: [Substring: [(Tensor, ArraySlice<Substring>)]] = [:]
    for (tensor, rest) in tensors {
      guard let first = rest.first else {
        node.shape = tensor.shape
        let count = tensor.shape.reduce(1, *)
        node.add(1, count, count * tensor.scalarType.size, [tensor.scalarType])
        continue
      }
      if groups[first] == nil { order.append(first) }
      groups[first, default: []].append((tensor, rest.dropFirst()))
    }
    for key in order {
      let child = Self.node(String(key), groups[key] ?? [])
      node.add(child.tensorCount, child.elementCount, child.byteCount, child.types)
      node.children.append(child)
    }
    if !name.isEmpty, node.children.count == 1, var only = node.children.first {
      only.name = "\(name).\(only.name)"
      return only
    }
    return node
  }

  /// The listing down to `depth` levels, the root left out. A module with many tensors of its own
  /// shows the first of them only.
  public func rows(depth: Int) -> [Row] {
    var rows: [Row] = []
    func list(_ node: Node, _ level: Int) {
      var shown = 0
      let own = node.children.count { $0.children.isEmpty }
      for child in node.children {
        if child.children.isEmpty {
          shown += 1
          if own > Self.mostTensors, shown > Self.mostTensors / 2 { continue }
        }
        let isCollapsed = level + 1 >= depth && !child.children.isEmpty
        rows.append(Row(node: child, level: level, isCollapsed: isCollapsed))
        if !isCollapsed { list(child, level + 1) }
      }
      if own > Self.mostTensors {
        var rest = Node(name: "... \(own - Self.mostTensors / 2) tensors more")
        let leaves = node.children.filter { $0.children.isEmpty }.dropFirst(Self.mostTensors / 2)
        for leaf in leaves {
          rest.add(leaf.tensorCount, leaf.elementCount, leaf.byteCount, leaf.types)
        }
        rows.append(Row(node: rest, level: level, isCollapsed: true))
      }
    }
    list(root, 0)
    return rows
  }

  /// The deepest listing of at most `rows` rows, but at least the first level.
  public func rows(atMost limit: Int) -> [Row] {
    var best = rows(depth: 1)
    for depth in 2...Self.deepest {
      let next = rows(depth: depth)
      if next.count > limit { break }
      best = next
    }
    return best
  }
}

extension ModuleTree.Node {
  fileprivate mutating func add(
    _ tensors: Int, _ elements: Int, _ bytes: Int, _ scalarTypes: [ScalarType]
  ) {
    tensorCount += tensors
    // Expanded tensors may add up beyond Int.
    elementCount = elementCount.addingReportingOverflow(elements).partialValue
    byteCount = byteCount.addingReportingOverflow(bytes).partialValue
    for type in scalarTypes where !types.contains(type) { types.append(type) }
  }
}
