import Foundation
import TensorFiles
import TestSupport
import Testing

/// From DINAR's data folder to avatars, as users make them; persons and their number come from the folder.
@Suite(.serialized, .enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct CreateDinarTests {
  private static func arguments(
    data: String? = nil, output: String, _ more: [String] = []
  ) throws -> [String] {
    [
      "create", "dinar", try data ?? Fixtures.path("dinar_e2e/data"), "--checkpoint",
      try Fixtures.path("dinar/dinar.ckpt"), "--steps", "3", "-o", output,
    ] + more
  }

  private static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("dinar_e2e/data/rgb"))
      .map { String($0.prefix { $0 != "." }) }.sorted()
  }

  /// A copy of the data folder with its bodies and tables beside it.
  private static func copy(into scratch: Scratch) throws -> String {
    for name in ["data", "smplx_models", "smplx_data"] {
      try FileManager.default.copyItem(
        atPath: Fixtures.path("dinar_e2e/\(name)"), toPath: scratch.path(name))
    }
    return scratch.path("data")
  }

  @Test func everyPersonThenATurntable() throws {
    let scratch = try Scratch()
    let people = scratch.path("people")
    let made = try Program.run(Self.arguments(output: people))
    #expect(made.status == 0, "\(made.errors)")
    for name in try Self.names() {
      #expect(FileManager.default.fileExists(atPath: "\(people)/\(name).safetensors"))
      #expect(FileManager.default.fileExists(atPath: "\(people)/\(name).sheet.png"))
    }
    let again = try Program.run(Self.arguments(output: people))
    #expect(again.status == 0 && again.errors.contains("nothing is missing"), "\(again.errors)")
    let first = try #require(Self.names().first)
    let turned = try Program.run([
      "turntable", "\(people)/\(first).safetensors", "--fps", "2", "--seconds", "1", "--size", "64",
      "-o", scratch.path("turn.mp4"),
    ])
    #expect(turned.status == 0, "\(turned.errors)")
  }

  @Test(arguments: ["exact", "fast"])
  func sameBytesForAnyNumberOfThreads(precision: String) throws {
    let scratch = try Scratch()
    let name = try #require(Self.names().first)
    let usual = ["--person", name, "--no-sheet", "--precision", precision]
    var files: [Data] = []
    for threads in ["1", "2", "5"] {
      let output = scratch.path("\(threads).safetensors")
      let result = try Program.run(
        Self.arguments(output: output, usual + ["--threads", threads]))
      #expect(result.status == 0, "\(result.errors)")
      files.append(try scratch.bytes("\(threads).safetensors"))
    }
    #expect(files[0] == files[1] && files[0] == files[2])
    let other = scratch.path("seed.safetensors")
    let result = try Program.run(Self.arguments(output: other, usual + ["--seed", "7"]))
    #expect(result.status == 0, "\(result.errors)")
    #expect(try scratch.bytes("seed.safetensors") != files[0])
  }

  @Test func whatDinarWrites() throws {
    let scratch = try Scratch()
    let name = try #require(Self.names().first)
    let more = ["--person", name, "--like", "dinar", "--still", "--without-weights"]
    let made = try Program.run(Self.arguments(output: scratch.path("log"), more))
    #expect(made.status == 0, "\(made.errors)")
    let pickle = try Pickle.read(path: scratch.path("log/textures/data_dict/\(name).pkl"))
    #expect(pickle["person_id"]?.sequence?.first?.string == name)
    for path in ["\(name).png", "images/test/fake_rgb/000000_e-000000_b-000000-loader=000000.png"] {
      #expect(FileManager.default.fileExists(atPath: scratch.path("log/\(path)")), "\(path)")
    }
    // What is missing is made, what is there stays.
    let picture = "log/images/test/fake_rgb/000000_e-000000_b-000000-loader=000000.png"
    let kept = try scratch.bytes("log/textures/data_dict/\(name).pkl")
    for path in [picture, "log/\(name).png", "log/\(name).sheet.png"] {
      try FileManager.default.removeItem(atPath: scratch.path(path))
    }
    let again = try Program.run(Self.arguments(output: scratch.path("log"), more))
    #expect(again.status == 0, "\(again.errors)")
    for path in [picture, "log/\(name).png", "log/\(name).sheet.png"] {
      #expect(FileManager.default.fileExists(atPath: scratch.path(path)), "\(path)")
    }
    #expect(try scratch.bytes("log/textures/data_dict/\(name).pkl") == kept)
    let turned = try Program.run(
      Self.arguments(output: scratch.path("log"), more + ["--turntable"]))
    #expect(turned.status == 0, "\(turned.errors)")
    #expect(FileManager.default.fileExists(atPath: scratch.path("log/\(name).turntable.mp4")))
  }

  @Test func onePersonFailsAndTheOthersAreMade() throws {
    let scratch = try Scratch()
    let data = try Self.copy(into: scratch)
    let names = try Self.names()
    try #require(names.count >= 3)
    try Data("no fit".utf8).write(to: URL(fileURLWithPath: "\(data)/smplx/\(names[0]).pkl"))
    try FileManager.default.removeItem(atPath: "\(data)/segm/\(names[1]).png")
    let result = try Program.run(Self.arguments(data: data, output: scratch.path("people")))
    #expect(result.status == 1, "\(result.errors)")
    #expect(result.errors.contains("failed: \(names[1]), \(names[0])"), "\(result.errors)")
    for (index, name) in names.enumerated() {
      let path = scratch.path("people/\(name).safetensors")
      #expect(FileManager.default.fileExists(atPath: path) == (index > 1), "\(name)")
    }
    let checked = try Program.run(["check", data, "--overlays", scratch.path("seen")])
    #expect(checked.status != 0 && checked.errors.contains("segm/\(names[1])"), "\(checked.errors)")
    #expect(checked.output.contains("\(names[2]): complete"), "\(checked.output)")
    #expect(FileManager.default.fileExists(atPath: scratch.path("seen/\(names[2]).png")))
  }

  @Test func whatCannotWorkIsSaidBeforeAnyWork() throws {
    let scratch = try Scratch()
    let output = scratch.path("people")
    for (more, says, status) in [
      (["--person", "nobody"], "nobody", 66 as Int32),
      (["--solver", "ddim", "--steps", "9"], "steps", 64),
      (["--eta", "0.5"], "--eta", 64),
      (["--video", "no-such-motion"], "no-such-motion", 66),
      (["--config", scratch.path("no.yaml")], "no.yaml", 66),
    ] {
      let result = try Program.run(Self.arguments(output: output, more))
      #expect(result.status == status && result.errors.contains(says), "\(more): \(result.errors)")
    }
    let released = try Program.run([
      "create", "dinar", "--log_dir", output, "--ckpt_path", "no.ckpt",
    ])
    #expect(released.status == 64 && released.errors.contains("DATA"), "\(released.errors)")
    #expect(
      scratch.files.filter { $0.hasSuffix(".safetensors") }.isEmpty)
  }
}
