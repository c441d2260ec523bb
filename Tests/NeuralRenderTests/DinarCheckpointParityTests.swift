/// The networks of a recorded checkpoint as a whole.
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarCheckpointParityTests {
  /// Each network reads every key below its prefix, once.
  @Test func everyWeightIsRead() throws {
    let checkpoint = try DinarCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    func keys(_ prefix: String, counters: Bool = true) -> [String] {
      checkpoint.weights.names.filter { $0.hasPrefix(prefix) }.map {
        String($0.dropFirst(prefix.count))
      }
      .filter { !$0.hasSuffix("num_batches_tracked") }.sorted()
    }
    #expect(try checkpoint.encoderParameters().keys == keys(DinarEncoder.checkpointPrefix))
    #expect(
      try checkpoint.generatorParameters(noise: .stored).keys
        == keys(DinarGenerator.checkpointPrefix))
    #expect(
      try checkpoint.generatorParameters().keys
        == keys(DinarGenerator.checkpointPrefix).filter { !$0.hasPrefix("noises.") })
    #expect(
      try checkpoint.compressionParameters().keys
        == keys(DinarCompression.checkpointPrefixes[0]))
  }

  @Test func diffusionWeightsAreAverages() throws {
    let checkpoint = try DinarCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    let (weights, raw) = (checkpoint.diffusionWeights, checkpoint.weights)
    #expect(weights.areAverages)
    #expect(weights.names == raw.names.filter { $0.hasPrefix("model.") })
    #expect(!weights.names.isEmpty)
    for name in weights.names {
      let average = "model_ema." + name.dropFirst("model.".count).filter { $0 != "." }
      #expect(try weights.tensor(name).floats() == raw.tensor(average).floats(), "\(name)")
    }
    let name = try #require(weights.names.first { $0.hasSuffix("0.0.weight") })
    #expect(try weights.tensor(name).floats() != raw.tensor(name).floats(), "\(name)")
    #expect(!weights.contains("first_stage.encoder.convs.0.0.weight"))
    #expect {
      _ = try weights.tensor("first_stage.encoder.convs.0.0.weight")
    } throws: { "\($0)".contains("the weight is missing") }
  }

  /// A file with the renderer alone: the error says so.
  @Test func otherCheckpointsAreRefused() throws {
    let path = try Fixtures.path("dinar/legacy.ckpt")
    #expect {
      _ = try DinarCheckpoint(path: path)
    } throws: {
      let text = "\($0)"
      return text.contains("the checkpoint does not hold DINAR's style encoder")
        && text.contains("found DINAR's renderer (first_stage.renderer.*)")
        && text.contains("[first_stage.encoder.*]")
    }
  }
}
