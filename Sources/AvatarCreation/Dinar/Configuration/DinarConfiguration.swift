import Compute
import Foundation
import NeuralRender
import Yams

/// What DINAR's configuration says that the shapes of its weights cannot tell.
///
/// Matches: `configs/eval.yaml` of the released code, the entries named below; everything else in the
/// file is passed over. Paths in it are as they were written, relative to where DINAR was started.
public struct DinarConfiguration: Sendable, Hashable {
  /// The file, for errors; nil for the released values.
  public var path: String?
  /// `num_heads` of the diffusion U-Net (8).
  public var attentionHeads = 8
  /// `num_head_channels`, which overrides the number of heads where it is not -1.
  public var attentionHeadChannels: Int?
  /// `smplx_path`: the folder of bodies.
  public var bodyFolder: String?
  /// `v_inds_path`'s folder: the uv tables.
  public var tableFolder: String?

  /// The released values.
  public init() {}

  /// The largest configuration that is read, in bytes; the released one has four thousand.
  private static let mostBytes = 1 << 20
  /// References to anchors: a few dozen can unfold to more than any memory holds, and keys of mappings
  /// are unfolded to be compared.
  private static let mostAliases = 32

  /// Reads a configuration.
  ///
  /// - Throws: `dataError` for text that is no YAML, and for a number out of range.
  public init(path: String) throws {
    self.init()
    self.path = path
    // One byte more tells a file that is too long from one that just fits.
    let bytes = try InputFile.head(path, count: Self.mostBytes + 1)
    guard bytes.count <= Self.mostBytes, let text = String(validating: bytes, as: UTF8.self) else {
      throw ProgramError(
        .dataError, "the configuration is no YAML", file: path,
        expected: "text of at most \(Self.mostBytes) bytes",
        found: bytes.count > Self.mostBytes ? "a longer file" : "bytes that are no text")
    }
    let aliases = Self.aliasCount(in: text)
    guard aliases <= Self.mostAliases else {
      throw ProgramError(
        .dataError, "the configuration refers to its own parts too often", file: path,
        expected: "at most \(Self.mostAliases) aliases (*name)", found: "\(aliases)")
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      // Behind the reason comes the line, which may be any text.
      let reason = "\(error)".split(separator: "\n").prefix(2).joined(separator: " ")
      throw ProgramError(
        .dataError, "the configuration is no YAML", file: path, found: reason.shortened(to: 200))
    }
    guard let root, root.mapping != nil else {
      throw ProgramError(
        .dataError, "the configuration is no YAML", file: path, expected: "a mapping",
        found: root == nil ? "nothing" : "another kind of value",
        hint: "DINAR's is configs/eval.yaml")
    }
    try read(root, path: path)
  }

  /// The configuration for a checkpoint: the one given, or `eval.yaml` beside the checkpoint or in
  /// `configs` there, or the released values.
  public static func find(given: String?, checkpoint: String) throws -> DinarConfiguration {
    if let given { return try DinarConfiguration(path: given) }
    let folder = PathParts(checkpoint).folder
    for name in ["eval.yaml", "configs/eval.yaml"]
    where FileManager.default.fileExists(atPath: folder + name) {
      return try DinarConfiguration(path: folder + name)
    }
    return DinarConfiguration()
  }

  /// Asterisks where a value may begin, with a name behind.
  private static func aliasCount(in text: String) -> Int {
    let bytes = text.utf8
    let separators = Set(" \t\r\n[]{},:-?".utf8)
    var (count, before) = (0, UInt8(ascii: "\n"))
    for (byte, next) in zip(bytes, bytes.dropFirst()) {
      if byte == UInt8(ascii: "*"), separators.contains(before), !separators.contains(next) {
        count += 1
      }
      before = byte
    }
    return count
  }

  /// How the attention of the diffusion U-Net shares its channels.
  var heads: DinarDiffusionSizes.Heads {
    attentionHeadChannels.map { .channels($0) } ?? .count(attentionHeads)
  }

  private mutating func read(_ root: Node, path: String) throws {
    func number(_ keys: [String], _ range: ClosedRange<Int>) throws -> Int? {
      guard let node = root.at(keys) else { return nil }
      guard let value = node.int, range.contains(value) else {
        throw ProgramError(
          .dataError, "the configuration has another number there", file: path,
          key: keys.joined(separator: "."),
          expected: "\(range.lowerBound) to \(range.upperBound)",
          found: node.string?.shortened(to: 40) ?? "no number")
      }
      return value
    }
    let network = ["runner", "params", "unet_config", "params"]
    // -1 is the network's way to say that the other one of the two counts.
    func given(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
      root.at(network + [key])?.int == -1 ? nil : try number(network + [key], range)
    }
    attentionHeads = try given("num_heads", 1...1024) ?? attentionHeads
    attentionHeadChannels = try given("num_head_channels", 1...65536)
    let data = ["test_dataloader", "params"]
    bodyFolder = root.at(data + ["smplx_path"])?.string
    tableFolder = (root.at(data + ["v_inds_path"])?.string).map { PathParts($0).folder }
  }
}

extension Node {
  /// The value below keys of nested mappings.
  fileprivate func at(_ keys: [String]) -> Node? {
    keys.reduce(self as Node?) { node, key in node?.mapping?[Node(key)] }
  }
}
