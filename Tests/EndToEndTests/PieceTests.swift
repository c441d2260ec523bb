import Avatar
import Compute
import Foundation
import Media
import TensorFiles
import TestSupport
import Testing

/// Many machines: each renders a piece, pieces make the whole.
@Suite(.serialized) struct PieceTests {
  private static func render(
    _ arguments: [String], output: String, status: Int32 = 0
  ) throws -> Program.Result {
    let result = try Program.run(arguments + ["-o", output])
    #expect(result.status == status, "\(result.errors)")
    return result
  }

  private static func frames(_ path: String) throws -> [[UInt8]] {
    let reader = try VideoReader(path: path)
    var result: [[UInt8]] = []
    while let frame = try reader.nextFrame() { result.append(frame.bytes()) }
    return result
  }

  static let animation = [
    "animate", "sample", "wave", "--size", "80x64", "--fps", "12", "--camera", "fit",
  ]

  /// Four pieces into one folder, in any order, are the pictures of the whole run; one of them again is
  /// refused, and so is nothing else.
  @Test(arguments: [
    animation,
    ["animate", "sample", "wave", "--size", "56", "--fps", "9", "--camera", "follow"],
    ["turntable", "sample", "--size", "56", "--fps", "10", "--seconds", "2.3"],
    [
      "turntable", "sample", "--size", "48x64", "--fps", "10", "--seconds", "2", "--background",
      "transparent",
    ],
  ])
  func picturesOfPieces(arguments: [String]) throws {
    let scratch = try Scratch()
    _ = try Self.render(arguments, output: scratch.path("whole"))
    for (piece, threads) in [(3, 1), (1, 2), (4, 5), (2, 1)] {
      _ = try Self.render(
        arguments + ["--frames", "\(piece)/4", "--threads", "\(threads)"],
        output: scratch.path("pieces"))
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("whole")).sorted()
    #expect(names.count > 15)
    let pieces = try FileManager.default.contentsOfDirectory(atPath: scratch.path("pieces"))
    #expect(pieces.sorted() == names)
    for name in names {
      #expect(try scratch.bytes("whole/\(name)") == scratch.bytes("pieces/\(name)"), "\(name)")
    }
    let again = try Self.render(
      arguments + ["--frames", "2/4"], output: scratch.path("pieces"), status: 73)
    #expect(again.errors.contains("exists already") && again.errors.contains("frame_0000"))
  }

  /// Four videos become one that shows their very frames, as many and as long as the whole run's.
  @Test func joinedVideo() throws {
    let scratch = try Scratch()
    _ = try Self.render(Self.animation, output: scratch.path("whole.mp4"))
    var expected: [[UInt8]] = []
    for piece in 1...4 {
      let path = scratch.path("\(piece).mp4")
      _ = try Self.render(Self.animation + ["--frames", "\(piece)/4"], output: path)
      let comment = try VideoReader(path: path).info.comment
      let label = try #require(PieceLabel(comment), "\(comment)")
      #expect(label.total == 36 && label.frames.range == (piece - 1) * 9...piece * 9 - 1)
      expected += try Self.frames(path)
    }
    let parts = [3, 1, 4, 2].map { scratch.path("\($0).mp4") }
    let result = try Program.run(["join"] + parts + ["-o", scratch.path("joined.mp4")])
    #expect(
      result.status == 0 && result.errors.contains("36 frames of 4 parts"), "\(result.errors)")
    #expect(try Self.frames(scratch.path("joined.mp4")) == expected)
    let (joined, whole) = (
      try VideoReader(path: scratch.path("joined.mp4")).info,
      try VideoReader(path: scratch.path("whole.mp4")).info
    )
    #expect(joined == whole)
    let boxes = try VideoReader.boxes(path: scratch.path("joined.mp4"))
    #expect(boxes.filter { $0 != "free" } == ["ftyp", "moov", "mdat"])
    // The whole run shows the same pictures: the encoder alone makes the difference.
    let pictures = try Self.frames(scratch.path("whole.mp4"))
    let worst = zip(expected, pictures).map { one, other in
      Double(zip(one, other).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(one.count)
    }.max()
    #expect(try #require(worst) < 1.5)
    // In two steps it is the same file.
    for (name, pair) in [("a", [2, 1]), ("b", [3, 4])] {
      let parts = pair.map { scratch.path("\($0).mp4") }
      let part = try Program.run(
        ["join", "--partial"] + parts + ["-o", scratch.path("\(name).mp4")])
      #expect(part.status == 0, "\(part.errors)")
    }
    let steps = try Program.run(
      ["join", scratch.path("b.mp4"), scratch.path("a.mp4"), "-o", scratch.path("steps.mp4")])
    #expect(steps.status == 0, "\(steps.errors)")
    #expect(try scratch.bytes("steps.mp4") == scratch.bytes("joined.mp4"))
    // A whole of one piece is a piece, too.
    _ = try Self.render(
      Self.animation + ["--frames", "1/1"], output: scratch.path("only.mp4"))
    let alone = try Program.run(
      ["join", scratch.path("only.mp4"), "-o", scratch.path("alone.mp4")])
    #expect(alone.status == 0, "\(alone.errors)")
    #expect(try Self.frames(scratch.path("alone.mp4")) == pictures)
  }

  @Test func whatDoesNotBelongTogether() throws {
    let scratch = try Scratch()
    func piece(_ name: String, _ frames: String, _ more: [String] = []) throws -> String {
      let path = scratch.path(name)
      _ = try Self.render(
        Self.animation + ["--preset", "ultrafast", "--frames", frames] + more, output: path)
      return path
    }
    let (a, b, c) = (
      try piece("a.mp4", "1/3"), try piece("b.mp4", "2/3"), try piece("c.mp4", "3/3")
    )
    func expectRefusal(
      _ parts: [String], _ says: [String], status: Int32 = 65, _ more: [String] = []
    ) throws {
      let before = scratch.files
      let result = try Program.run(["join"] + parts + ["-o", scratch.path("x.mp4")] + more)
      #expect(result.status == status, "\(result.errors)")
      for text in says { #expect(result.errors.contains(text), "\(text) in \(result.errors)") }
      #expect(scratch.files == before)
    }
    try expectRefusal([a, c], ["12-23 are missing", "c.mp4"])
    try expectRefusal([a, b], ["not the whole sequence", "0-35", "--partial"])
    try expectRefusal([b, c], ["not the whole sequence"])
    try expectRefusal([a, b, c, b], ["overlap"])
    try expectRefusal([a, try piece("d.mp4", "10-35")], ["overlap", "d.mp4"])
    for (name, option) in [
      ("yaw", ["--yaw", "20"]), ("crf", ["--crf", "30"]), ("light", ["--light", "none"]),
      ("speed", ["--start", "0.01"]), ("background", ["--background", "black"]),
    ] {
      try expectRefusal(
        [a, try piece("\(name).mp4", "2/3", option), c], ["different runs", "\(name).mp4"])
    }
    try expectRefusal([a, try piece("list.mp4", "12-20,22-35")], ["list of frames", "list.mp4"])
    try expectRefusal([a, try piece("all.mp4", "0-")], ["overlap", "all.mp4"])
    _ = try Self.render(
      Self.animation + ["--preset", "ultrafast"], output: scratch.path("whole.mp4"))
    try expectRefusal([a, scratch.path("whole.mp4")], ["does not say", "whole.mp4"])
    try expectRefusal([scratch.path("none.mp4")], ["none.mp4"], status: 66)
    try Data("no video".utf8).write(to: scratch.url.appendingPathComponent("text.mp4"))
    try expectRefusal([a, scratch.path("text.mp4")], ["text.mp4"])
    // What exists stays, and a part is never the output.
    for (output, status, says) in [
      ("c.mp4", Int32(73), "--force"), ("b.mp4", 64, "one of the parts"),
    ] {
      let kept = try scratch.bytes(output)
      let result = try Program.run(["join", a, b, "--partial", "-o", scratch.path(output)])
      #expect(result.status == status && result.errors.contains(says), "\(result.errors)")
      #expect(try scratch.bytes(output) == kept)
    }
    let picture = try Program.run(["join", a, b, c, "-o", scratch.path("x_%d.png")])
    #expect(picture.status == 64)
  }

  @Test func resumingPictures() throws {
    let scratch = try Scratch()
    let arguments = ["turntable", "sample", "--size", "40", "--fps", "10", "--seconds", "2"]
    let output = scratch.path("out/f_%03d.png")
    try FileManager.default.createDirectory(
      atPath: scratch.path("out"), withIntermediateDirectories: false)
    _ = try Self.render(arguments, output: output)
    let path = { (number: Int) in scratch.path(String(format: "out/f_%03d.png", number)) }
    let whole = try (0..<20).map { try Data(contentsOf: URL(fileURLWithPath: path($0))) }
    let done = try Self.render(arguments + ["--resume"], output: output)
    #expect(done.errors.contains("nothing is missing"))
    for number in [0, 3, 4, 19] { try FileManager.default.removeItem(atPath: path(number)) }
    func age(_ number: Int) throws -> Date? {
      try FileManager.default.attributesOfItem(atPath: path(number))[.modificationDate] as? Date
    }
    let before = try age(7)
    let rest = try Self.render(arguments + ["--resume"], output: output)
    #expect(rest.errors.contains("4 frames"), "\(rest.errors)")
    #expect(try age(7) == before)
    for number in 0..<20 {
      #expect(try Data(contentsOf: URL(fileURLWithPath: path(number))) == whole[number])
    }
    // Something else under the name of a picture is named and stays.
    for wrong in [Data("text".utf8), Data(whole[5].dropLast(9))] {
      try wrong.write(to: URL(fileURLWithPath: path(5)))
      let refused = try Self.render(arguments + ["--resume"], output: output, status: 73)
      #expect(refused.errors.contains("f_005.png"), "\(refused.errors)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: path(5))) == wrong)
    }
    _ = try Self.render(
      ["export", "sample", "--size", "64"], output: scratch.path("other.png"))
    try FileManager.default.removeItem(atPath: path(5))
    try FileManager.default.copyItem(atPath: scratch.path("other.png"), toPath: path(5))
    let other = try Self.render(arguments + ["--resume"], output: output, status: 73)
    #expect(other.errors.contains("f_005.png") && other.errors.contains("64 x 64"))
    _ = try Self.render(arguments + ["--resume", "--force"], output: output, status: 64)
  }

  @Test func resumingVideos() throws {
    let scratch = try Scratch()
    let output = scratch.path("a.mp4")
    let piece = Self.animation + ["--frames", "2/3", "--resume"]
    _ = try Self.render(piece, output: output)
    let bytes = try scratch.bytes("a.mp4")
    let again = try Self.render(piece, output: output)
    #expect(again.errors.contains("nothing is missing"))
    #expect(try scratch.bytes("a.mp4") == bytes)
    for other in [
      Self.animation + ["--frames", "1/3", "--resume"], Self.animation + ["--resume"],
      piece + ["--size", "64"],
    ] {
      let refused = try Self.render(other, output: output, status: 73)
      #expect(refused.errors.contains("something else has the name"), "\(refused.errors)")
    }
    #expect(try scratch.bytes("a.mp4") == bytes)
  }

  /// A neural avatar's pieces, masks included, and what of them is missing.
  @Test(.enabled(if: Fixtures.goldenDataIsExpected)) func neuralPiecesAndMasks() throws {
    let scratch = try Scratch()
    let person = try DinarTests.imported(in: scratch)
    let arguments = [
      "animate", person, "wave", "--body", try DinarTests.fixture("smplx_models"), "--size", "64",
      "--fps", "4", "--camera", "fixed", "--background", "transparent",
    ]
    func folders(_ name: String) -> [String] {
      ["--mask-folder", scratch.path("\(name)_masks")]
    }
    _ = try Self.render(arguments + folders("whole"), output: scratch.path("whole"))
    for piece in ["5-", "0", "1-4"] {
      _ = try Self.render(
        arguments + folders("part") + ["--frames", piece], output: scratch.path("part"))
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("whole")).sorted()
    #expect(names.count == 12)
    func compare() throws {
      for folder in ["", "_masks"] {
        for name in names {
          let (one, other) = ("whole\(folder)/\(name)", "part\(folder)/\(name)")
          #expect(try scratch.bytes(one) == scratch.bytes(other), "\(other)")
        }
      }
    }
    try compare()
    for name in ["part/\(names[2])", "part_masks/\(names[2])", "part_masks/\(names[7])"] {
      try FileManager.default.removeItem(atPath: scratch.path(name))
    }
    let rest = try Self.render(
      arguments + folders("part") + ["--resume"], output: scratch.path("part"))
    #expect(rest.errors.contains("1 frame,"), "\(rest.errors)")
    try compare()
  }

  /// Frames of DINAR's turntable that share a name: whose it is does not depend on what is selected.
  @Test(.enabled(if: Fixtures.goldenDataIsExpected)) func sharedNamesOfPieces() throws {
    let scratch = try Scratch()
    let person = try DinarTests.imported(in: scratch)
    let arguments = [
      "turntable", person, "--body", try DinarTests.fixture("smplx_models"), "--like", "dinar",
      "--fps", "100", "--seconds", "4",
    ]
    for frames in ["0-3", "4-9", "10-20"] {
      _ = try Self.render(arguments + ["--frames", frames], output: scratch.path("parts"))
    }
    _ = try Self.render(arguments + ["--frames", "0-20"], output: scratch.path("whole"))
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("whole")).sorted()
    #expect(names.count < 21 && names.count > 10)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path("parts")).sorted() == names)
    for name in names {
      #expect(try scratch.bytes("whole/\(name)") == scratch.bytes("parts/\(name)"), "\(name)")
    }
  }

  /// Pictures that are finished stay, also when the masks beside them cannot be written.
  @Test(.enabled(if: Fixtures.goldenDataIsExpected), arguments: [false, true])
  func fullDiskBesidePictures(force: Bool) throws {
    let scratch = try Scratch()
    let person = try DinarTests.imported(in: scratch)
    let arguments = [
      "animate", person, "wave", "--body", try DinarTests.fixture("smplx_models"), "--size", "32",
      "--fps", "8", "--threads", "1",
    ]
    for folder in ["out", "masks"] {
      try FileManager.default.createDirectory(
        atPath: scratch.path(folder), withIntermediateDirectories: false)
    }
    if force {
      for number in 0..<24 {
        try Data("earlier".utf8).write(
          to: URL(fileURLWithPath: scratch.path(String(format: "out/frame_%06d.png", number))))
      }
    }
    // The disk of the masks is full from the tenth on: a folder has its name.
    try FileManager.default.createDirectory(
      atPath: scratch.path("masks/frame_000010.png"), withIntermediateDirectories: false)
    let result = try Program.run(
      arguments + ["-o", scratch.path("out"), "--mask-folder", scratch.path("masks"), "--force"])
    #expect(result.status == 73, "\(result.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("out")).sorted()
    #expect(names.count >= 8 && names.allSatisfy { $0.hasSuffix(".png") }, "\(names)")
    if force { #expect(names.count == 24) }
    var finished = 0
    for name in names where try scratch.bytes("out/\(name)") != Data("earlier".utf8) {
      #expect(try PNGFile.read(path: scratch.path("out/\(name)")).width == 32)
      finished += 1
    }
    #expect(finished >= 8)
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected)) func outputsOfTheSameNames() throws {
    let scratch = try Scratch()
    let person = try DinarTests.imported(in: scratch)
    let common = [
      "animate", person, "wave", "--body", try DinarTests.fixture("smplx_models"), "--size", "32",
    ]
    for (output, masks) in [
      ("out", "out"), ("out", "./out/"), ("out/", "new/../out"), ("a_%d.png", "a_%03d.png"),
      ("a_%d.png", "a_1%d.png"),
    ] {
      let path = scratch.url.path + "/"
      let result = try Program.run(common + ["-o", path + output, "--mask-folder", path + masks])
      #expect(result.status == 64, "\(output) \(masks): \(result.errors)")
      #expect(result.errors.contains("--mask-folder"), "\(result.errors)")
    }
    for pass in ["mask", "normals", "depth"] {
      let result = try Program.run(
        common + ["-o", scratch.path("p"), "--mask-folder", scratch.path("m"), "--pass", pass])
      #expect(result.status == 64 && result.errors.contains("--mask-folder"), "\(result.errors)")
    }
    #expect(scratch.files == ["person.safetensors"])
  }

  /// A camera for a long sequence costs no more than a loop of it, in time and in memory.
  @Test(.enabled(if: !Sanitizers.areOn)) func longSequencesOfWhichLittleIsWanted() throws {
    let scratch = try Scratch()
    let (process, output, errors) = try Program.start(
      [
        "-c", "ulimit -v 1500000; exec \"$0\" \"$@\"", Program.path, "animate", "sample", "wave",
        "--size", "32", "--fps", "1000", "--loop", "30000", "--frames", "0-3", "-o",
        scratch.path("f"),
      ], program: "/bin/sh")
    let result = Program.finish(process, output, errors)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path("f")).count == 4)
  }

  @Test func walkingOutOfThePicture() throws {
    let scratch = try Scratch()
    let motion = scratch.path("walk.npz")
    try NPZ.write(
      [
        ("poses", TensorData(shape: [40, 66], floats: [Float](repeating: 0, count: 40 * 66))),
        (
          "trans",
          TensorData(
            shape: [40, 3], floats: (0..<40).flatMap { [Float($0) * 0.1, 0, 0] })
        ),
        ("mocap_framerate", TensorData(shape: [], floats: [30])),
      ], to: motion)
    for (camera, warns) in [("fixed", true), ("fit", false)] {
      let result = try Self.render(
        [
          "animate", "sample", motion, "--size", "48", "--fps", "30", "--camera", camera, "--up",
          "y",
        ], output: scratch.path("\(camera).mp4"))
      let lines = result.errors.split(separator: "\n").filter { $0.contains("picture's edge") }
      #expect(lines.count == (warns ? 1 : 0), "\(result.errors)")
      if warns { #expect(lines.first?.contains("from frame") == true) }
    }
  }

  /// The size of an avatar's photo is checked before anything is made of it.
  @Test(
    .enabled(if: Fixtures.goldenDataIsExpected),
    arguments: [
      (-5, 64), (64, -5), (0, 0), (Int.max, 64), (64, Int.max), (1 << 33, 1 << 33), (16385, 4),
      (Int.min, Int.min),
    ])
  func photosOfImpossibleSizes(width: Int, height: Int) throws {
    let scratch = try Scratch()
    let person = try DinarTests.imported(in: scratch)
    let file = try SafetensorsFile(path: person)
    var description = try AvatarFile(path: person).description
    description.photo?.width = width
    description.photo?.height = height
    let changed = scratch.path("changed.safetensors")
    try AvatarFile.write(
      description, tensors: file.names.map { ($0, try file.tensor($0)) }, to: changed)
    try Self.refusesPhoto(changed, scratch)
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected && Fixtures.casesAreExpected))
  func photosOfTheHostileFolder() throws {
    let scratch = try Scratch()
    for name in ["05_photo_negative.safetensors", "05_photo_width_intmax.safetensors"] {
      try Self.refusesPhoto(Fixtures.cases("hostile/\(name)"), scratch)
    }
  }

  private static func refusesPhoto(_ avatar: String, _ scratch: Scratch) throws {
    let background = scratch.path("bg.png")
    try PNGFile.write(
      Picture(width: 2, height: 2, channels: 3, bytes: [UInt8](repeating: 9, count: 12)),
      to: background, overwrite: true)
    for more in [[], ["--background", background], ["--like", "dinar"]] {
      let result = try Program.run(
        [
          "export", avatar, "--body", try DinarTests.fixture("smplx_models"), "-o",
          scratch.path("x.png"),
        ] + more)
      #expect(result.status == 65 && result.errors.contains("photo"), "\(result.errors)")
    }
    #expect(!scratch.files.contains("x.png"))
  }
}
