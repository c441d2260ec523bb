/// DINAR's texture generator against recordings of the released modules.
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarGeneratorParityTests {
  /// Float32 against float64 in the same network differs by 9e-7 of the greatest value; ten times that
  /// is allowed.
  static let bound: Float = 9e-6

  /// With the noise that was drawn, and with the checkpoint's own where `randomize_noise` is off.
  @Test func recordedCases() throws {
    let checkpoint = try DinarCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    var noises: Set<DinarGenerator.Noise> = []
    for path in try Fixtures.files(in: "dinar", prefix: "generator_case", suffix: ".npz") {
      let file = try NPZFile(path: path)
      let style = try Tensor(file.tensor("style"))
      let noise: DinarGenerator.Noise =
        try Tensor(file.tensor("randomize_noise"))[0] == 0 ? .stored : .given
      noises.insert(noise)
      var inputs = ["style": style]
      for name in file.names where name.hasPrefix("noise_") {
        inputs[name] = try Tensor(file.tensor(name))
      }
      let graph = try checkpoint.generator.graph(batch: style.shape[0], noise: noise)
      let parity = DinarNetworkParity(
        graph: graph, parameters: try checkpoint.generatorParameters(noise: noise),
        inputs: inputs, bound: Self.bound, file: file)
      try parity.check(["texture": "ntexture"])
    }
    #expect(noises == [.given, .stored])
  }

  /// The sizes that are drawn are those of the checkpoint's own noise.
  @Test func noiseHasTheStoredSizes() throws {
    let checkpoint = try DinarCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    let prefix = DinarGenerator.checkpointPrefix + "noises.noise_"
    let sizes = checkpoint.generator.sizes.noiseSizes
    #expect(sizes.count == checkpoint.weights.names.filter { $0.hasPrefix(prefix) }.count)
    for (index, size) in sizes.enumerated() {
      #expect(
        try checkpoint.weights.header("\(prefix)\(index)").shape == [1, 1, size.height, size.width])
    }
  }
}
