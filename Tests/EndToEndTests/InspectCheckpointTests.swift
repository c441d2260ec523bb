import Foundation
import TensorFiles
import TestSupport
import Testing

/// `avatar inspect` on files of torch.save.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct InspectCheckpointParity {
  private func lines(_ arguments: [String]) throws -> [String] {
    let result = try Program.run(["inspect"] + arguments)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return result.output.split(separator: "\n").map(String.init)
  }

  @Test func lightningFile() throws {
    let path = try Fixtures.path("dinar/dinar.ckpt")
    let lines = try lines([path])
    #expect(lines.first?.hasPrefix("\(path): PyTorch checkpoint (zip), ") == true)
    #expect(lines.count < 70)
    #expect(lines.contains { $0.hasPrefix("it holds DINAR's renderer (first_stage.renderer): ") })
    #expect(lines.contains { $0.hasPrefix("    renderer.*") })
    #expect(lines.contains { $0.hasPrefix("note: ") && $0.contains("ModelCheckpoint") })
    #expect(try self.lines([path, "--depth", "1"]).count < lines.count)
    let deep = try self.lines([path, "--depth", "5"])
    #expect(deep.count > lines.count)
  }

  @Test func otherFiles() throws {
    let legacy = try lines([Fixtures.path("dinar/legacy.ckpt")])
    #expect(legacy.first?.contains("checkpoint (legacy stream), ") == true)
    let foreign = try lines([Fixtures.path("dinar/torch_reader/state_dict.pt")])
    #expect(foreign.last?.hasPrefix("note: this is no network that the program knows") == true)
  }

  @Test func damagedFile() throws {
    let scratch = try Scratch()
    let path = scratch.url.appendingPathComponent("damaged.ckpt").path
    let source = try Fixtures.path("dinar/dinar.ckpt")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: source))
    // In the middle of a storage: the sizes still fit, the checksum does not.
    let checkpoint = try TorchCheckpoint(path: source)
    let largest = try #require(
      try checkpoint.names.map { try checkpoint.tensor(named: $0) }.filter(\.isContiguous)
        .max { $0.count < $1.count })
    let storage = try #require(
      try largest.data().withUnsafeBytes { bytes.range(of: Data($0)) })
    bytes[(storage.lowerBound + storage.upperBound) / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    let result = try Program.run(["inspect", path])
    #expect(result.status == 65 && result.errors.contains("checksum is wrong"), "\(result.errors)")
    #expect(result.output.contains("it holds DINAR's renderer"))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
    let cut = try Program.run(["inspect", path])
    #expect(cut.status == 65 && cut.errors.contains("damaged.ckpt: the archive ends before"))
  }

  @Test func namesDoNotReachTheTerminalRaw() throws {
    let scratch = try Scratch()
    let path = scratch.url.appendingPathComponent("hostile.ckpt").path
    let source = try Fixtures.path("dinar/legacy.ckpt")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: source))
    let name = try #require(
      try TorchCheckpoint(path: source).names.first { $0.hasPrefix("first_stage.renderer.") })
    let at = try #require(bytes.range(of: Data(name.utf8)))
    bytes.replaceSubrange(at, with: Data(("\u{1b}[2Jt" + name.dropFirst(5)).utf8))
    try bytes.write(to: URL(fileURLWithPath: path))
    let output = try Program.run(["inspect", path]).output
    #expect(!output.contains("\u{1b}") && output.contains("\\u{1b}[2Jt_stage"))
  }
}
