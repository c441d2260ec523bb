import Avatar
import Compute
import Foundation
import Media
import NeuralRender
import SMPLX
import TensorFiles
import TestSupport
import Testing

/// DINAR's files through the program, as its users would.
@Suite(.serialized, .enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarTests {
  static func fixture(_ name: String) throws -> String { try Fixtures.path("dinar_e2e/\(name)") }

  static func personFile() throws -> String {
    try Fixtures.files(in: "dinar_e2e", prefix: "person", suffix: ".pkl")[0]
  }

  /// What the network's pictures must be multiples of.
  static func step() throws -> Int {
    let checkpoint = try TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    return 1 << (try DinarRendererSizes(of: checkpoint).downsamplings)
  }

  static func arguments(
    person: String? = nil, checkpoint: String? = nil, output: String, _ more: [String] = []
  ) throws -> [String] {
    try [
      "import", "dinar", person ?? personFile(), "--checkpoint",
      checkpoint ?? Fixtures.path("dinar/dinar.ckpt"), "--body", fixture("smplx_models"), "-o",
      output,
    ] + more
  }

  static func imported(in scratch: Scratch) throws -> String {
    let path = scratch.path("person.safetensors")
    let result = try Program.run(arguments(output: path))
    #expect(result.status == 0, "\(result.errors)")
    return path
  }

  /// Pictures and masks in DINAR's layout, the same for any number of threads.
  @Test(arguments: ["exact", "fast"]) func animationLikeDinar(precision: String) throws {
    let scratch = try Scratch()
    let person = try Self.imported(in: scratch)
    var pictures: [[String: Data]] = []
    for threads in [1, 2, 5] {
      let result = try Program.run([
        "animate", person, Self.fixture("animation.pickle"), "--body", Self.fixture("smplx_models"),
        "--like", "dinar", "-o", scratch.path("\(threads)"), "--mask-folder",
        scratch.path("\(threads)_segm"), "--threads", "\(threads)", "--precision", precision,
      ])
      #expect(result.status == 0, "\(result.errors)")
      var files: [String: Data] = [:]
      for folder in ["\(threads)", "\(threads)_segm"] {
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path(folder))
        for name in names {
          files["\(folder.hasSuffix("segm")) \(name)"] = try scratch.bytes("\(folder)/\(name)")
        }
      }
      pictures.append(files)
    }
    let golden = try NPZFile(path: Self.fixture("animation_io.npz")).tensor("segm_png_u8")
    let names = (0..<golden.shape[0]).flatMap { ["false \($0).png", "true \($0).png"] }
    #expect(pictures[0].keys.sorted() == names.sorted())
    #expect(pictures[1] == pictures[0] && pictures[2] == pictures[0])
    #expect(!names.isEmpty)
    // Bytes are near the recorded masks, not within one of them.
    guard precision == "exact" else { return }
    for frame in 0..<golden.shape[0] {
      let mask = try PNGFile.read(path: scratch.path("1_segm/\(frame).png"))
      let size = golden.shape[1] * golden.shape[2]
      let expected = try golden.bytes()[frame * size..<(frame + 1) * size]
      let bytes = mask.bytes()
      let wrong = expected.enumerated().filter {
        abs(Int($0.element) - Int(bytes[$0.offset * mask.channels])) > 1
      }
      #expect(wrong.isEmpty, "mask \(frame): \(wrong.count) pixels")
    }
  }

  /// Degrees name the pictures; where rounding repeats one, the later picture has it.
  @Test func turntableLikeDinar() throws {
    let scratch = try Scratch()
    let person = try Self.imported(in: scratch)
    let golden = try NPZFile(path: Self.fixture("rotation_io.npz"))
    let fps = try golden.tensor("fps").doubles()[0]
    let seconds = try golden.tensor("duration_sec").doubles()[0]
    let result = try Program.run([
      "turntable", person, "--body", Self.fixture("smplx_models"), "--like", "dinar", "--fps",
      "\(fps)", "--seconds", "\(seconds)", "-o", scratch.path("turn"),
    ])
    #expect(result.status == 0, "\(result.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("turn"))
    let numbers = Set(try golden.tensor("png_names").ints())
    #expect(Set(names) == Set(numbers.map { "\($0).png" }))
  }

  /// Our own camera, any size the network can draw, nothing behind the person.
  @Test func transparentPictureOfAnotherSize() throws {
    let scratch = try Scratch()
    let person = try Self.imported(in: scratch)
    let common = ["--body", try Self.fixture("smplx_models")]
    let step = try Self.step()
    let (width, height) = ((96 + step - 1) / step * step, (160 + step - 1) / step * step)
    let size = "\(width)x\(height)"
    var result = try Program.run(
      [
        "export", person, "-o", scratch.path("a.png"), "--size", size, "--background",
        "transparent",
      ] + common)
    #expect(result.status == 0, "\(result.errors)")
    let picture = try PNGFile.read(path: scratch.path("a.png"))
    #expect(picture.width == width && picture.height == height && picture.channels == 4)
    let alpha = stride(from: 3, to: picture.bytes().count, by: 4).map { picture.bytes()[$0] }
    #expect(alpha.contains(0) && alpha.contains(255))
    for threads in ["1", "3"] {
      let result = try Program.run(
        [
          "export", person, "-o", scratch.path("\(threads).png"), "--size", size,
          "--background", "transparent", "--reach", "4", "--threads", threads,
        ] + common)
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try scratch.bytes("1.png") == scratch.bytes("3.png"))
    if step > 1 {
      result = try Program.run(
        ["export", person, "-o", scratch.path("b.png"), "--size", "\(width + 1)x\(height)"] + common
      )
      #expect(result.status == 65 && result.errors.contains("multiples of"))
    }
    result = try Program.run(
      ["export", person, "-o", scratch.path("c.png"), "--pass", "normals"] + common)
    #expect(result.status == 0, "\(result.errors)")
    #expect(scratch.files == ["1.png", "3.png", "a.png", "c.png", "person.safetensors"])
  }

  /// An avatar changed in its description or its tensors.
  private static func rewrite(
    _ path: String, as copy: String,
    _ change: (inout AvatarDescription, inout [(String, TensorData)]) throws -> Void
  ) throws {
    let file = try SafetensorsFile(path: path)
    var description = try AvatarFile(path: path).description
    var tensors = try file.names.map { ($0, try file.tensor($0)) }
    try change(&description, &tensors)
    try AvatarFile.write(description, tensors: tensors, to: copy)
  }

  private static func replace(
    _ name: String, in tensors: inout [(String, TensorData)], with tensor: TensorData
  ) {
    tensors = tensors.map { $0.0 == name ? (name, tensor) : $0 }
  }

  @Test func whatDoesNotFitIsNamedBeforeRendering() throws {
    let scratch = try Scratch()
    let person = try Self.imported(in: scratch)
    let bodies = try Self.fixture("smplx_models")
    func expectFailure(
      _ avatar: String, body: String? = nil, _ says: [String], _ more: [String] = [],
      status: Int32 = 65
    ) throws {
      let result = try Program.run(
        ["export", avatar, "-o", scratch.path("x.png"), "--body", body ?? bodies] + more)
      #expect(result.status == status, "\(result.errors)")
      for text in says {
        #expect(result.errors.contains(text), "'\(text)' is not in: \(result.errors)")
      }
      #expect(!scratch.files.contains("x.png"))
    }
    // Another body.
    try expectFailure(
      person, body: Fixtures.asset("body/SMPLX_NEUTRAL.npz"),
      ["the uv tables belong to another body", "--body"])
    let changed = scratch.path("changed.safetensors")
    // A texture with a channel too few, one that is flat.
    try Self.rewrite(person, as: changed) { _, tensors in
      let texture = try #require(tensors.first { $0.0 == "texture" }?.1)
      let plane = texture.shape[1] * texture.shape[2]
      Self.replace(
        "texture", in: &tensors,
        with: TensorData(
          shape: [texture.shape[0] - 1] + texture.shape.dropFirst(),
          floats: Array(try texture.floats().dropLast(plane))))
    }
    try expectFailure(changed, ["texture", "not for this renderer"])
    // Faces that name rows which do not exist; rows on other vertices.
    try Self.rewrite(person, as: changed) { _, tensors in
      let faces = try #require(tensors.first { $0.0 == "surface.faces" }?.1)
      var corners = try faces.int32s()
      corners[4] = 1 << 20
      Self.replace(
        "surface.faces", in: &tensors, with: TensorData(shape: faces.shape, int32s: corners))
    }
    try expectFailure(changed, ["surface.faces", "outside the table"])
    try Self.rewrite(person, as: changed) { _, tensors in
      let rows = try #require(tensors.first { $0.0 == "surface.vertices" }?.1)
      Self.replace(
        "surface.vertices", in: &tensors,
        with: TensorData(shape: rows.shape, int32s: try rows.int32s().reversed()))
    }
    try expectFailure(changed, ["another body"])
    // Weights of another shape, and weights that are not there.
    try Self.rewrite(person, as: changed) { _, tensors in
      tensors.removeAll { $0.0 == "renderer.model.start.1.bias" }
    }
    try expectFailure(changed, ["missing", "renderer.model.start.1.bias"])
    // Layers in bytes of another network, scales that are none, a text that is no description.
    for (text, says) in [
      ("{}", "cannot be read"),
      (
        """
        {"plan": {"layers": {"model.final.1 convolution": {"inputs": [{"scale": [0], "zero": [1]}]}}},
        "decibels": 99, "budget": 40, "layers": []}
        """, "damaged"
      ),
      (
        """
        {"plan": {"layers": {"model.final.1 convolution": {"inputs": [{"scale": [1], "zero": [1]}]}}},
        "decibels": 99, "budget": 40, "layers": []}
        """, "another network"
      ),
    ] {
      let file = try SafetensorsFile(path: person)
      var metadata = file.metadata
      metadata["quantization"] = text
      try SafetensorsFile.write(
        file.names.map { ($0, try file.tensor($0)) }, metadata: metadata, to: changed)
      try expectFailure(changed, ["quantization", says], ["--precision", "fast"])
    }
    // No photo, no surface.
    try Self.rewrite(person, as: changed) { description, _ in description.photo = nil }
    try expectFailure(changed, ["photo", "--like"], ["--like", "dinar"], status: 64)
    try Self.rewrite(person, as: changed) { description, _ in description.surface = nil }
    try expectFailure(changed, ["uv tables"])
    // Options that mean nothing.
    try expectFailure("sample", ["--like", "plain"], ["--like", "dinar"], status: 64)
    try expectFailure(person, ["--light"], ["--light", "none"], status: 64)
    try expectFailure(person, ["--supersample"], ["--supersample", "2"], status: 64)
  }

  @Test func importsThatCannotWork() throws {
    let scratch = try Scratch()
    let output = scratch.path("x.safetensors")
    func expectFailure(_ arguments: [String], _ says: [String], status: Int32 = 65) throws {
      let result = try Program.run(arguments)
      #expect(result.status == status, "\(result.errors)")
      for text in says {
        #expect(result.errors.contains(text), "'\(text)' is not in: \(result.errors)")
      }
      #expect(!scratch.files.contains("x.safetensors"))
    }
    // Not a person, not a checkpoint, a checkpoint of other networks.
    try expectFailure(
      Self.arguments(person: Self.fixture("animation.pickle"), output: output),
      ["no person of DINAR", "ntexture"])
    try expectFailure(
      Self.arguments(checkpoint: Self.personFile(), output: output),
      [URL(fileURLWithPath: Self.personFile()).lastPathComponent])
    let folder = try Fixtures.path("sample_refine/checkpoints")
    let names = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
    let other = try #require(names.sorted().first { $0.hasSuffix(".pth") || $0.hasSuffix(".pt") })
    try expectFailure(
      Self.arguments(checkpoint: "\(folder)/\(other)", output: output),
      ["does not hold DINAR's renderer", "Sample&Refine", "inspect"])
    // The male body under the neutral name; the bundled body, which has other faces.
    let bodies = scratch.path("bodies")
    try FileManager.default.createDirectory(atPath: bodies, withIntermediateDirectories: false)
    try FileManager.default.copyItem(
      atPath: Self.fixture("smplx_models/SMPLX_MALE.npz"), toPath: bodies + "/SMPLX_NEUTRAL.npz")
    var arguments = try Self.arguments(output: output)
    let body = try #require(arguments.firstIndex(of: "--body")) + 1
    arguments[body] = bodies
    try expectFailure(arguments, ["not the one this person was fitted with", "pixels away"])
    arguments[body] = "SMPLX_NEUTRAL"
    try expectFailure(arguments, ["another body", "--body"])
    // Tables of another body: a vertex table that is too short, coordinates that differ.
    let tables = scratch.path("tables")
    try FileManager.default.copyItem(atPath: Self.fixture("smplx_data"), toPath: tables)
    let uv = try NPY.read(path: tables + "/uv.npy")
    try NPY.write(
      TensorData(shape: uv.shape, doubles: uv.doubles().map { 1 - $0 }), to: tables + "/uv.npy")
    try expectFailure(
      Self.arguments(output: output, ["--tables", tables]), ["not those of the checkpoint", "face"])
    try NPY.write(TensorData(shape: [2], int32s: [0, 1]), to: tables + "/v_inds.npy")
    try expectFailure(
      Self.arguments(output: output, ["--tables", tables]),
      ["v_inds.npy", "do not belong to each other"])
    // What exists stays.
    try Data("kept".utf8).write(to: URL(fileURLWithPath: scratch.path("there.safetensors")))
    try expectFailure(
      Self.arguments(output: scratch.path("there.safetensors")), ["exists already", "--force"],
      status: 73)
    #expect(try scratch.bytes("there.safetensors") == Data("kept".utf8))
  }

  @Test func severalPersonsGoToAFolder() throws {
    let scratch = try Scratch()
    let source = scratch.path("tuned_data_dict")
    try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: false)
    // Fine-tuning writes every iteration; the last of each counts.
    for iteration in ["s0000015_person01.pkl", "s0000063_person01.pkl"] {
      try FileManager.default.copyItem(
        atPath: Self.personFile(), toPath: "\(source)/\(iteration)")
    }
    #expect(try DinarPerson.files([source]) == [source + "/s0000063_person01.pkl"])
    let result = try Program.run(
      Self.arguments(person: source, output: scratch.path("avatars") + "/"))
    #expect(result.status == 0, "\(result.errors)")
    let made = try FileManager.default.contentsOfDirectory(atPath: scratch.path("avatars"))
    #expect(made == ["person01.safetensors"])
    let inspected = try Program.run(["inspect", scratch.path("avatars/person01.safetensors")])
    #expect(inspected.output.contains("dinar") && inspected.output.contains("in this file"))
    let pickle = try Program.run(["inspect", Self.personFile()])
    #expect(pickle.output.contains("avatar import dinar"))
  }

  /// DINAR's own name of the option.
  @Test func checkpointPath() throws {
    let scratch = try Scratch()
    let names = ["--checkpoint", "--ckpt_path"]
    for name in names {
      let arguments = try Self.arguments(output: scratch.path("\(name).safetensors"))
      let result = try Program.run(arguments.map { $0 == names[0] ? name : $0 })
      #expect(result.status == 0, "\(result.errors)")
    }
    let files = try names.map { try scratch.bytes("\($0).safetensors") }
    #expect(files[0] == files[1])
  }
}
