import Foundation
import Media
import TestSupport
import Testing

/// Standard input, output and error as they should not be: closed, full, without a reader.
@Suite(.serialized) struct StreamTests {
  private static let still = ["export", "sample", "--size", "48", "-o"]

  /// A descriptor of a standard stream that is closed does not become an output's: nothing that is
  /// said gets into it.
  @Test(arguments: ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
  func closedStreams(redirection: String) throws {
    let scratch = try Scratch()
    try Program.run(Self.still + [scratch.path("right.png")])
    let result = try Program.run(
      Self.still + [scratch.path("a.png")], script: "exec \"$0\" \"$@\" \(redirection)")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try scratch.bytes("a.png") == scratch.bytes("right.png"))
    let video = try Program.run(
      [
        "turntable", "sample", "--size", "48", "--seconds", "0.5", "--progress", "json", "-o",
        scratch.path("a.mp4"),
      ], script: "exec \"$0\" \"$@\" \(redirection)")
    #expect(video.status == 0, "\(video.errors)")
    #expect(try VideoReader.frameCount(path: scratch.path("a.mp4")) == 15)
    let failing = try Program.run(
      Self.still + [scratch.path("a.png")], script: "exec \"$0\" \"$@\" \(redirection)")
    #expect(failing.status == 73)
  }

  /// Messages that nobody can hear are lost, and nothing else is.
  @Test(arguments: ["exec \"$0\" \"$@\" 2>/dev/full", "{ exec \"$0\" \"$@\"; } 2>&- 1>&-"])
  func deafStandardError(script: String) throws {
    let scratch = try Scratch()
    #expect(try Program.run(Self.still + [scratch.path("a.png")], script: script).status == 0)
    #expect(try PNGFile.read(path: scratch.path("a.png")).width == 48)
    #expect(try Program.run(Self.still + [scratch.path("a.png")], script: script).status == 73)
    #expect(try Program.run(["inspect", scratch.path("none")], script: script).status == 66)
    #expect(try Program.run(["frobnicate"], script: script).status == 64)
  }

  @Test func standardErrorWithoutAReader() throws {
    let scratch = try Scratch()
    for (arguments, status) in [
      (Self.still + [scratch.path("a.png")], Int32(0)), (["inspect", scratch.path("none")], 66),
    ] {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = arguments
      let pipe = Pipe()
      process.standardError = pipe
      process.standardOutput = FileHandle.nullDevice
      try pipe.fileHandleForReading.close()
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == status)
    }
  }

  static let listings: [[String]] = [
    ["list"], ["inspect", "wave"], ["inspect", "sample"], ["doctor"], ["--help"], ["--version"],
    ["turntable", "--help"], ["help", "export"],
  ]

  /// Results that do not arrive are an error.
  @Test(arguments: listings) func fullStandardOutput(arguments: [String]) throws {
    let result = try Program.run(arguments, script: "exec \"$0\" \"$@\" >/dev/full")
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("standard output"), "\(result.errors)")
    #expect(try Program.run(arguments).status == 0)
  }

  /// A reader that has seen enough (`head`) is none.
  @Test(arguments: listings) func standardOutputWithoutAReader(arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try output.fileHandleForReading.close()
    try process.run()
    let said = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    #expect(said.isEmpty, "\(String(decoding: said, as: UTF8.self))")
  }

  /// With `--progress json` there is nothing but JSON on standard error, whatever happens.
  @Test func onlyJSON() throws {
    let scratch = try Scratch()
    let odd = "n\u{1b}[1m\n\"\u{202e}.npz"
    try Data("no archive".utf8).write(to: scratch.url.appendingPathComponent(odd))
    let cases: [(arguments: [String], status: Int32, keys: Set<String>)] = [
      (
        ["animate", "sample", "wave", "--size", "32", "--end", "0.5", "-o", "@/a.mp4"], 0,
        ["note", "stage"]
      ),
      (["export", "sample", "--size", "32", "-o", "@/a.png"], 0, ["note"]),
      (["export", "sample", "--size", "32", "-o", "@/a.png"], 73, ["error"]),
      (["animate", "sample", "@/\(odd)", "-o", "@/b.mp4"], 65, ["error"]),
      (["animate", "sample", "no\u{1b}where", "-o", "@/b.mp4"], 66, ["error"]),
      (["export", "sample", "-o", "@/x.png", "--no\u{1b}such"], 64, ["error"]),
      (["export", "sample"], 64, ["error"]),
      (["export", "sample", "-o", "@/x.png", "--size", "0"], 64, ["error"]),
    ]
    for test in cases {
      for option in [["--progress", "json"], ["--progress=json"]] {
        let before = scratch.files
        let result = try Program.run(
          test.arguments.map { $0.hasPrefix("@") ? scratch.url.path + $0.dropFirst() : $0 }
            + option + (test.status == 0 ? ["--force"] : []))
        #expect(result.status == test.status, "\(test.arguments): \(result.errors)")
        let objects = try result.errors.split(separator: "\n").map { line in
          try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
        let keys = Set(objects.flatMap(\.keys))
        #expect(test.keys.isSubset(of: keys), "\(test.arguments): \(result.errors)")
        #expect(!result.errors.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{202e}" })
        if test.status != 0 {
          #expect(objects.count == 1)
          let error = try #require(objects[0]["error"] as? [String: Any])
          #expect(error["code"] as? Int32 == test.status && error["what"] is String)
          #expect(scratch.files == before)
        }
      }
    }
  }

  /// Our errors, the parser's and those of options look alike.
  @Test(arguments: [
    (["turntable", "sample"], "avatar turntable"), (["import", "dinar"], "avatar import dinar"),
    (["frobnicate"], "avatar"),
    (["export", "sample", "-o", "x.png", "--fov", "1000"], "avatar export"),
    (["export", "sample", "-o", "x.png", "--size", "a\nerror: forged"], "avatar export"),
  ])
  func oneStyle(arguments: [String], command: String) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 64)
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("error: "), "\(result.errors)")
    #expect(lines.last == "  hint: see \(command) --help")
    #expect(result.output.isEmpty)
  }
}
