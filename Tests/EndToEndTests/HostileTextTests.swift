import Foundation
import TestSupport
import Testing

/// Texts of files that would steer a terminal, forge a message or fill a screen.
@Suite(.serialized) struct HostileTextTests {
  /// Colours, a title, C1, a turned direction, and a line that looks like ours.
  private static let evil =
    "x\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{200b}\nerror: forged\r\n  hint: forged"

  /// A safetensors file.
  private static func write(
    _ header: [String: Any], _ body: Data, to path: String
  ) throws {
    let text = try JSONSerialization.data(withJSONObject: header)
    var count = UInt64(text.count).littleEndian
    let file = withUnsafeBytes(of: &count) { Data($0) } + text + body
    try file.write(to: URL(fileURLWithPath: path))
  }

  private static func expectClean(_ result: Program.Result, _ lines: Int) {
    for text in [result.output, result.errors] {
      #expect(
        !text.unicodeScalars.contains {
          $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
        }, "\(text.debugDescription)")
      for line in text.split(separator: "\n") {
        #expect(!line.hasPrefix("error: forged") && !line.hasPrefix("  hint: forged"))
      }
      #expect(text.utf8.count < 20_000 && text.split(separator: "\n").count <= lines)
    }
  }

  /// The bundled avatar with other texts in its description.
  private static func avatar(at path: String, _ change: (inout [String: Any]) -> Void) throws {
    let data = try Data(
      contentsOf: URL(fileURLWithPath: Fixtures.asset("avatars/sample.safetensors")))
    let count = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    var header = try #require(
      try JSONSerialization.jsonObject(with: data[8..<8 + count]) as? [String: Any])
    var metadata = try #require(header["__metadata__"] as? [String: String])
    let text = Data(try #require(metadata["avatar"]).utf8)
    var description = try #require(
      try JSONSerialization.jsonObject(with: text) as? [String: Any])
    change(&description)
    metadata["avatar"] = String(
      decoding: try JSONSerialization.data(withJSONObject: description), as: UTF8.self)
    header["__metadata__"] = metadata
    try write(header, data[(8 + count)...], to: path)
  }

  @Test func textsOfAnAvatar() throws {
    let scratch = try Scratch()
    let long = String(repeating: Self.evil, count: 20_000)
    for text in [Self.evil, long] {
      try Self.avatar(at: scratch.path("a.safetensors")) {
        for key in ["name", "description", "license", "provenance"] { $0[key] = text }
      }
      Self.expectClean(try Program.run(["inspect", scratch.path("a.safetensors")]), 20)
      // What a neural avatar would have: the message quotes the avatar's name.
      let refused = try Program.run([
        "export", scratch.path("a.safetensors"), "-o", scratch.path("x.png"), "--dense",
      ])
      #expect(refused.status == 64 || (text == long && refused.status == 65))
      Self.expectClean(refused, 3)
    }
    for (key, value) in [
      ("decoder", ["kind": Self.evil]), ("body", ["file": Self.evil]),
    ] {
      try Self.avatar(at: scratch.path("a.safetensors")) { $0[key] = value }
      for command in ["inspect", "export"] {
        let output = command == "export" ? ["-o", scratch.path("x.png")] : []
        let result = try Program.run([command, scratch.path("a.safetensors")] + output)
        #expect(result.status < 128)
        Self.expectClean(result, 20)
      }
    }
  }

  @Test func namesOfTensors() throws {
    let scratch = try Scratch()
    try Self.write(
      [
        Self.evil: ["dtype": "F32", "shape": [1], "data_offsets": [0, 4]],
        "__metadata__": [Self.evil: String(repeating: Self.evil, count: 10_000)],
      ], Data(count: 4), to: scratch.path("t.safetensors"))
    Self.expectClean(try Program.run(["inspect", scratch.path("t.safetensors")]), 10)
    let avatar = try Program.run([
      "export", scratch.path("t.safetensors"), "-o", scratch.path("x.png"),
    ])
    #expect(avatar.status == 65)
    Self.expectClean(avatar, 3)
  }

  /// Files whose names are like that as well.
  @Test func namesOfFiles() throws {
    let scratch = try Scratch()
    let name = "n\u{1b}[2J\nerror: forged"
    try Data("nothing".utf8).write(to: scratch.url.appendingPathComponent(name))
    for arguments in [
      ["inspect", scratch.path(name)],
      ["animate", "sample", scratch.path(name), "-o", scratch.path("x.mp4")],
      ["export", scratch.path(name), "-o", scratch.path("x.png")],
      ["export", "sample", "-o", scratch.path("x.png"), "--body", scratch.path(name)],
      ["export", "sample", "-o", scratch.path("x.png"), "--background", scratch.path(name)],
      ["export", "sample", "-o", scratch.path("no\u{1b}[2J\nerror: forged/x.png")],
    ] {
      let result = try Program.run(arguments)
      #expect(result.status == 65 || result.status == 66 || result.status == 73)
      Self.expectClean(result, 3)
    }
  }
}
