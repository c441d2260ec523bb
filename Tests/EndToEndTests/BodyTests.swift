import Avatar
import Compute
import Foundation
import Media
import SMPLX
import TensorFiles
import TestSupport
import Testing

/// Bodies: named, shown without an avatar, made into avatars, found again.
@Suite(.serialized) struct BodyTests {
  private func render(
    _ arguments: [String], in scratch: Scratch, environment: [String: String] = [:]
  ) throws -> Picture {
    let path = scratch.path("picture.png")
    let result = try Program.run(
      ["export"] + arguments + ["-o", path, "--size", "72x96", "--force"], environment: environment)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return try PNGFile.read(path: path)
  }

  /// Every way to write a body's name shows the same body, and genders differ.
  @Test func names() throws {
    let scratch = try Scratch()
    let male = try render(["male"], in: scratch)
    for name in ["SMPLX_MALE", "MALE", "smplx_male", Fixtures.asset("body/SMPLX_MALE.npz")] {
      #expect(try render([name], in: scratch) == male, "\(name)")
    }
    let (female, neutral) = try (render(["female"], in: scratch), render(["neutral"], in: scratch))
    #expect(female != male && neutral != male && neutral != female)
    #expect(
      try render([Fixtures.asset("body")], in: scratch) == neutral, "a folder is the neutral one")
    // For an avatar, too.
    let sample = try render(["sample", "--body", "male"], in: scratch)
    #expect(try render(["sample", "--body", "SMPLX_MALE"], in: scratch) == sample)
    #expect(try render(["sample"], in: scratch) != sample)
    let inspected = try Program.run(["inspect", "male"])
    #expect(inspected.status == 0 && inspected.output.contains("13524 vertices"))
  }

  /// AMASS has sixteen shape coefficients, bodies often ten: those that the body knows are taken.
  @Test func shapesOfMotionsWithMoreCoefficients() throws {
    let scratch = try Scratch()
    func shown(_ betas: [Float]) throws -> (picture: Picture, errors: String) {
      let motion = scratch.path("motion.npz")
      try NPZ.write(
        [
          ("poses", TensorData(shape: [2, 66], floats: [Float](repeating: 0, count: 2 * 66))),
          ("trans", TensorData(shape: [2, 3], floats: [Float](repeating: 0, count: 6))),
          ("mocap_framerate", TensorData(shape: [], floats: [30])),
          ("betas", TensorData(shape: [betas.count], floats: betas)),
        ], to: motion)
      let result = try Program.run([
        "export", "sample", "--motion", motion, "--motion-shape", "--up", "y", "--size", "48",
        "--force", "-o", scratch.path("shape.png"),
      ])
      #expect(result.status == 0, "\(result.errors)")
      return (try PNGFile.read(path: scratch.path("shape.png")), result.errors)
    }
    let ten: [Float] = [2, -1, 0, 0, 1, 0, 0, 0, 0, 0]
    let exact = try shown(ten)
    let more = try shown(ten + [3, 3, 3, 3, 3, 3])
    #expect(more.picture == exact.picture)
    #expect(more.errors.contains("the first 10 are taken"), "\(more.errors)")
    #expect(!exact.errors.contains("are taken"), "\(exact.errors)")
    #expect(try shown([0]).picture != exact.picture)
  }

  /// Grey is grey, and parts are those of the file or of the joints.
  @Test func withoutAnAvatar() throws {
    let scratch = try Scratch()
    let bytes = try render(["neutral", "--background", "black"], in: scratch).bytes()
    let pixels = stride(from: 0, to: bytes.count, by: 3).map { Array(bytes[$0..<$0 + 3]) }
    #expect(pixels.allSatisfy { $0[0] == $0[1] && $0[1] == $0[2] })
    #expect(Set(pixels.map { $0[0] }).count > 20, "light shows the shape")
    let parts = try render(["neutral", "--pass", "parts"], in: scratch).bytes()
    #expect(
      Set(stride(from: 0, to: parts.count, by: 3).map { Array(parts[$0..<$0 + 3]) }).count > 8)
    let video = scratch.path("turn.mp4")
    let result = try Program.run([
      "turntable", "SMPLX_FEMALE", "-o", video, "--size", "64", "--seconds", "0.2",
    ])
    #expect(result.status == 0, "\(result.errors)")
    let moved = try Program.run([
      "animate", "male", "wave", "-o", scratch.path("wave.mp4"), "--size", "64", "--end", "0.2",
    ])
    #expect(moved.status == 0, "\(moved.errors)")
  }

  /// An official model has neither texture coordinates nor parts.
  @Test func bodyWithoutTextureCoordinates() throws {
    let scratch = try Scratch()
    let path = scratch.path("SMPLX_NEUTRAL.npz")
    let file = try NPZFile(path: Fixtures.asset("body/SMPLX_NEUTRAL.npz"))
    let dropped = ["vt", "ft", "part", "part_names"]
    try NPZ.write(
      file.names.filter { !dropped.contains($0) }.map { ($0, try file.tensor($0)) }, to: path)
    let whole = try render(["neutral"], in: scratch)
    #expect(try render([path], in: scratch) == whole, "grey does not ask for coordinates")
    let parts = try render([path, "--pass", "parts"], in: scratch).bytes()
    #expect(
      Set(stride(from: 0, to: parts.count, by: 3).map { Array(parts[$0..<$0 + 3]) }).count > 8)
    for arguments in [
      ["export", path, "-o", scratch.path("uv.png"), "--pass", "uv"],
      ["export", "sample", "-o", scratch.path("s.png"), "--body", path],
      [
        "make", path, "--texture", scratch.path("picture.png"), "-o", scratch.path("m.safetensors"),
      ],
    ] {
      let result = try Program.run(arguments)
      #expect(
        result.status == 65 && result.errors.contains("texture coordinates"), "\(result.errors)")
    }
    #expect(scratch.files == ["SMPLX_NEUTRAL.npz", "picture.png"])
  }

  private func skin(_ scratch: Scratch, channels: Int = 3) throws -> String {
    let path = scratch.path("skin.png")
    var bytes: [UInt8] = []
    for pixel in 0..<64 * 64 {
      bytes += [UInt8(pixel % 64 * 4), UInt8(pixel / 64 * 4), 90]
      if channels == 4 { bytes.append(UInt8(pixel % 256)) }
    }
    try PNGFile.write(
      Picture(width: 64, height: 64, channels: channels, bytes: bytes), to: path, overwrite: true)
    return path
  }

  @Test func makesAPlainAvatar() throws {
    let scratch = try Scratch()
    let skin = try skin(scratch)
    let path = scratch.path("me.safetensors")
    var arguments = [
      "make", "male", "--texture", skin, "-o", path, "--name", "Me", "--betas", "-1,0.5", "--light",
      "none", "--license", "CC0", "--description", "painted",
    ]
    let made = try Program.run(arguments)
    #expect(made.status == 0 && made.errors == "\(path): Me\n", "\(made.errors)")
    let file = try AvatarFile(path: path)
    let description = file.description
    #expect(description.name == "Me" && description.betas == [-1, 0.5])
    #expect(description.license == "CC0" && description.description == "painted")
    #expect(description.decoder.kind.name == "plain" && description.decoder.light == "none")
    #expect(description.body.file == "SMPLX_MALE.npz" && description.body.path == nil)
    #expect(
      try description.body.sha256 == Assets.sha256(ofFile: Fixtures.asset("body/SMPLX_MALE.npz")))
    #expect(try file.colorTexture() == PNGFile.read(path: skin))
    // Without light the picture has the texture's colours: blue is 90 throughout, to a byte.
    let picture = try render([path, "--background", "#00005a", "--supersample", "1"], in: scratch)
    let blue = stride(from: 2, to: picture.bytes().count, by: 3).map { picture.bytes()[$0] }
    #expect(blue.allSatisfy { abs(Int($0) - 90) <= 1 })
    // The shape is the avatar's: another one than the body's own.
    #expect(
      try render([path, "--pass", "mask"], in: scratch)
        != render(["male", "--pass", "mask"], in: scratch))
    // Not overwritten, unless asked.
    #expect(try Program.run(arguments).status == 73)
    arguments[arguments.firstIndex(of: "Me") ?? 0] = "You"
    #expect(try Program.run(arguments + ["--force"]).status == 0)
    #expect(try AvatarFile(path: path).description.name == "You")
    // Transparency is said.
    let warned = try Program.run([
      "make", "neutral", "--texture", self.skin(scratch, channels: 4), "-o", path, "--force",
    ])
    #expect(warned.status == 0 && warned.errors.contains("transparent"), "\(warned.errors)")
    #expect(try AvatarFile(path: path).description.name == "me")
  }

  @Test func makesNothingOfWhatDoesNotFit() throws {
    let scratch = try Scratch()
    let skin = try skin(scratch)
    let output = scratch.path("x.safetensors")
    try Data("text".utf8).write(to: URL(fileURLWithPath: scratch.path("text.png")))
    for (arguments, status, says) in [
      (["nobody", "--texture", skin, "-o", output], 66, "nobody"),
      (["male", "--texture", scratch.path("text.png"), "-o", output], 65, "text.png"),
      (["male", "--texture", scratch.path("none.png"), "-o", output], 66, "none.png"),
      (["male", "--texture", skin, "-o", scratch.path("x.png")], 64, ".safetensors"),
      ([skin, "--texture", skin, "-o", output], 65, "skin.png"),
      (
        ["male", "--texture", skin, "-o", output, "--betas", "0,0,0,0,0,0,0,0,0,0,1"], 65,
        "SMPLX_MALE.npz"
      ),
      (["male", "--texture", skin, "-o", scratch.path("none/x.safetensors")], 73, "none"),
    ] as [([String], Int32, String)] {
      let result = try Program.run(["make"] + arguments)
      #expect(result.status == status, "\(arguments): \(result.status) \(result.errors)")
      #expect(result.errors.contains(says), "\(result.errors)")
    }
    #expect(scratch.files == ["skin.png", "text.png"])
  }

  /// A body of the user's own is found where it was, beside the avatar, and in AVATAR_BODIES under any
  /// name; otherwise the message says where it was looked for, and its hint works.
  @Test func ownBodyIsFoundAgain() throws {
    let scratch = try Scratch()
    func folder(_ name: String) throws -> String {
      let path = scratch.path(name)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      return path
    }
    func move(_ from: String, _ to: String) throws {
      try FileManager.default.moveItem(atPath: from, toPath: to)
    }
    let mine = try folder("my bodies") + "/mine.npz"
    try FileManager.default.copyItem(atPath: Fixtures.asset("body/SMPLX_FEMALE.npz"), toPath: mine)
    let avatar = try folder("avatars") + "/me.safetensors"
    let made = try Program.run(["make", mine, "--texture", skin(scratch), "-o", avatar])
    #expect(made.status == 0, "\(made.errors)")
    #expect(try AvatarFile(path: avatar).description.body.path == mine)
    // No bundled assets are needed by somebody who has everything.
    let nothing = ["AVATAR_ASSETS": try folder("empty")]
    let picture = try render([avatar], in: scratch, environment: nothing)
    #expect(try render([mine, "--pass", "mask"], in: scratch, environment: nothing).width == 72)

    // Moved away.
    let shelf = try folder("shelf")
    try move(mine, shelf + "/renamed.npz")
    let lost = try Program.run(
      ["export", avatar, "-o", scratch.path("x.png")], environment: nothing)
    #expect(lost.status == 66, "\(lost.errors)")
    for text in [
      "mine.npz was not found", scratch.path("avatars/mine.npz"), mine, "--body", "AVATAR_BODIES",
    ] {
      #expect(lost.errors.contains(text), "'\(text)' is not in: \(lost.errors)")
    }
    // By content, under another name; folders that are empty or missing do no harm.
    let bodies = ["AVATAR_BODIES": "\(scratch.path("none")):\(try folder("other")):\(shelf)"]
    #expect(
      try render([avatar], in: scratch, environment: nothing.merging(bodies) { $1 }) == picture)
    // By name, also for a person who types it.
    try move(shelf + "/renamed.npz", shelf + "/mine.npz")
    #expect(try render([avatar], in: scratch, environment: bodies) == picture)
    #expect(try render(["mine", "--pass", "mask"], in: scratch, environment: bodies).width == 72)
    #expect(
      try render([avatar, "--body", "mine"], in: scratch, environment: bodies) == picture)
    // A body of the same name that is another does not hide the right one.
    try FileManager.default.copyItem(atPath: Fixtures.asset("body/SMPLX_MALE.npz"), toPath: mine)
    #expect(try render([avatar], in: scratch, environment: bodies) == picture)
    // Alone it is refused, and the hint can be typed into a shell as it is.
    let other = try Program.run(["export", avatar, "-o", scratch.path("x.png"), "--size", "32"])
    #expect(other.status == 65 && other.errors.contains("SHA-256"), "\(other.errors)")
    let hint = try #require(other.errors.firstRange(of: "--body "))
    let words = other.errors[hint.lowerBound...]
    let end = try #require(words.firstRange(of: " uses it"))
    let typed = words[..<end.lowerBound]
    let shell = try Program.start(
      [
        "-c", "exec \"$0\" export \"$1\" -o \"$2\" --size 32 \(typed)", Program.path, avatar,
        scratch.path("x.png"),
      ], program: "/bin/sh")
    let result = Program.finish(shell.process, shell.output, shell.errors)
    #expect(result.status == 0 && result.errors.contains("not the body"), "\(result.errors)")
    // Beside the avatar.
    try FileManager.default.removeItem(atPath: mine)
    try move(shelf + "/mine.npz", scratch.path("avatars/mine.npz"))
    #expect(try render([avatar], in: scratch, environment: nothing) == picture)
  }

  /// Names and paths of bodies come from a file: they lead nowhere, and pipes are not opened.
  @Test(.timeLimit(.minutes(1))) func hostileReferences() throws {
    let scratch = try Scratch()
    let skin = try skin(scratch)
    let path = scratch.path("me.safetensors")
    #expect(try Program.run(["make", "male", "--texture", skin, "-o", path]).status == 0)
    let file = try SafetensorsFile(path: path)
    let tensors = try file.names.map { ($0, try file.tensor($0)) }
    mkfifo(scratch.path("fifo"), 0o600)
    for (name, place, status) in [
      ("../../body.npz", nil, 65), ("", nil, 65), ("/dev/zero", nil, 65),
      ("none.npz", "/dev/zero", 66), ("none.npz", scratch.path("fifo"), 66),
      ("none.npz", "relative/none.npz", 66), ("none.npz", scratch.url.path, 66),
    ] as [(String, String?, Int32)] {
      var description = try AvatarFile(path: path).description
      description.body.file = name
      description.body.path = place
      let changed = scratch.path("changed.safetensors")
      try AvatarFile.write(description, tensors: tensors, to: changed)
      let result = try Program.run(["export", changed, "-o", scratch.path("x.png"), "--size", "32"])
      #expect(result.status == status, "\(name) \(place ?? ""): \(result.errors)")
      #expect(result.errors.contains("body.file"), "\(result.errors)")
    }
  }

  @Test func withoutBundledAssets() throws {
    let scratch = try Scratch()
    let nothing = ["AVATAR_ASSETS": scratch.path("none")]
    let output = scratch.path("x.png")
    let named = try Program.run(["export", "sample", "-o", output], environment: nothing)
    #expect(named.status == 66 && named.errors.contains("sample"), "\(named.errors)")
    #expect(named.errors.contains("AVATAR_ASSETS"), "\(named.errors)")
    let listed = try Program.run(["list"], environment: nothing)
    #expect(listed.status == 66 && listed.errors.contains("AVATAR_ASSETS"), "\(listed.errors)")
    let body = try Program.run(
      ["export", Fixtures.asset("body/SMPLX_MALE.npz"), "-o", output, "--size", "32"],
      environment: nothing)
    #expect(body.status == 0, "\(body.errors)")
    // A folder of the same name does not hide what ships.
    let there = try Program.start(
      ["-c", "mkdir sample && exec \"$0\" export sample -o y.png --size 32", Program.path],
      program: "/bin/sh", folder: scratch.url.path)
    let result = Program.finish(there.process, there.output, there.errors)
    #expect(result.status == 0, "\(result.errors)")
  }
}
