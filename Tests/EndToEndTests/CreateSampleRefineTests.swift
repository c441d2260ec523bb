import Compute
import Foundation
import Media
import TensorFiles
import TestSupport
import Testing

/// From prepared pictures and photos to textures and avatars, as users make them; cases come from the
/// manifest of the golden data.
@Suite(.serialized, .enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct CreateSampleRefineTests {
  private struct Manifest: Decodable {
    struct Case: Decodable {
      let data_size: Int
      let sampler: String
      let refiner: String?
      let refiner_args: String
      let concat: String
      let which_epoch: String
      let input: String
      let mask: String
      let norm: String
      let outputs: [String]
    }
    let cases: [String: Case]
  }

  private static func cases() throws -> [(name: String, value: Manifest.Case)] {
    let bytes = try Data(
      contentsOf: URL(fileURLWithPath: Fixtures.path("sample_refine/manifest.json")))
    return try JSONDecoder().decode(Manifest.self, from: bytes).cases
      .map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
  }

  private static func input(_ path: String) throws -> String {
    path.hasPrefix("data/")
      ? try Fixtures.data(String(path.dropFirst(5))) : try Fixtures.path("sample_refine/\(path)")
  }

  /// The authors' command for a case.
  private static func arguments(_ item: Manifest.Case, output: String) throws -> [String] {
    let root = try Fixtures.path("sample_refine/checkpoints")
    var words = [
      "create", "sample-refine", "--input", try input(item.input), "--pmask",
      try input(item.mask), "--norm_map", try input(item.norm), "--out", output, "--data_size",
      "\(item.data_size)", "--checkpoint", "\(root)/\(item.refiner ?? item.sampler)",
      "--which_epoch", item.which_epoch, "--like", "sample-refine", "--infer",
    ]
    guard item.refiner != nil else { return words + ["--G", "S1"] }
    words += ["--concat", item.concat, "--SamplerNet", "\(root)/\(item.sampler)", "--G", "R1"]
    return words + item.refiner_args.split(separator: " ").map(String.init)
  }

  /// A case with a refiner, and its folder of pictures with the authors' names.
  private static func any() throws -> (item: Manifest.Case, networks: [String]) {
    let item = try #require(cases().first { $0.value.refiner != nil }?.value)
    let root = try Fixtures.path("sample_refine/checkpoints")
    return (
      item,
      [
        "--checkpoint", "\(root)/\(item.refiner ?? "")", "--sampler", "\(root)/\(item.sampler)",
        "--size", "\(item.data_size)",
      ]
    )
  }

  private static func copy(_ item: Manifest.Case, as name: String, into scratch: Scratch) throws {
    for (path, ending) in [
      (item.input, "symmetry"), (item.mask, "mask_symm"), (item.norm, "norm"),
    ] {
      let folder = scratch.path("in")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: input(path), toPath: "\(folder)/\(name)_\(ending).png")
    }
  }

  @Test func theAuthorsCommandsMakeTheirPictures() throws {
    let scratch = try Scratch()
    for (name, item) in try Self.cases() {
      let output = scratch.path(name)
      let made = try Program.run(Self.arguments(item, output: output))
      try #require(made.status == 0, "\(name): \(made.errors)")
      for picture in item.outputs {
        let found = try PNGFile.read(path: "\(output)/\(picture)").bytes()
        let golden = try PNGFile.read(path: Fixtures.path("sample_refine/\(name)/\(picture)"))
          .bytes()
        try #require(found.count == golden.count, "\(picture)")
        let off = zip(found, golden).filter { min($0 &- $1, $1 &- $0) > 1 }.count
        #expect(Double(off) <= 0.005 * Double(golden.count), "\(name) \(picture): \(off)")
      }
    }
  }

  @Test func foldersGoOnAfterFailuresAndSkipWhatIsFinished() throws {
    let scratch = try Scratch()
    let (item, networks) = try Self.any()
    for name in ["a", "b", "c", "d"] { try Self.copy(item, as: name, into: scratch) }
    try FileManager.default.removeItem(atPath: scratch.path("in/b_norm.png"))
    try Data("no picture".utf8).write(to: URL(fileURLWithPath: scratch.path("in/c_mask_symm.png")))
    let words =
      ["create", "sample-refine", scratch.path("in"), "-o", scratch.path("out/")] + networks
    let made = try Program.run(words)
    #expect(made.status == 1, "\(made.errors)")
    #expect(made.errors.contains("failed: b, c; made: 2"), "\(made.errors)")
    #expect(made.errors.contains("b_norm.png") && made.errors.contains("c_mask_symm.png"))
    let pictures = ["a_output.png", "a_sampled.png", "d_output.png", "d_sampled.png"]
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path("out")).sorted() == pictures)
    try FileManager.default.removeItem(atPath: scratch.path("in/b_mask_symm.png"))
    for name in ["b_symmetry", "c_symmetry"] {
      try FileManager.default.removeItem(atPath: scratch.path("in/\(name).png"))
    }
    let again = try Program.run(words)
    #expect(again.status == 0 && again.errors.contains("nothing is missing"), "\(again.errors)")
    let flow = try Program.run(words + ["--flow"])
    #expect(flow.status == 0, "\(flow.errors)")
    for name in ["a", "d"] {
      #expect(FileManager.default.fileExists(atPath: scratch.path("out/\(name)_flow.png")))
    }
    let input = scratch.path("in/a_symmetry.png")
    let onto = try Program.run(
      ["create", "sample-refine", input, "-o", input, "--force"] + networks)
    #expect(onto.status == 64 && onto.errors.contains("the output is an input"), "\(onto.errors)")
    // Ours are rounded: no less than what is cut off.
    let cut = try Program.run(
      words.dropLast(networks.count).dropLast() + [scratch.path("cut/"), "--like", "sample-refine"]
        + networks)
    #expect(cut.status == 0, "\(cut.errors)")
    let (rounded, truncated) = (
      try PNGFile.read(path: scratch.path("out/a_output.png")).bytes(),
      try PNGFile.read(path: scratch.path("cut/a_output.png")).bytes()
    )
    #expect(zip(rounded, truncated).allSatisfy { $0 == $1 || $0 == $1 &+ 1 || $0 == 255 })
    #expect(rounded != truncated)
  }

  @Test func theSameBytesForAnyNumberOfThreads() throws {
    let scratch = try Scratch()
    let (item, networks) = try Self.any()
    try Self.copy(item, as: "a", into: scratch)
    var files: [Data] = []
    for threads in ["1", "2", "5"] {
      let made = try Program.run(
        [
          "create", "sample-refine", scratch.path("in/a_symmetry.png"), "--flow", "--blend-mask",
          "--threads", threads, "-o", scratch.path("\(threads)/"),
        ] + networks)
      #expect(made.status == 0, "\(made.errors)")
      var bytes = Data()
      for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path(threads))
        .sorted()
      {
        bytes += try scratch.bytes("\(threads)/\(name)")
      }
      files.append(bytes)
    }
    #expect(!files[0].isEmpty && files[0] == files[1] && files[0] == files[2])
  }

  @Test func whatCannotWorkIsSaidBeforeAnyWork() throws {
    let scratch = try Scratch()
    let (item, networks) = try Self.any()
    try Self.copy(item, as: "a", into: scratch)
    let texture = scratch.path("in/a_symmetry.png")
    let root = try Fixtures.path("sample_refine/checkpoints")
    let refiner = "\(root)/\(item.refiner ?? "")"
    let size = try PNGFile.read(path: texture).width
    for (name, side) in [("black", size), ("small", size / 2), ("dot", 1)] {
      let black = try Picture(
        width: side, height: side, channels: 1, bytes: [UInt8](repeating: 0, count: side * side))
      try PNGFile.write(black, to: scratch.path("\(name).png"))
    }
    let output = ["-o", scratch.path("out/")]
    for (more, says, status) in [
      (["--checkpoint", refiner, "--sampler", refiner], "sampler", 65 as Int32),
      (["--checkpoint", scratch.path("in")], "checkpoint", 66),
      (networks + ["--size", "100"], "32", 65),
      (networks + ["--concat", "norm_map"], "channels", 65),
      (networks + ["--num-blocks", "77"], "blocks", 65),
      (networks + ["--which-epoch", "987654"], "987654", 66),
      (networks + ["--pmask", scratch.path("black.png")], "mask is empty", 65),
      (networks + ["--pmask", scratch.path("no.png")], "no.png", 66),
      (networks + ["--pmask", scratch.path("small.png")], "another size", 65),
      (networks + ["--norm-map", scratch.path("small.png")], "--like sample-refine", 65),
      (networks + ["--pmask", scratch.path("dot.png")], "too small", 65),
      (
        networks + ["--pmask", scratch.path("dot.png"), "--like", "sample-refine"], "too small", 65
      ),
      (networks + ["--person", "2"], "--person would change nothing", 64),
      (networks + ["--mask", scratch.path("black.png")], "--mask would change", 64),
      (networks + ["--height", "1.7"], "--height would change", 64),
      (networks + ["--focal", "50"], "--focal would change", 64),
      (networks + ["--pose", "free"], "--pose would change", 64),
      (networks + ["--fit", "x.npz"], "--fit would change", 64),
      (networks + ["--no-displacement"], "--no-displacement would change", 64),
      (networks + ["--prepared"], "--prepared would change", 64),
      (networks + ["--gender", "male"], "--gender would change", 64),
      (networks + ["--texture-size", "512"], "--texture-size would change", 64),
      (networks + ["--iuv", scratch.path("black.png"), "--pmask", "x"], "--pmask", 64),
      (networks + ["--lookup", "x.npy"], "--lookup", 64),
      (networks + ["--texture", scratch.path("t.jpg")], ".png", 64),
    ] {
      // The last value of an option counts once.
      var words = more
      if let first = words.firstIndex(of: "--size"), words.lastIndex(of: "--size") != first {
        words.removeSubrange(first...first + 1)
      }
      let result = try Program.run(["create", "sample-refine", texture] + words + output)
      #expect(result.status == status && result.errors.contains(says), "\(more): \(result.errors)")
    }
    let body = try Program.run(
      ["create", "sample-refine", texture, "-o", scratch.path("x.safetensors")] + networks)
    #expect(body.status == 65 && body.errors.contains("--atlas"), "\(body.errors)")
    #expect(!scratch.files.contains("x.safetensors"))
    // No folder was made for nothing.
    #expect(!scratch.files.contains("out"))
  }

  @Test func iuvPicturesNeedTheirTableAndTheirOrder() throws {
    let scratch = try Scratch()
    let (_, networks) = try Self.any()
    func picture(_ pixel: (Int) -> [UInt8]) throws -> Picture {
      try Picture(
        width: 40, height: 60, channels: 3, bytes: (0..<2400).flatMap(pixel))
    }
    let photo = scratch.path("photo.png")
    try PNGFile.write(picture { [UInt8($0 % 256), 90, 200] }, to: photo)
    let right = try picture { [UInt8($0 % 251), UInt8($0 % 240), UInt8($0 % 25)] }
    try PNGFile.write(right, to: scratch.path("iuv.png"))
    try PNGFile.write(
      picture { [UInt8($0 % 25), UInt8($0 % 240), UInt8($0 % 251)] }, to: scratch.path("rgb.png"))
    try PNGFile.write(
      Picture(width: 2, height: 2, channels: 3, bytes: [UInt8](repeating: 3, count: 12)),
      to: scratch.path("small.png"))
    let table = try scratch.table()
    let normals = try Fixtures.path("sample_refine/inputs/b_norm.png")
    func run(_ iuv: String, _ more: [String], to name: String = "x.png") throws -> Program.Result {
      try Program.run(
        [
          "create", "sample-refine", photo, "--iuv", scratch.path(iuv), "-o", scratch.path(name),
        ] + more + networks)
    }
    let lacks = try run("iuv.png", [])
    #expect(lacks.status == 66 && lacks.errors.contains("dp_uv_lookup_256.npy"), "\(lacks.errors)")
    let reversed = try run("rgb.png", ["--lookup", table, "--norm-map", normals])
    #expect(reversed.status == 65 && reversed.errors.contains("in red"), "\(reversed.errors)")
    let small = try run("small.png", ["--lookup", table, "--norm-map", normals])
    #expect(small.status == 65 && small.errors.contains("different sizes"), "\(small.errors)")
    let avatar = try run("iuv.png", ["--lookup", table], to: "x.safetensors")
    #expect(avatar.status == 64 && avatar.errors.contains("--atlas"), "\(avatar.errors)")
    let made = try run("iuv.png", ["--lookup", table, "--norm-map", normals])
    #expect(made.status == 0, "\(made.errors)")
    #expect(try PNGFile.read(path: scratch.path("x.png")).channels == 3)
  }

  /// An avatar of a photo and its IUV picture: networks' colours by the charts of an atlas file, the rest by the
  /// fitted body.
  @Test func anIUVPictureBecomesAnAvatar() throws {
    let scratch = try Scratch()
    let (_, networks) = try Self.any()
    let photo = try Fixtures.asset("photos/standing.jpg")
    let picture = try JPEGFile.read(path: photo)
    let (width, height) = (picture.width, picture.height)
    // A person as a chart in the middle of the photo.
    let bytes = (0..<width * height).flatMap { pixel -> [UInt8] in
      let (x, y) = (pixel % width, pixel / width)
      guard (width / 3..<2 * width / 3).contains(x), (height / 8..<7 * height / 8).contains(y)
      else { return [0, 0, 0] }
      return [
        UInt8(255 - (y - height / 8) * 255 / (3 * height / 4 + 1)),
        UInt8((x - width / 3) * 255 / (width / 3 + 1)), 1,
      ]
    }
    try PNGFile.write(
      Picture(width: width, height: height, channels: 3, bytes: bytes), to: scratch.path("iuv.png"))
    let body = try NPZFile(path: Fixtures.asset("body/SMPLX_NEUTRAL.npz"))
    let (vt, ft) = (try body.tensor("vt"), try body.tensor("ft"))
    let (coordinates, rows) = (try vt.floats(), try ft.ints())
    let faces = rows.count / 3
    try NPZ.write(
      [
        ("vt", vt), ("ft", ft),
        (
          "densepose_parts",
          TensorData(shape: [faces], int32s: [Int32](repeating: 1, count: faces))
        ),
        (
          "densepose_uv",
          TensorData(
            shape: [faces, 3, 2],
            floats: rows.flatMap { row in
              [0, 1].map { min(max(coordinates[2 * row + $0], 0), 1) }
            })
        ),
      ], to: scratch.path("atlas.npz"))
    let words = [
      "create", "sample-refine", photo, "--iuv", scratch.path("iuv.png"), "--atlas",
      scratch.path("atlas.npz"), "--prepared", "--texture", scratch.path("t.png"),
      "--texture-size", "256", "-o", scratch.path("me.safetensors"),
    ]
    let made = try Program.run(words + networks)
    try #require(made.status == 0, "\(made.errors)")
    let mask = try PNGFile.read(path: scratch.path("me_mask_symm.png")).bytes()
    #expect(mask.contains(0) && mask.count { $0 == 255 } > mask.count / 2)
    let turned = try Program.run([
      "turntable", scratch.path("me.safetensors"), "--fps", "2", "--seconds", "1", "--size", "64",
      "-o", scratch.path("turn.mp4"),
    ])
    #expect(turned.status == 0, "\(turned.errors)")
    // What was prepared is what the same networks take.
    let again = try Program.run(
      [
        "create", "sample-refine", scratch.path("me_symmetry.png"), "-o", scratch.path("again.png"),
      ] + networks)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try scratch.bytes("again.png") == scratch.bytes("t.png"))
    let ignored = try Program.run(
      words.dropLast() + [scratch.path("x.png"), "--height", "1.8"] + networks)
    #expect(ignored.status == 64 && ignored.errors.contains("--height"), "\(ignored.errors)")
  }

  @Test func aPhotoBecomesAnAvatar() throws {
    let scratch = try Scratch()
    let (_, networks) = try Self.any()
    let words = [
      "create", "sample-refine", Fixtures.asset("photos/standing.jpg"), "--prepared", "--texture",
      scratch.path("t.png"), "--texture-size", "256", "-o", scratch.path("me.safetensors"),
    ]
    let made = try Program.run(words + networks)
    try #require(made.status == 0, "\(made.errors)")
    for name in ["me_symmetry.png", "me_mask_symm.png", "me_norm.png"] {
      let picture = try PNGFile.read(path: scratch.path(name))
      #expect(picture.width == 512 && picture.height == 512)
    }
    #expect(scratch.files.contains("t.png"))
    let turned = try Program.run([
      "turntable", scratch.path("me.safetensors"), "--fps", "2", "--seconds", "1", "--size", "64",
      "-o", scratch.path("turn.mp4"),
    ])
    #expect(turned.status == 0, "\(turned.errors)")
    // What was prepared of a photo is what the same networks take.
    let again = try Program.run(
      [
        "create", "sample-refine", scratch.path("me_symmetry.png"), "-o", scratch.path("again.png"),
      ] + networks)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try scratch.bytes("again.png") == scratch.bytes("t.png"))
    let exists = try Program.run(words + networks)
    #expect(exists.status == 73, "\(exists.errors)")
  }
}

extension Scratch {
  /// A table of DensePose's charts in a grid of cells.
  fileprivate func table() throws -> String {
    let header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (24, 256, 256, 2), }"
    let padded = header + String(repeating: " ", count: 117 - header.count) + "\n"
    var bytes = Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]) + Data(padded.utf8)
    var values: [Float] = []
    for part in 0..<24 {
      for u in 0..<256 {
        for v in 0..<256 {
          values.append((Float(part % 6) + 0.1 + 0.8 * Float(u) / 255) / 6)
          values.append((Float(part / 6) + 0.1 + 0.8 * Float(v) / 255) / 4)
        }
      }
    }
    bytes += values.withUnsafeBytes { Data($0) }
    let path = path("dp_uv_lookup_256.npy")
    try bytes.write(to: URL(fileURLWithPath: path))
    return path
  }
}
