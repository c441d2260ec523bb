import TensorFiles

/// How a network is told from the names and shapes of a checkpoint's tensors.
struct NetworkRecognition: Sendable {
  /// A key that only this network has, below its prefix.
  let mark: String
  /// Its sizes in words; nil if keys or axes are missing that the network cannot be without.
  let sizes: @Sendable (NetworkShapes) -> String?
}

/// The shapes of a checkpoint's tensors below a prefix.
struct NetworkShapes {
  let checkpoint: TorchCheckpoint
  private let names: [String]
  private let prefix: String

  init(_ checkpoint: TorchCheckpoint) {
    self.init(checkpoint, checkpoint.names, prefix: "")
  }

  private init(_ checkpoint: TorchCheckpoint, _ names: [String], prefix: String) {
    self.checkpoint = checkpoint
    self.names = names
    self.prefix = prefix
  }

  /// The same tensors by what follows a prefix.
  func below(_ prefix: String) -> NetworkShapes {
    NetworkShapes(checkpoint, names, prefix: self.prefix + prefix)
  }

  /// What stands before `key` in names that end with it.
  func prefixes(of key: String) -> [String] {
    names.filter { $0 == key || $0.hasSuffix("." + key) }.map { String($0.dropLast(key.count)) }
  }

  func contains(_ key: String) -> Bool { checkpoint.contains(prefix + key) }

  /// The shape of a tensor if it has `axes` axes.
  func shape(_ key: String, axes: Int) -> [Int]? {
    guard let shape = try? checkpoint.tensor(named: prefix + key).shape, shape.count == axes else {
      return nil
    }
    return shape
  }

  /// Number of consecutive i from 0 on for which start + i + rest exists.
  func count(_ start: String, _ rest: String) -> Int {
    var index = 0
    while contains("\(start)\(index)\(rest)") { index += 1 }
    return index
  }

  /// "1 level", "2 levels".
  static func words(_ count: Int, _ one: String) -> String {
    "\(count) \(one)" + (count == 1 ? "" : "s")
  }
}
