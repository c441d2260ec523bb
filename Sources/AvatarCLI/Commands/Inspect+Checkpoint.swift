import Avatar
import Compute
import NeuralRender
import TensorFiles

extension Inspect {
  /// A screen of modules.
  static let mostRows = 48

  /// What a PyTorch checkpoint is, and its modules with their sizes.
  func inspectCheckpoint(_ path: String) throws {
    let checkpoint = try TorchCheckpoint(path: path)
    let tree = try ModuleTree(checkpoint)
    say(
      "\(path): PyTorch checkpoint (\(checkpoint.container.rawValue)), "
        + "\(Self.grouped(tree.root.tensorCount)) tensors, "
        + "\(Self.grouped(tree.root.elementCount)) values, \(Self.bytes(checkpoint.fileSize))")
    if checkpoint.hasStateDict {
      row(
        "besides state_dict",
        checkpoint.topLevelKeys.filter { $0 != "state_dict" }.listed(most: 40))
    }
    for key in ["epoch", "global_step", "pytorch-lightning_version"] {
      if let value = checkpoint.values[key] {
        row(key, value.string ?? value.integer.map(String.init) ?? "")
      }
    }
    let networks = KnownNetwork.all(in: checkpoint)
    for network in networks.prefix(Self.mostRows) {
      let place = network.prefix.isEmpty ? "" : " (\(network.prefix.dropLast()))"
      say("it holds \(network.kind.rawValue)\(place): \(network.sizes)")
    }
    let kinds = Set(networks.map(\.kind))
    let missing = Self.dinarCreation.filter { !kinds.contains($0) }
    if missing.isEmpty { say("use it: avatar create dinar DATA --checkpoint \(path) -o people/") }
    if kinds.contains(.dinarRenderer) {
      say(
        "\(missing.isEmpty ? "        " : "use it: ")"
          + "avatar import dinar PERSON.pkl --checkpoint \(path) -o PERSON.safetensors")
    }
    if networks.contains(where: { $0.kind == .sampler || $0.kind == .refiner }) {
      say(
        "use it: avatar create sample-refine PHOTO --checkpoint FOLDER -o ME.safetensors, with the "
          + "folder that holds sampler and refiner")
    }
    printTree(tree)
    var findings = Findings(path: path)
    findings.notes = checkpoint.notes
    if !missing.isEmpty, missing.count < Self.dinarCreation.count {
      findings.notes.append(
        "avatar create dinar cannot be used with it: "
          + "\(missing.map(\.rawValue).joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") "
          + "missing")
    }
    if networks.isEmpty {
      findings.notes.append(
        "this is no network that the program knows: its keys are neither DINAR's nor Sample&Refine's"
      )
    }
    do {
      try checkpoint.verify()
    } catch {
      findings.add(error, "damaged")
    }
    try finish(findings)
  }

  /// The networks that `create dinar` runs.
  private static let dinarCreation: [KnownNetwork.Kind] = [
    .dinarEncoder, .dinarGenerator, .dinarCompression, .dinarRenderer, .dinarDiffusion,
  ]

  private func printTree(_ tree: ModuleTree) {
    let all = depth.map { tree.rows(depth: $0) } ?? tree.rows(atMost: Self.mostRows)
    let rows = depth == nil ? all.prefix(2 * Self.mostRows) : all[...]
    let names = rows.map { row in
      String(repeating: "  ", count: row.level) + row.node.name.shortened(to: 100).printable()
        + (row.isCollapsed && !row.node.children.isEmpty ? ".*" : "")
    }
    let width = (names.map(\.count).max() ?? 0) + 2
    say(
      "  " + Self.padded("module", width) + Self.padded("tensors", 9, right: true)
        + Self.padded("values", 14, right: true) + Self.padded("size", 11, right: true)
        + "  type, shape")
    for (name, row) in zip(names, rows) {
      let node = row.node
      let types = node.types.map(\.description).joined(separator: ", ")
      say(
        "  " + Self.padded(name, width)
          + Self.padded(node.shape == nil ? Self.grouped(node.tensorCount) : "", 9, right: true)
          + Self.padded(Self.grouped(node.elementCount), 14, right: true)
          + Self.padded(Self.bytes(node.byteCount), 11, right: true) + "  " + types
          + (node.shape.map { ", " + shape($0) } ?? ""))
    }
    if rows.count < all.count { say("  ... \(all.count - rows.count) rows more") }
  }

  private static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(width - text.count, 1))
    return right ? space + text : text + space
  }

  /// 18994818 as 18,994,818.
  private static func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var position = digits.count - 3
    while position > (number < 0 ? 1 : 0) {
      digits.insert(",", at: position)
      position -= 3
    }
    return String(digits)
  }

  private static func bytes(_ count: Int) -> String {
    if count < 1000 { return "\(count) B" }
    let units = ["kB", "MB", "GB", "TB"]
    var value = Double(count) / 1000
    var unit = 0
    while value >= 999.95, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return "\((value * 10).rounded() / 10) \(units[unit])"
  }
}
