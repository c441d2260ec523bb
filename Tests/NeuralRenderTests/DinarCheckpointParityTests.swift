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
    func keys(_ prefix: String) -> [String] {
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
        == keys(DinarCompression.checkpointPrefix(in: checkpoint.weights)))
    #expect(try checkpoint.diffusionParameters().keys == keys(DinarDiffusion.checkpointPrefix))
  }

  @Test func diffusionParametersAreAverages() throws {
    let checkpoint = try DinarCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    #expect(checkpoint.hasAverages)
    let parameters = try checkpoint.diffusionParameters()
    #expect(!parameters.keys.isEmpty)
    for key in parameters.keys {
      let average = "model_ema." + key.filter { $0 != "." }
      #expect(try parameters[key] == Tensor(checkpoint.weights.tensor(average)), "\(key)")
    }
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
