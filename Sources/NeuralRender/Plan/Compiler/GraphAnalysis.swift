/// What a graph says before anything is planned: who reads a node, and what it depends on.
struct GraphAnalysis: Sendable {
  /// Live nodes that read each node.
  let consumers: [[Int]]
  /// Nodes that depend on parameters and constants only.
  let isConstant: [Bool]
  /// Nodes that a result depends on.
  let isLive: [Bool]
  /// Nodes that are results.
  let outputs: Set<Int>

  init(_ graph: Graph) {
    var consumers = [[Int]](repeating: [], count: graph.nodes.count)
    var isConstant = [Bool](repeating: false, count: graph.nodes.count)
    let isLive = Self.liveNodes(of: graph)
    for (index, node) in graph.nodes.enumerated() {
      switch node.source {
      case .input: break
      case .parameter, .constant: isConstant[index] = true
      case .operation(_, let operands):
        isConstant[index] = operands.allSatisfy { isConstant[$0] }
        if isLive[index] { for operand in operands { consumers[operand].append(index) } }
      }
    }
    self.consumers = consumers
    self.isConstant = isConstant
    self.isLive = isLive
    outputs = Set(graph.outputs.map(\.value.index))
  }

  private static func liveNodes(of graph: Graph) -> [Bool] {
    var isLive = [Bool](repeating: false, count: graph.nodes.count)
    for (_, value) in graph.outputs { isLive[value.index] = true }
    for index in graph.nodes.indices.reversed() where isLive[index] {
      guard case .operation(_, let operands) = graph.nodes[index].source else { continue }
      for operand in operands { isLive[operand] = true }
    }
    return isLive
  }

  /// The one node that reads a node which is no result itself.
  func onlyConsumer(of index: Int) -> Int? {
    consumers[index].count == 1 && !outputs.contains(index) ? consumers[index][0] : nil
  }
}
