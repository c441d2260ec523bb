import Avatar
import Compute
import Foundation
import Media
import TensorFiles
import TestSupport
import Testing

/// Numbers that no avatar should hold, through the program: a message that names file, key, place and
/// what was expected, or a picture, never a trap.
@Suite(.serialized, .enabled(if: Fixtures.casesAreExpected && Fixtures.goldenDataIsExpected))
struct HostileNumberTests {
  private static let fast = ["--precision", "fast", "--budget", "60"]

  private static func export(
    _ avatar: String, to output: String, _ more: [String] = []
  ) throws -> Program.Result {
    try Program.run(
      ["export", avatar, "-o", output, "--body", DinarTests.fixture("smplx_models")] + more)
  }

  @Test(arguments: [[], fast]) func handedAvatars(precision: [String]) throws {
    let scratch = try Scratch()
    for (name, says) in [
      (
        "08_texture_nan",
        ["[texture]", "not finite", "expected finite numbers", "nan at ["]
      ),
      (
        "10_running_var_negative",
        ["running_var]", "out of range", "expected numbers of at least 0.0"]
      ),
    ] {
      let path = try Fixtures.cases("hostile/\(name).safetensors")
      let result = try Self.export(path, to: scratch.path("x.png"), precision)
      #expect(result.status == 65, "\(name): \(result.status) \(result.errors)")
      for text in says + [path] {
        #expect(result.errors.contains(text), "'\(text)' is not in: \(result.errors)")
      }
    }
    // Finite weights: the picture is defined; bytes cannot be chosen from what is not a number.
    let path = try Fixtures.cases("hostile/10_weights_1e38.safetensors")
    let result = try Self.export(path, to: scratch.path("y.png"), precision)
    if precision.isEmpty {
      #expect(result.status == 0, "\(result.errors)")
      #expect(scratch.files == ["y.png"])
    } else {
      #expect(result.status == 65, "\(result.status) \(result.errors)")
      #expect(result.errors.contains("the network's output is not finite"))
      #expect(result.errors.contains(path))
      #expect(scratch.files.isEmpty)
    }
  }

  @Test func handedCheckpoint() throws {
    let scratch = try Scratch()
    let checkpoint = try Fixtures.cases("hostile/17_weight_nan.ckpt")
    let output = scratch.path("x.safetensors")
    for more in [[], ["--without-weights"]] {
      let result = try Program.run(
        DinarTests.arguments(checkpoint: checkpoint, output: output, more))
      #expect(result.status == 65, "\(result.status) \(result.errors)")
      #expect(result.errors.contains(checkpoint) && result.errors.contains("not finite"))
    }
    let person = try DinarTests.imported(in: scratch)
    for precision in [[], Self.fast] {
      let result = try Self.export(
        person, to: scratch.path("x.png"), ["--checkpoint", checkpoint] + precision)
      #expect(result.status == 65, "\(result.status) \(result.errors)")
      #expect(result.errors.contains(checkpoint) && result.errors.contains("nan at ["))
    }
    #expect(scratch.files == ["person.safetensors"])
  }

  /// A copy of an avatar with one number of a tensor changed, or its metadata.
  private static func changed(
    _ path: String, to copy: String, tensor: String? = nil, at index: Int = 0, value: Float = 0,
    metadata change: (inout [String: String]) -> Void = { _ in }
  ) throws {
    let file = try SafetensorsFile(path: path)
    let tensors = try file.names.map { name -> (String, TensorData) in
      let data = try file.tensor(name)
      guard name == tensor else { return (name, data) }
      var floats = try data.floats()
      floats[index] = value
      return (name, TensorData(shape: data.shape, floats: floats))
    }
    var metadata = file.metadata
    change(&metadata)
    try SafetensorsFile.write(tensors, metadata: metadata, to: copy)
  }

  @Test func numbersOfOurOwnAvatars() throws {
    let scratch = try Scratch()
    let person = try DinarTests.imported(in: scratch)
    let copy = scratch.path("changed.safetensors")
    let file = try SafetensorsFile(path: person)
    let variance = try #require(file.names.sorted().last { $0.hasSuffix("running_var") })
    let weight = try #require(
      file.names.sorted().last { $0.hasPrefix("renderer.model") && $0.hasSuffix("1.weight") })
    let shape = try file.tensor("texture").shape
    let last = shape.reduce(1, *) - 1
    for (tensor, index, value, says) in [
      ("texture", last, Float.infinity, "inf at \(shape.map { $0 - 1 })"),
      ("texture", 1, -.infinity, "-inf at [0, 0, 1]"),
      (variance, 0, -1e-20, "\(variance)] a weight of the network holds a number that is out of"),
      (variance, 0, .nan, "nan at [0]"),
      (weight, 0, .nan, "\(weight)] a weight of the network"),
      ("surface.coordinates", 0, .nan, "a texture coordinate is outside the texture"),
    ] {
      try Self.changed(person, to: copy, tensor: tensor, at: index, value: value)
      for precision in [[], Self.fast] {
        let result = try Self.export(copy, to: scratch.path("x.png"), precision)
        #expect(result.status == 65, "\(tensor): \(result.status) \(result.errors)")
        #expect(result.errors.contains(says), "'\(says)' is not in: \(result.errors)")
        #expect(result.errors.contains(copy))
      }
    }
    // Huge numbers in one place of the texture or of a layer: a picture.
    for (tensor, value) in [("texture", Float(3e38)), (weight, -3e38), (variance, 3e38)] {
      try Self.changed(person, to: copy, tensor: tensor, at: 0, value: value)
      let result = try Self.export(copy, to: scratch.path("\(tensor.count).png"))
      #expect(result.status == 0, "\(tensor): \(result.status) \(result.errors)")
    }
  }

  @Test func scalesOfOurOwnAvatars() throws {
    let scratch = try Scratch()
    let person = try DinarTests.imported(in: scratch)
    let copy = scratch.path("changed.safetensors")
    let text = try #require(try SafetensorsFile(path: person).metadata["quantization"])
    func expect(_ text: String, _ says: [String], status: Int32 = 65) throws {
      try Self.changed(person, to: copy) { $0["quantization"] = text }
      let result = try Self.export(copy, to: scratch.path("x.png"), ["--precision", "fast"])
      #expect(result.status == status, "\(result.status) \(result.errors) \(text)")
      for says in says {
        #expect(result.errors.contains(says), "'\(says)' is not in: \(result.errors)")
      }
      try? FileManager.default.removeItem(atPath: scratch.path("x.png"))
    }
    func layers(scale: String, zero: String = "1", decibels: String = "99") -> String {
      """
      {"plan": {"layers": {"model.final.1 convolution":
      {"inputs": [{"scale": [\(scale)], "zero": [\(zero)]}]}}},
      "decibels": \(decibels), "budget": 40, "layers": []}
      """
    }
    for scale in ["0", "-1", "1e-42", "-1e-30"] {
      try expect(layers(scale: scale), ["quantization", "damaged", copy])
    }
    for (scale, zero) in [
      ("1e39", "1"), ("1", "256"), ("1", "-1"), ("1", "0.5"), ("\"nan\"", "1"), ("-1e-300", "1"),
    ] {
      try expect(layers(scale: scale, zero: zero), ["quantization", "cannot be read", copy])
    }
    try expect(layers(scale: "1", decibels: "1e300"), ["quantization.decibels", "1e+300", copy])
    try expect(layers(scale: "1"), ["another network", copy])
    // The avatar's own plan with scales at the ends of the range: a picture.
    var result = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    for scale in [1.2e-38, 3e38] {
      var plan = try #require(result["plan"] as? [String: Any])
      var layers = try #require(plan["layers"] as? [String: Any])
      for (name, value) in layers {
        guard var layer = value as? [String: Any], var inputs = layer["inputs"] as? [[String: Any]]
        else { continue }
        for index in inputs.indices {
          let count = (inputs[index]["scale"] as? [Any])?.count ?? 0
          inputs[index]["scale"] = [Double](repeating: scale, count: count)
        }
        layer["inputs"] = inputs
        layers[name] = layer
      }
      plan["layers"] = layers
      result["plan"] = plan
      let changed = String(
        decoding: try JSONSerialization.data(withJSONObject: result), as: UTF8.self)
      try expect(changed, [], status: 0)
    }
  }
}
