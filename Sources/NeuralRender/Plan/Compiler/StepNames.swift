extension Graph {
  /// What steps, profiles and quantizations call the nodes, each name once: "model.start convolution"; the
  /// second of a kind in one module is "model.start convolution 2".
  var stepNames: [String] {
    var seen: [String: Int] = [:]
    return nodes.map { node in
      guard case .operation(let operation, _) = node.source else { return node.module }
      let name = node.module.isEmpty ? operation.name : "\(node.module) \(operation.name)"
      seen[name, default: 0] += 1
      return seen[name] == 1 ? name : "\(name) \(seen[name] ?? 0)"
    }
  }
}
