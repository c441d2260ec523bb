import Foundation
import Media
import TestSupport
import Testing

/// Programs that are ended before they are done: by signals, limits, inputs that shrink.
@Suite(.serialized) struct EndingTests {
  private static let longVideo = [
    "turntable", "sample", "--size", "256", "--seconds", "3000", "-o",
  ]
  /// Outputs with hidden names, as on file systems that know no files without one.
  private static let named = ["AVATAR_NAMED_TEMPORARIES": "1"]

  private static func hidden(_ scratch: Scratch) -> [String] {
    scratch.files.filter { $0.hasPrefix(".") }
  }

  /// A video that is being written, and its process.
  private func start(
    _ scratch: Scratch, _ arguments: [String] = longVideo, environment: [String: String] = [:],
    output: String = "a.mp4", bytes: Int = 20_000
  ) throws -> (process: Process, output: Pipe, errors: Pipe) {
    let started = try Program.start(
      arguments + [scratch.path(output)], environment: environment)
    try #require(
      Program.waitForOutput(of: started.process, in: scratch.url.path, bytes: bytes))
    return started
  }

  /// All of them are answered as Ctrl-C is.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU], [false, true])
  func signalsKeepTheFrames(signal: Int32, named: Bool) throws {
    let scratch = try Scratch()
    let (process, output, errors) = try start(
      scratch, environment: named ? Self.named : [:])
    #expect(Self.hidden(scratch).isEmpty != named)
    kill(process.processIdentifier, signal)
    let result = Program.finish(process, output, errors)
    #expect(result.status == 128 + signal, "\(result.errors)")
    #expect(scratch.files == ["a.partial.mp4"])
    #expect(try VideoReader.frameCount(path: scratch.path("a.partial.mp4")) > 0)
  }

  /// However a process ends, no file stays that nobody asked for.
  @Test(arguments: [SIGKILL, SIGSEGV, SIGTRAP, SIGABRT])
  func nothingStaysAfterACrash(signal: Int32) throws {
    let scratch = try Scratch()
    // Swift's own handler of crashes goes on after a signal that no fault has sent.
    let (process, output, errors) = try start(
      scratch, environment: ["SWIFT_BACKTRACE": "enable=no"])
    kill(process.processIdentifier, signal)
    // What shows the trace of a crash may end the process by another signal.
    #expect(Program.finish(process, output, errors).status > 128)
    #expect(scratch.files == [])
  }

  /// What a killed run left where files have names is removed by the next one that writes there, and
  /// not by one while its writer lives.
  @Test func theNextRunClearsUp() throws {
    let scratch = try Scratch()
    let (process, output, errors) = try start(scratch, environment: Self.named)
    let left = Self.hidden(scratch)
    #expect(left.count == 1)
    let still = ["export", "sample", "--size", "24", "--force", "-o", scratch.path("a.png")]
    #expect(try Program.run(still).status == 0)
    #expect(Self.hidden(scratch) == left)
    kill(process.processIdentifier, SIGKILL)
    _ = Program.finish(process, output, errors)
    #expect(Self.hidden(scratch) == left)
    #expect(try Program.run(still).status == 0)
    #expect(scratch.files == ["a.png"])
  }

  /// The second signal does not wait; it removes what has a hidden name.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSecondSignalEndsAtOnce(signal: Int32) throws {
    let scratch = try Scratch()
    // Stopped by the first one in the middle of a frame that takes long.
    let (process, output, errors) = try start(
      scratch,
      ["turntable", "sample", "--size", "4000", "--supersample", "4", "--seconds", "300", "-o"],
      environment: Self.named, bytes: 1)
    kill(process.processIdentifier, signal)
    usleep(10_000)
    kill(process.processIdentifier, signal)
    let result = Program.finish(process, output, errors)
    #expect(result.status == 128 + signal, "\(result.errors)")
    #expect(Self.hidden(scratch) == [])
  }

  /// One picture has no part that is worth keeping: the first signal ends it.
  @Test(arguments: [SIGINT, SIGTERM], [false, true])
  func aStillIsInterrupted(signal: Int32, named: Bool) throws {
    let scratch = try Scratch()
    let (process, output, errors) = try start(
      scratch, ["export", "sample", "--size", "4000", "--supersample", "4", "-o"],
      environment: named ? Self.named : [:], output: "a.png", bytes: 0)
    kill(process.processIdentifier, signal)
    let result = Program.finish(process, output, errors)
    #expect(result.status == 128 + signal, "\(result.errors)")
    #expect(result.errors == "error: interrupted\n")
    #expect(scratch.files == [])
  }

  @Test func nohupIsRespected() throws {
    let scratch = try Scratch()
    let (process, output, errors) = try Program.start(
      [
        "-c", "trap '' HUP; exec \"$0\" \"$@\"", Program.path, "turntable", "sample", "--size",
        "128", "--seconds", "4", "-o", scratch.path("a.mp4"),
      ], program: "/bin/sh")
    #expect(Program.waitForOutput(of: process, in: scratch.url.path, bytes: 0))
    kill(process.processIdentifier, SIGHUP)
    let result = Program.finish(process, output, errors)
    #expect(result.status == 0, "\(result.errors)")
    #expect(scratch.files == ["a.mp4"])
  }

  /// A name as long as the file system takes keeps its frames as well.
  @Test func theLongestName() throws {
    let scratch = try Scratch()
    let name = String(repeating: "n", count: 251) + ".mp4"
    let (process, output, errors) = try start(scratch, output: name)
    process.interrupt()
    let result = Program.finish(process, output, errors)
    #expect(result.status == 130, "\(result.errors)")
    let kept = try #require(scratch.files.first)
    #expect(scratch.files.count == 1 && kept.hasSuffix(".partial.mp4") && kept.utf8.count == 255)
    #expect(try VideoReader.frameCount(path: scratch.path(kept)) > 0)
  }

  /// A limit on file sizes is an error wherever a file is written, or of no matter.
  @Test(.enabled(if: !Sanitizers.watchThreads)) func fileSizeLimitOutsideOfRendering() throws {
    let scratch = try Scratch()
    for arguments in [
      ["inspect", "wave"], ["list"], ["doctor"],
      ["animate", "sample", "wave", "--size", "32", "-o", scratch.path("a.mp4")],
    ] {
      let result = try Program.run(arguments, limitingFilesTo: 0)
      #expect(result.status == (arguments[0] == "animate" ? 74 : 0), "\(result.errors)")
    }
    #expect(scratch.files == [])
  }

  /// An input that is cut off while it is read: an answer in words, whenever it happens.
  @Test func aShrinkingInput() throws {
    let scratch = try Scratch()
    let path = scratch.path("large.npy")
    let shape = "(60000000,), }"
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape
    let header =
      [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]
      + Array(text.utf8) + [UInt8](repeating: 32, count: 117 - text.utf8.count) + [10]
    for delay in [0, 10_000, 50_000, 150_000, 300_000, 600_000] {
      try Data(header).write(to: URL(fileURLWithPath: path))
      try #require(truncate(path, 240_000_128) == 0)
      let (process, output, errors) = try Program.start(["inspect", path])
      usleep(useconds_t(delay))
      try #require(truncate(path, 4096) == 0)
      let result = Program.finish(process, output, errors)
      #expect([0, 65, 66, 74].contains(result.status), "\(delay) us: \(result.errors)")
      #expect(
        result.status == 0
          || result.errors.hasPrefix("error: ") && result.errors.contains("large.npy"),
        "\(delay) us: \(result.errors)")
    }
  }

  /// Texts of hostile files: short, and without a byte that steers a terminal.
  @Test(
    .enabled(if: Fixtures.casesAreExpected),
    arguments: [
      "15_gender_bomb.npz", "18_error_flood.pkl", "07_person_id_traversal.pkl",
    ])
  func floods(name: String) throws {
    let scratch = try Scratch()
    let file = try Fixtures.cases("hostile/\(name)")
    for arguments in [
      ["inspect", file], ["animate", "sample", file, "-o", scratch.path("a.mp4"), "--size", "32"],
    ] {
      let result = try Program.run(arguments)
      #expect(result.status < 128)
      for text in [result.output, result.errors] {
        #expect(text.utf8.count < 20_000, "\(arguments[0]): \(text.utf8.count) bytes")
        #expect(
          !text.unicodeScalars.contains {
            $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
          })
      }
    }
  }
}
