import Foundation
import TestSupport
import Testing

/// A system that refuses memory or threads: the program ends with a picture, or with 71 and words.
@Suite(.serialized, .enabled(if: !Sanitizers.areOn)) struct MemoryLimitTests {
  private static func run(_ arguments: [String], kilobytes: Int) throws -> Program.Result {
    let (process, output, errors) = try Program.start(
      ["-c", "ulimit -c 0; ulimit -v \(kilobytes); exec \"$0\" \"$@\"", Program.path] + arguments,
      program: "/bin/sh")
    return Program.finish(process, output, errors)
  }

  /// From too little for the libraries to more than enough.
  private static let limits = [150, 200, 250, 300, 350, 400, 500, 600, 800, 1000, 1500, 2000]

  /// - Returns: the limits in megabytes under which the command succeeded.
  private func expectWords(
    _ arguments: [String], _ scratch: Scratch, output: String
  ) throws -> [Int] {
    var succeeded: [Int] = []
    for megabytes in Self.limits {
      let result = try Self.run(arguments, kilobytes: megabytes * 1000)
      switch result.status {
      case 0:
        succeeded.append(megabytes)
        try FileManager.default.removeItem(atPath: scratch.path(output))
      case 71:
        #expect(result.errors.contains("error: "), "\(megabytes) MB: \(result.errors)")
        #expect(
          result.errors.contains("not enough memory")
            || result.errors.contains("cannot start a thread")
            || result.errors.contains("Cannot allocate memory")
            || result.errors.contains("no memory for a frame"),
          "\(megabytes) MB: \(result.errors)")
      case 127:
        // The system's loader, before the program begins.
        #expect(result.errors.contains("error while loading shared libraries"))
      default:
        Issue.record("\(megabytes) MB: status \(result.status): \(result.errors)")
      }
      #expect(!result.errors.contains("Fatal error") && !result.errors.contains("crashed"))
      #expect(!scratch.files.contains(output))
    }
    return succeeded
  }

  @Test func plainPicturesAndVideos() throws {
    let scratch = try Scratch()
    for (command, output) in [
      (["export", "sample", "--size", "256"], "x.png"),
      (["export", "sample", "--size", "2048"], "x.png"),
      (["turntable", "sample", "--size", "256", "--seconds", "0.2"], "x.mp4"),
    ] {
      let succeeded = try expectWords(
        command + ["-o", scratch.path(output), "--threads", "2"], scratch, output: output)
      #expect(succeeded.contains(2000))
    }
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected), arguments: ["exact", "fast"])
  func neuralPictures(precision: String) throws {
    let scratch = try Scratch()
    let person = try DinarTests.imported(in: scratch)
    let succeeded = try expectWords(
      [
        "export", person, "-o", scratch.path("x.png"), "--body", DinarTests.fixture("smplx_models"),
        "--size", "256", "--threads", "2", "--precision", precision,
      ], scratch, output: "x.png")
    #expect(succeeded.contains(2000))
  }

  /// The largest picture of a network: what it needs is said before it is taken.
  @Test(.enabled(if: Fixtures.goldenDataIsExpected)) func theLargestNeuralPicture() throws {
    let scratch = try Scratch()
    let person = try DinarTests.imported(in: scratch)
    let result = try Self.run(
      [
        "export", person, "-o", scratch.path("x.png"), "--body", DinarTests.fixture("smplx_models"),
        "--size", "16384",
      ], kilobytes: 8_000_000)
    #expect(result.status == 71, "\(result.status) \(result.errors)")
    #expect(result.errors.contains("there is not enough memory for"))
    #expect(result.errors.contains("GB") && result.errors.contains("hint: "))
    #expect(scratch.files == ["person.safetensors"])
  }

  /// More threads than the address space holds stacks: those that there are do the work, the same bytes.
  /// Where they leave too little for the work itself, that is said.
  @Test func threadsThatAreRefused() throws {
    let scratch = try Scratch()
    let base = ["export", "sample", "--size", "256", "--force"]
    let expected = try Program.run(base + ["-o", scratch.path("a.png"), "--threads", "1"])
    #expect(expected.status == 0, "\(expected.errors)")
    var wasRefused = false
    for megabytes in [1000, 1500, 2000, 2500, 3000] {
      let result = try Self.run(
        base + ["-o", scratch.path("b.png"), "--threads", "1000"], kilobytes: megabytes * 1000)
      #expect(
        [0, 71].contains(result.status), "\(megabytes) MB: \(result.status) \(result.errors)")
      if result.errors.contains("of 1000 threads") { wasRefused = true }
      if result.status == 0 {
        #expect(try scratch.bytes("a.png") == scratch.bytes("b.png"))
      } else {
        #expect(result.errors.contains("error: "), "\(megabytes) MB: \(result.errors)")
      }
    }
    #expect(wasRefused)
  }
}
