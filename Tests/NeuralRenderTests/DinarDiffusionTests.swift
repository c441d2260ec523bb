/// Sizes, weights and errors of DINAR's denoiser.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct DinarDiffusionTests {
  static let small = DinarDiffusionSizes(
    inputChannels: 7, latentChannels: 3, levelChannels: [8, 12, 16], baseChannels: 8, blocks: 2,
    attentionLevels: [0, 2], timestepWidth: 6, embeddingChannels: 20, colourChannels: 2,
    maskChannels: 1, heads: .channels(4), groups: 4)

  private static func source(_ sizes: DinarDiffusionSizes) throws -> [String: Tensor] {
    let graph = try DinarDiffusion(sizes).graph(height: sizes.unit, width: sizes.unit)
    return Dictionary(
      uniqueKeysWithValues: graph.parameters.map {
        (DinarDiffusion.checkpointPrefix + $0.key, Tensor(shape: $0.value.shape))
      })
  }

  private static func shapesOnly(_ sizes: DinarDiffusionSizes) throws -> [(String, [Int])] {
    try DinarDiffusion(sizes).graph(height: sizes.unit, width: sizes.unit).parameters
      .map { ($0.key, $0.value.shape) }
  }

  @Test func sizesComeFromTheWeights() throws {
    var variants = [Self.small]
    var other = Self.small
    (other.blocks, other.levelChannels, other.attentionLevels) = (1, [8, 8], [])
    variants.append(other)
    (other.blocks, other.levelChannels, other.colourChannels) = (5, [24], 0)
    variants.append(other)
    (other.maskChannels, other.heads, other.attentionLevels) = (0, .count(2), [0])
    variants.append(other)
    for sizes in variants {
      let read = try DinarDiffusionSizes(
        of: Self.source(sizes), heads: sizes.heads, groups: sizes.groups)
      #expect(read == sizes)
    }
  }

  @Test func releasedNetworkHasItsParameters() throws {
    let shapes = try Dictionary(uniqueKeysWithValues: Self.shapesOnly(.released))
    #expect(shapes.values.reduce(0) { $0 + $1.reduce(1, *) } == 387_266_688)
    #expect(shapes["input_blocks.0.0.weight"] == [256, 13, 3, 3])
    #expect(shapes["output_blocks.2.2.in_layers.2.weight"] == [1024, 1024, 3, 3])
    #expect(shapes["output_blocks.11.0.skip_connection.weight"] == [256, 512, 1, 1])
    #expect(shapes["input_blocks.5.1.qkv.weight"] == [1536, 512, 1])
  }

  @Test func anyLayoutIsComputedAsItsReference() throws {
    let (height, width) = (2 * Self.small.unit, 3 * Self.small.unit)
    let graph = try DinarDiffusion(Self.small).graph(batch: 2, height: height, width: width)
    #expect(graph.outputs.map(\.value.shape) == [[2, 3, height, width]])
    let parameters = PlanTests.parameters(of: [graph], seed: 5)
    #expect(try PlanTests.difference(graph, parameters) < 2e-5)
  }

  @Test func anotherNetworkIsNamed() throws {
    func fault(_ change: (inout [String: Tensor]) -> Void) throws -> String {
      var source = try Self.source(Self.small)
      change(&source)
      do {
        let sizes = try DinarDiffusionSizes(of: source, heads: Self.small.heads, groups: 4)
        let graph = try DinarDiffusion(sizes).graph(height: sizes.unit, width: sizes.unit)
        _ = try Parameters(of: graph, from: source, prefix: DinarDiffusion.checkpointPrefix)
        return ""
      } catch { return "\(error)" }
    }
    #expect(try fault { _ in } == "")
    let first = "model.input_blocks.0.0.weight"
    #expect(try fault { $0 = ["a": Tensor(1)] }.contains("the file holds no diffusion network"))
    #expect(
      try fault { $0[first] = Tensor(shape: [8, 7, 3]) }
        .contains("not filters (expected Cout x Cin x k x k, found [8, 7, 3])"))
    #expect(try fault { $0[first] = Tensor(shape: [8, 3, 3, 3]) }.contains("has no condition"))
    #expect(
      try fault { $0["model.input_blocks.4.0.in_layers.0.weight"] = nil }
        .contains("the diffusion network's blocks are not those of DINAR"))
    #expect(
      try fault { $0["model.input_blocks.1.0.in_layers.2.weight"] = Tensor(shape: [6, 8, 3, 3]) }
        .contains("cannot be divided into 4 groups"))
    #expect(
      try fault { $0["model.out.0.bias"] = nil }.contains("missing: model.out.0.bias"))
    #expect(
      try fault { $0["model.input_blocks.4.1.qkv.weight"] = Tensor(shape: [36, 12, 1]) } != "")
    #expect(try fault { $0["model.more"] = Tensor(1) }.contains("unknown: model.more"))
  }

  @Test func latentsAndHeadsSuitTheNetwork() throws {
    #expect {
      _ = try DinarDiffusion(Self.small).graph(height: 8, width: 10)
    } throws: { "\($0)".contains("expected multiples of 4, found 10 x 8") }
    for heads in [DinarDiffusionSizes.Heads.count(0), .channels(-1), .count(3), .channels(5)] {
      var sizes = Self.small
      sizes.heads = heads
      #expect {
        _ = try DinarDiffusion(sizes).graph(height: 8, width: 8)
      } throws: { "\($0)".contains("cannot be shared among its heads (expected \(heads)") }
    }
    var sizes = Self.small
    sizes.groups = 0
    #expect {
      _ = try DinarDiffusion(sizes).graph(height: 8, width: 8)
    } throws: { "\($0)".contains("groups are not positive") }
  }
}

/// Weights as trained and their moving averages.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarDiffusionWeightsParityTests {
  @Test func averagesLieUnderNamesWithoutDots() throws {
    let checkpoint = try TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    let averaged = try DinarDiffusionWeights(checkpoint)
    let trained = try DinarDiffusionWeights(checkpoint, .trained)
    #expect(averaged.areAveraged && !trained.areAveraged && averaged.names == trained.names)
    let name = "model.out.2.weight"
    let (one, other) = (try Tensor(averaged.tensor(name)), try Tensor(trained.tensor(name)))
    #expect(try one == Tensor(checkpoint.tensor("model_ema.out2weight")))
    #expect(try other == Tensor(checkpoint.tensor(name)) && one != other)
    #expect(try averaged.header(name).shape == one.shape)
    #expect(!averaged.contains("model_ema.out2weight"))
  }

  /// The renderer's file has no denoiser.
  @Test func filesWithoutItAreNamed() throws {
    let checkpoint = try TorchCheckpoint(path: Fixtures.path("dinar/legacy.ckpt"))
    let weights = try DinarDiffusionWeights(checkpoint)
    #expect(!weights.areAveraged && weights.names.isEmpty)
    #expect {
      _ = try DinarDiffusionSizes(of: weights)
    } throws: { "\($0)".contains("holds no diffusion network of DINAR") }
  }
}
