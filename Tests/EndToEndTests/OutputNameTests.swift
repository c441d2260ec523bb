import Foundation
import Media
import TestSupport
import Testing

/// Names of outputs that are short, odd, or no names.
@Suite(.serialized) struct OutputNameTests {
  private static let sequence = ["turntable", "sample", "--size", "24", "--seconds", "0.1", "-o"]

  /// Folders in all their forms; the run is in a folder inside of the scratch folder.
  @Test(arguments: [
    ("q", "q/frame_000002.png"), ("./", "frame_000002.png"), (".", "frame_000002.png"),
    ("..", "../frame_000002.png"), ("x/", "x/frame_000002.png"), ("%", "%/frame_000002.png"),
    ("a%", "a%/frame_000002.png"), ("%d.png", "2.png"), ("50%_%02d.png", "50%_02.png"),
    ("%%d.png", "%2.png"), ("n.o/", "n.o/frame_000002.png"), ("X_%d.PNG", "X_2.PNG"),
  ])
  func folders(name: String, last: String) throws {
    let scratch = try Scratch()
    let folder = scratch.path("in")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let result = try Program.run(Self.sequence + [name], folder: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try PNGFile.read(path: folder + "/" + last).width == 24)
  }

  @Test(arguments: [
    "", "...", "a.", ".png", ".mp4", "%d", "a_%d", "a_%d_%d.png", "a_%99d.png", "x.SAFETENSORS",
    "x.avi", "q.png",
  ])
  func noNames(name: String) throws {
    let scratch = try Scratch()
    let result = try Program.run(Self.sequence + [name], folder: scratch.url.path)
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.errors.hasPrefix("error: "))
    #expect(scratch.files == [])
  }

  @Test(arguments: ["q", ".", "/", "a_%d.png", "x.jpg", "x"])
  func noPictures(name: String) throws {
    let scratch = try Scratch()
    let result = try Program.run(
      ["export", "sample", "--size", "24", "-o", name], folder: scratch.url.path)
    #expect(result.status == 64, "\(result.errors)")
    #expect(scratch.files == [])
  }

  /// Inputs of one letter that are not there.
  @Test(arguments: [["turntable", "q"], ["animate", "sample", "q"], ["inspect", "q"]])
  func shortInputs(arguments: [String]) throws {
    let scratch = try Scratch()
    let output = arguments[0] == "inspect" ? [] : ["-o", "x.mp4"]
    let result = try Program.run(arguments + output, folder: scratch.url.path)
    #expect(result.status == 66, "\(result.errors)")
    // An avatar of one letter that is there: its body is looked for beside it.
    if arguments[0] == "turntable" {
      try FileManager.default.copyItem(
        atPath: Fixtures.asset("avatars/sample.safetensors"), toPath: scratch.path("q"))
      let found = try Program.run(
        arguments + output + ["--size", "24", "--seconds", "0.1"], folder: scratch.url.path)
      #expect(found.status == 0, "\(found.errors)")
    }
  }

  /// Swift would replace the bytes and write another file.
  @Test func namesThatAreNotUTF8() throws {
    let scratch = try Scratch()
    let result = try Program.run(
      ["export", "sample", "--size", "24"],
      script: "exec \"$0\" \"$@\" -o \"$(printf 'a\\377.png')\"", folder: scratch.url.path)
    #expect(result.status == 64 && result.errors.contains("not UTF-8"), "\(result.errors)")
    #expect(scratch.files == [])
  }

  /// A folder in the place of the output, or none to write into.
  @Test(arguments: [
    ("folder.mp4", Int32(73)), ("file/x.mp4", 73), ("none/x.mp4", 73), ("/proc/x.mp4", 73),
    ("file/x/", 73), ("/proc/x/", 73),
  ])
  func placesThatAreNone(name: String, status: Int32) throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.path("folder.mp4"), withIntermediateDirectories: false)
    try Data().write(to: scratch.url.appendingPathComponent("file"))
    for force in [[], ["--force"]] {
      let result = try Program.run(Self.sequence + [name] + force, folder: scratch.url.path)
      #expect(result.status == status, "\(result.errors)")
      #expect(!result.errors.contains("NSCocoaErrorDomain"))
    }
    #expect(scratch.files == ["file", "folder.mp4"])
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected)) func importIntoPlacesThatAreNone() throws {
    let scratch = try Scratch()
    try Data().write(to: scratch.url.appendingPathComponent("file"))
    for (name, status) in [
      ("file", Int32(73)), ("file/x", 73), ("/proc/none", 73), ("x.bin", 64), ("", 64),
    ] {
      let result = try Program.run(
        [
          "import", "dinar", try Fixtures.path("dinar_e2e/person01.pkl"), "--checkpoint", "none",
          "-o", name,
        ], folder: scratch.url.path)
      #expect(result.status == status, "\(name): \(result.errors)")
      #expect(result.errors.hasPrefix("error: "))
    }
    #expect(scratch.files == ["file"])
  }
}
