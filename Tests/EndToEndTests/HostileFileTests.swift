import Compute
import Foundation
import Media
import TensorFiles
import TestSupport
import Testing

/// Files that lie, do not end, or are something else: each is answered with words and a status, at once.
@Suite(.serialized) struct HostileFileTests {
  /// Runs the program for a minute at most: what hangs has the status 124.
  private static func run(_ arguments: [String]) throws -> Program.Result {
    let (process, output, errors) = try Program.start(
      ["60", Program.path] + arguments, program: "/usr/bin/timeout")
    return Program.finish(process, output, errors)
  }

  private static func expect(
    _ arguments: [String], _ status: Int32, _ says: [String],
    location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try run(arguments)
    let errors = result.errors
    #expect(result.status == status, "\(arguments): \(errors)", sourceLocation: location)
    for text in says {
      #expect(errors.contains(text), "'\(text)' is not in: \(errors)", sourceLocation: location)
    }
    #expect(errors.utf8.count < 4000 && !errors.contains("Fatal"), sourceLocation: location)
  }

  /// Every place that takes a file, `@` standing for the file and `%` for a folder to write to.
  static let places: [(name: String, arguments: [String])] = [
    ("inspected file", ["inspect", "@"]),
    ("avatar", ["turntable", "@", "-o", "%/x.mp4"]),
    ("body", ["export", "sample", "--body", "@", "-o", "%/x.png", "--size", "32"]),
    ("motion", ["animate", "sample", "@", "-o", "%/x.mp4"]),
    ("background", ["export", "sample", "--background", "@", "-o", "%/x.png", "--size", "32"]),
    ("person", ["import", "dinar", "@", "--checkpoint", "@", "-o", "%/x.safetensors"]),
  ]

  private static func arguments(_ place: [String], _ path: String, _ scratch: Scratch) -> [String] {
    place.map { $0 == "@" ? path : $0.replacingOccurrences(of: "%", with: scratch.url.path) }
  }

  @Test(arguments: places.indices) func whatIsNoRegularFile(place: Int) throws {
    let scratch = try Scratch()
    let pipe = scratch.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    for (path, words) in [(pipe, "a FIFO"), ("/dev/zero", "a device")] {
      try Self.expect(
        Self.arguments(Self.places[place].arguments, path, scratch), 66,
        ["is not a regular file", words, path])
    }
    #expect(scratch.files == ["pipe"])
  }

  /// Files of one kind where another is wanted: the message says what they are.
  @Test(arguments: places.indices.dropFirst()) func otherKinds(place: Int) throws {
    let scratch = try Scratch()
    let floats = TensorData(shape: [2], floats: [1, 2])
    let picture = scratch.path("p")
    try PNGFile.write(
      Picture(width: 2, height: 2, channels: 3, bytes: [UInt8](0..<12)), to: picture)
    try NPY.write(floats, to: scratch.path("a"))
    try NPZ.write([("x", floats)], to: scratch.path("z"))
    try SafetensorsFile.write([("x", floats), ("y", floats)], to: scratch.path("t"))
    for (name, text) in [
      ("c", "a,b\n1,2\n"), ("b", "HIERARCHY\nROOT Hips\n"), ("k", "(dS'a'\nI1\ns."),
      ("j", "{\"a\":1}"),
    ] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: scratch.path(name)))
    }
    let kinds: [(path: String, words: String, fits: String)] = [
      (picture, "a PNG picture", "background"),
      (scratch.path("a"), "a NumPy array (.npy)", ""),
      (scratch.path("z"), "a NumPy archive of 1 array", ""),
      (scratch.path("t"), "a safetensors file with 2 tensors but no avatar description", ""),
      (scratch.path("c"), "a text file", ""), (scratch.path("b"), "a BVH motion", ""),
      (scratch.path("j"), "a JSON text", ""), (scratch.path("k"), "a Python pickle", ""),
      (Fixtures.asset("body/SMPLX_NEUTRAL.npz"), "an SMPL-X body", "body"),
      (Fixtures.asset("motions/wave.npz"), "a motion", "motion"),
      (Fixtures.asset("avatars/sample.safetensors"), "an avatar", "avatar"),
    ]
    let (name, arguments) = Self.places[place]
    for (path, words, fits) in kinds where fits != name {
      // These say what they have instead of a motion.
      let isOfArrays = ["a NumPy", "a Python", "a safetensors", "a JSON", "a BVH"].contains {
        words.hasPrefix($0)
      }
      if name == "motion", isOfArrays { continue }
      if name == "motion", words == "an SMPL-X body" { continue }
      // A body is shown without an avatar.
      if name == "avatar", words == "an SMPL-X body" { continue }
      try Self.expect(Self.arguments(arguments, path, scratch), 65, [words, path])
    }
    #expect(scratch.files == ["a", "b", "c", "j", "k", "p", "t", "z"], "nothing is left behind")
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected)) func checkpointsOfOtherKinds() throws {
    let scratch = try Scratch()
    let output = scratch.path("x.safetensors")
    let person = try Fixtures.path("dinar_e2e/person01.pkl")
    for (path, words) in [
      (Fixtures.asset("motions/wave.npz"), "a motion"), (person, "a person of DINAR"),
    ] {
      try Self.expect(
        ["import", "dinar", person, "--checkpoint", path, "-o", output], 65, [words, path])
    }
    #expect(scratch.files == [])
  }

  // MARK: inspect

  @Test func inspectOfAFolder() throws {
    let scratch = try Scratch()
    let empty = try Self.run(["inspect", scratch.url.path])
    #expect(empty.status == 0 && empty.output.contains("folder, 0 entries"), "\(empty.errors)")
    try Data("x\n".utf8).write(to: URL(fileURLWithPath: scratch.path("notes")))
    try FileManager.default.createDirectory(
      atPath: scratch.path("more"), withIntermediateDirectories: false)
    #expect(mkfifo(scratch.path("pipe"), 0o600) == 0)
    try FileManager.default.copyItem(
      atPath: Fixtures.asset("body/SMPLX_NEUTRAL.npz"), toPath: scratch.path("body.npz"))
    for path in [scratch.url.path, scratch.url.path + "/"] {
      let result = try Self.run(["inspect", path])
      #expect(result.status == 0, "\(result.errors)")
      for text in [
        "4 entries", "a text file", "a folder", "a FIFO", "an SMPL-X body", "use it: --body",
      ] {
        #expect(result.output.contains(text), "\(result.output)")
      }
    }
    try Self.expect(["inspect", "/"], 0, [])
  }

  @Test func inspectOfNothing() throws {
    let scratch = try Scratch()
    try Data().write(to: URL(fileURLWithPath: scratch.path("empty")))
    try Self.expect(["inspect", scratch.path("empty")], 65, ["the file is empty"])
    try Self.expect(["inspect", "/dev/null"], 66, ["a device"])
    try Self.expect(["inspect", scratch.path("none")], 66, ["there is no such file"])
    guard geteuid() != 0 else { return }
    let secret = scratch.path("secret")
    try Data("x".utf8).write(to: URL(fileURLWithPath: secret))
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: secret)
    try Self.expect(["inspect", secret], 66, ["Permission denied", secret])
  }

  /// What can be read is printed, what is damaged is said, and the status says so too.
  @Test func inspectOfDamagedArchives() throws {
    let scratch = try Scratch()
    let path = scratch.path("damaged.npz")
    var noise = SeededGenerator(state: 5)
    let values = (0..<4000).map { _ in Float(noise.next() >> 40) }
    for compressed in [false, true] {
      try NPZ.write(
        [
          ("first", TensorData(shape: [4000], floats: values)),
          ("second", TensorData(shape: [4000], floats: values)),
        ], to: path, compressed: compressed)
      #expect(try Self.run(["inspect", path]).status == 0)
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      bytes[bytes.count - 6000] ^= 0x55
      try bytes.write(to: URL(fileURLWithPath: path))
      let result = try Self.run(["inspect", path])
      #expect(result.status == 65, "\(compressed): \(result.output)")
      #expect(result.errors.contains("damaged") && result.errors.contains("[second.npy]"))
      for name in ["first", "second"] { #expect(result.output.contains("  \(name) ")) }
    }
    // A motion that breaks off is no motion, whatever its checksums say.
    let poses = TensorData(shape: [2, 66], floats: [Float](repeating: 0, count: 132))
    try NPZ.write(
      [
        ("poses", poses),
        ("trans", TensorData(shape: [3, 3], floats: [Float](repeating: 0, count: 9))),
      ],
      to: path)
    let motion = try Self.run(["inspect", path])
    #expect(motion.status == 65 && motion.output.contains("as a motion: no"), "\(motion.errors)")
  }

  @Test(.enabled(if: Fixtures.casesAreExpected)) func handedFloods() throws {
    let bomb = try Self.run(["inspect", Fixtures.cases("hostile/15_gender_bomb.npz")])
    #expect(bomb.output.utf8.count + bomb.errors.utf8.count < 4000)
    #expect(bomb.status == 0 || bomb.status == 65, "\(bomb.errors)")
    for command in ["inspect", "animate"] {
      let scratch = try Scratch()
      let path = try Fixtures.cases("hostile/18_error_flood.pkl")
      let result = try Self.run(
        command == "inspect"
          ? [command, path] : [command, "sample", path, "-o", scratch.path("x.mp4")])
      #expect(result.status == 65, "\(result.errors.prefix(2000))")
      #expect(result.output.utf8.count + result.errors.utf8.count < 4000)
    }
  }

  // MARK: names and numbers

  /// `07_person_id_traversal.pkl`: the avatar lay outside of the folder that was asked for.
  @Test(.enabled(if: Fixtures.casesAreExpected && Fixtures.goldenDataIsExpected))
  func avatarsStayInTheirFolder() throws {
    let scratch = try Scratch()
    let person = try Fixtures.cases("hostile/07_person_id_traversal.pkl")
    let result = try Self.run([
      "import", "dinar", person, "--checkpoint", Fixtures.path("dinar/dinar.ckpt"), "--body",
      Fixtures.path("dinar_e2e/smplx_models"), "-o", scratch.path("deep/out") + "/",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(scratch.files == ["deep"])
    let folder = try FileManager.default.contentsOfDirectory(atPath: scratch.path("deep"))
    #expect(folder == ["out"])
    let made = try FileManager.default.contentsOfDirectory(atPath: scratch.path("deep/out"))
    #expect(made.count == 1 && made.first?.hasSuffix(".safetensors") == true, "\(made)")
    #expect(made.first?.hasPrefix(".") == false)
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected)) func personsOfOneName() throws {
    let scratch = try Scratch()
    let person = try Fixtures.path("dinar_e2e/person01.pkl")
    for name in ["a", "b"] {
      try FileManager.default.copyItem(atPath: person, toPath: scratch.path("\(name).pkl"))
    }
    try Self.expect(
      [
        "import", "dinar", scratch.path("a.pkl"), scratch.path("b.pkl"), "--checkpoint",
        Fixtures.path("dinar/dinar.ckpt"), "-o", scratch.path("out"),
      ], 64, ["two persons have one name", "a.pkl", "b.pkl"])
    #expect(scratch.files == ["a.pkl", "b.pkl"], "nothing is made")
    // A file where a folder is wanted.
    try Data("x".utf8).write(to: URL(fileURLWithPath: scratch.path("file")))
    try Self.expect(
      [
        "import", "dinar", scratch.path("a.pkl"), "--checkpoint",
        Fixtures.path("dinar/dinar.ckpt"), "-o", scratch.path("file"),
      ], 73, [scratch.path("file")])
  }

  @Test(arguments: [
    ["--facing", "1e19"], ["--facing", "nan"], ["--fps", "1/-9223372036854775808"],
    ["--fps", "-9223372036854775808/-9223372036854775808"], ["--fps", "9223372036854775807"],
    ["--fps", "1e300"], ["--motion-fps", "1e300"], ["--motion-fps", "1e-300"],
    ["--motion-fps", "nan"],
    ["--fps", "1000", "--loop", "100000"],
  ])
  func numbersOfOptions(options: [String]) throws {
    let scratch = try Scratch()
    let joined = options.count == 2 ? ["\(options[0])=\(options[1])"] : options
    let result = try Self.run(["animate", "sample", "wave", "-o", scratch.path("x.mp4")] + joined)
    #expect(result.status == 64, "\(options): \(result.status) \(result.errors)")
    #expect(scratch.files == [])
  }
}
