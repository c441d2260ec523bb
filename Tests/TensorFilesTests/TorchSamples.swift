/// Checkpoints written by hand, so that everything in them can lie.
import Compute
import Foundation

@testable import TensorFiles

/// Pickles as text (protocol 0, with the binary code `Q` for persistent ids).
enum TorchText {
  static func storage(
    _ key: String = "0", type: String = "FloatStorage", count: Int = 6,
    device: String = "cpu"
  ) -> String {
    "(S'storage'\nctorch\n\(type)\nS'\(key)'\nS'\(device)'\nI\(count)\ntQ"
  }

  static func tensor(
    _ storage: String = storage(), offset: Int = 0, shape: [Int] = [2, 3], strides: [Int] = [3, 1]
  ) -> String {
    "ctorch._utils\n_rebuild_tensor_v2\n(\(storage)I\(offset)\n\(tuple(shape))\(tuple(strides))"
      + "I00\nccollections\nOrderedDict\n(tRtR"
  }

  static func tuple(_ values: [Int]) -> String {
    "(" + values.map { "I\($0)\n" }.joined() + "t"
  }

  static func dict(_ entries: [(String, String)]) -> String {
    "(d" + entries.map { "S'\($0.0)'\n\($0.1)s" }.joined()
  }
}

struct TorchSample {
  /// The object, as pickle codes without the end.
  var object = TorchText.dict([("w", TorchText.tensor())])
  var storages: [(String, [UInt8])] = [("0", TorchSample.values)]
  var deflates = false
  var extra: [HandmadeZip.Entry] = []

  static let floats: [Float] = [0, 1, 2, 3, 4, 5]
  static let values = floats.withUnsafeBytes { [UInt8]($0) }

  var zip: HandmadeZip {
    var zip = HandmadeZip(HandmadeZip.Entry("m/data.pkl", Array((object + ".").utf8)))
    zip.entries += storages.map { HandmadeZip.Entry("m/data/\($0.0)", $0.1) } + extra
    if deflates { for index in zip.entries.indices { zip.entries[index].deflates = true } }
    return zip
  }

  /// The older stream; keys: what its list of storages says.
  func legacy(keys: [String]? = nil, count: Int? = nil) -> [UInt8] {
    var bytes = FileKind.torchStreamStart + [0x2e] + Array("I1001\n.".utf8)
    bytes += Array("(dS'little_endian'\nI01\ns.".utf8) + Array((object + ".").utf8)
    let keys = keys ?? storages.map(\.0)
    bytes += Array(("(l" + keys.map { "S'\($0)'\na" }.joined() + ".").utf8)
    for (_, content) in storages {
      bytes += HandmadeZip.little(count ?? content.count / 4, 8) + content
    }
    return bytes
  }

  static func read(_ bytes: [UInt8]) throws -> TorchCheckpoint {
    let path = NPZTests.scratch("hand.ckpt")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try TorchCheckpoint(path: path)
  }

  func read() throws -> TorchCheckpoint { try Self.read(zip.bytes) }

  /// The text of the error; nil if there is none.
  static func error(_ bytes: [UInt8], _ use: (TorchCheckpoint) throws -> Void = { _ in })
    -> String?
  {
    do {
      try use(read(bytes))
      return nil
    } catch {
      return error is ProgramError ? "\(error)" : "not a ProgramError: \(error)"
    }
  }
}
