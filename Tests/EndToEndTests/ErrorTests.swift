import Foundation
import Media
import TestSupport
import Testing

/// What a user sees when something is wrong: one message, a sysexits status, and no stray files.
@Suite(.serialized) struct ErrorTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let arguments: [String]
    let status: Int32
    let says: [String]
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let cases: [Case] = [
    Case(arguments: [], status: 0, says: []),
    Case(arguments: ["frobnicate"], status: 64, says: ["frobnicate"]),
    Case(arguments: ["turntable", "sample"], status: 64, says: ["--output"]),
    Case(
      arguments: ["turntable", "nobody", "-o", "@/x.mp4"], status: 66,
      says: ["nobody", "sample", "hint"]),
    Case(
      arguments: ["animate", "sample", "no-motion", "-o", "@/x.mp4"], status: 66,
      says: ["no-motion", "wave"]),
    Case(
      arguments: ["animate", "sample", "@/empty.npz", "-o", "@/x.mp4"], status: 65,
      says: ["empty.npz"]),
    Case(
      arguments: ["animate", "sample", "@/text.npz", "-o", "@/x.mp4"], status: 65,
      says: ["text.npz"]),
    Case(
      arguments: ["animate", "sample", "@/cut.npz", "-o", "@/x.mp4"], status: 65,
      says: ["cut.npz"]),
    Case(
      arguments: ["turntable", "@/text.npz", "-o", "@/x.mp4"], status: 65, says: ["text.npz"]),
    Case(
      arguments: ["turntable", "sample", "-o", "@/x.mp4", "--size", "0"], status: 64,
      says: ["--size"]),
    Case(
      arguments: ["turntable", "sample", "-o", "@/x.mp4", "--supersample", "9"], status: 64,
      says: ["--supersample"]),
    Case(
      arguments: ["turntable", "sample", "-o", "@/x.mp4", "--background", "transparent"],
      status: 64, says: ["transparent", ".png"]),
    Case(
      arguments: ["turntable", "sample", "-o", "@/x.xyz"], status: 64, says: [".mp4"]),
    Case(
      arguments: ["turntable", "sample", "-o", "@/none/x.mp4"], status: 73, says: ["none"]),
    Case(
      arguments: ["turntable", "sample", "-o", "@/there.mp4"], status: 73,
      says: ["there.mp4", "--force"]),
    Case(
      arguments: ["turntable", "sample", "-o", "@/x.mp4", "--frames", "100000"], status: 64,
      says: ["--frames"]),
    Case(
      arguments: ["turntable", "sample", "-o", "@/x.mp4", "--body", "@/text.npz"], status: 65,
      says: ["text.npz"]),
    Case(
      arguments: ["export", "sample", "-o", "@/x.png", "--background", "@/none.png"], status: 66,
      says: ["none.png"]),
    Case(arguments: ["inspect", "@/none.npz"], status: 66, says: ["none.npz"]),
  ]

  @Test(arguments: cases) func message(_ test: Case) throws {
    let scratch = try Scratch()
    try Data().write(to: scratch.url.appendingPathComponent("empty.npz"))
    try Data("this is not an archive\n".utf8).write(
      to: scratch.url.appendingPathComponent("text.npz"))
    try Data("kept".utf8).write(to: scratch.url.appendingPathComponent("there.mp4"))
    let wave = try Data(contentsOf: URL(fileURLWithPath: Fixtures.asset("motions/wave.npz")))
    try wave.prefix(wave.count / 2).write(to: scratch.url.appendingPathComponent("cut.npz"))
    let before = scratch.files
    let result = try Program.run(
      test.arguments.map { $0.hasPrefix("@") ? scratch.url.path + $0.dropFirst() : $0 })
    #expect(result.status == test.status, "\(result.errors)")
    for text in test.says {
      #expect(result.errors.contains(text), "'\(text)' is not in: \(result.errors)")
    }
    #expect(!result.errors.contains("Fatal error"))
    #expect(scratch.files == before, "nothing is left behind")
    #expect(try scratch.bytes("there.mp4") == Data("kept".utf8))
  }

  @Test func forceOverwrites() throws {
    let scratch = try Scratch()
    try Data("old".utf8).write(to: scratch.url.appendingPathComponent("a.png"))
    let arguments = ["export", "sample", "-o", scratch.path("a.png"), "--size", "32"]
    #expect(try Program.run(arguments).status == 73)
    #expect(try scratch.bytes("a.png") == Data("old".utf8))
    #expect(try Program.run(arguments + ["--force"]).status == 0)
    #expect(try PNGFile.read(path: scratch.path("a.png")).width == 32)
  }

  /// The limit on file sizes stands in for a full disk.
  @Test(
    .enabled(if: !Sanitizers.watchThreads),
    arguments: [
      ["turntable", "sample", "--seconds", "2", "--size", "160", "-o", "x.mp4"],
      ["turntable", "sample", "--seconds", "0.2", "--size", "256", "-o", "x_%03d.png"],
      ["export", "sample", "--size", "512", "-o", "x.png"],
    ])
  func fileSizeLimit(arguments: [String]) throws {
    let scratch = try Scratch()
    let name = try #require(arguments.last)
    let result = try Program.run(
      arguments.dropLast() + [scratch.path(name)], limitingFilesTo: 8)
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains(scratch.path("x")), "\(result.errors)")
    #expect(result.errors.contains("ulimit -f"), "\(result.errors)")
    #expect(scratch.files == [], "nothing is left behind")
  }

  /// Ctrl-C keeps the frames so far as a playable file under another name.
  @Test func interruption() throws {
    let scratch = try Scratch()
    let (process, output, errors) = try Program.start([
      "turntable", "sample", "-o", scratch.path("long.mp4"), "--size", "256", "--seconds", "3000",
    ])
    #expect(Program.waitForOutput(of: process, in: scratch.url.path, bytes: 20_000))
    process.interrupt()
    let result = Program.finish(process, output, errors)
    #expect(result.status == 130, "\(result.errors)")
    #expect(result.errors.contains("long.partial.mp4"))
    #expect(scratch.files == ["long.partial.mp4"])
    let frames = try VideoReader(path: scratch.path("long.partial.mp4")).info.frameCount
    #expect(frames > 0)
    #expect(result.errors.contains("\(frames) "), "\(frames) frames; \(result.errors)")
  }

  @Test func quietAndJSONProgress() throws {
    let scratch = try Scratch()
    let quiet = try Program.run([
      "export", "sample", "-o", scratch.path("q.png"), "--size", "32", "--quiet",
    ])
    #expect(quiet.status == 0 && quiet.errors.isEmpty && quiet.output.isEmpty)
    let json = try Program.run([
      "turntable", "sample", "-o", scratch.path("j.mp4"), "--size", "32", "--seconds", "0.2",
      "--progress", "json",
    ])
    #expect(json.status == 0)
    let lines = json.errors.split(separator: "\n").filter { $0.contains("\"stage\"") }
    let last = try #require(lines.last)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    #expect(object["done"] as? Int == 6 && object["total"] as? Int == 6)
  }
}
