import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct KnownNetworkParity {
  /// How many numbers stand between `start` and `end` in the names of a checkpoint's tensors.
  static func count(_ start: String, _ end: String, in checkpoint: TorchCheckpoint) -> Int {
    let numbers = checkpoint.names.compactMap { name -> Int? in
      guard name.hasPrefix(start), name.hasSuffix(end) else { return nil }
      return Int(name.dropFirst(start.count).dropLast(end.count))
    }
    return Set(numbers).count
  }

  static func words(_ count: Int, _ one: String) -> String {
    "\(count) \(one)" + (count == 1 ? "" : "s")
  }

  @Test func dinarsCheckpointHoldsEveryNetwork() throws {
    let checkpoint = try TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    let networks = KnownNetwork.all(in: checkpoint)
    #expect(
      networks.map(\.kind) == [
        .dinarEncoder, .dinarGenerator, .dinarCompression, .dinarRenderer, .dinarDiscriminator,
        .dinarDiffusion,
      ])
    let renderer = try #require(networks.first { $0.kind == .dinarRenderer })
    #expect(renderer.prefix == "first_stage.renderer.")
    let start = try checkpoint.tensor(named: renderer.prefix + "model.start.1.weight").shape
    let texture = try checkpoint.tensor(named: renderer.prefix + "ntex_preproc.0.weight").shape
    #expect(renderer.sizes.contains("texture of \(texture[1]) channels, width \(start[0]),"))
    let trunk = renderer.prefix + "model."
    let levels = Self.count(trunk + "downsamples.", ".0.weight", in: checkpoint)
    let blocks = Self.count(trunk + "resblocks.", ".conv_block.1.weight", in: checkpoint)
    #expect(levels > 0 && blocks > 0)
    #expect(
      renderer.sizes.hasSuffix(
        "\(Self.words(levels, "level")), \(Self.words(blocks, "residual block"))"),
      "\(renderer.sizes)")
    let diffusion = try #require(networks.last)
    let isAveraged = checkpoint.names.contains { $0.hasPrefix("model_ema.") }
    #expect(diffusion.prefix == "model.")
    #expect(diffusion.sizes.contains("with moving averages") == isAveraged)
  }

  @Test func dinarsRendererAlone() throws {
    let checkpoint = try TorchCheckpoint(path: Fixtures.path("dinar/legacy.ckpt"))
    let whole = try TorchCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    let networks = KnownNetwork.all(in: checkpoint)
    #expect(networks == KnownNetwork.all(in: whole).filter { $0.kind == .dinarRenderer })
    #expect(networks.count == 1)
  }

  @Test(arguments: [
    ("S1-", KnownNetwork.Kind.sampler), ("R1-", KnownNetwork.Kind.refiner),
  ]) func sampleAndRefine(start: String, kind: KnownNetwork.Kind) throws {
    let root = URL(fileURLWithPath: try Fixtures.path("sample_refine/checkpoints"))
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasPrefix(start) && $0.hasSuffix(".pth") }
    #expect(!names.isEmpty)
    for name in names {
      let checkpoint = try TorchCheckpoint(path: root.appendingPathComponent(name).path)
      let networks = KnownNetwork.all(in: checkpoint)
      #expect(networks.map(\.kind) == [kind] && networks.first?.prefix == "", "\(name)")
      let sizes = try #require(networks.first).sizes
      guard kind == .refiner else {
        let levels = Self.count("dec_conv", ".conv_block.0.conv.weight", in: checkpoint)
        let width = try checkpoint.tensor(named: "enc_conv0.conv.weight").shape[0]
        #expect(sizes == "width \(width), \(Self.words(levels, "level"))")
        continue
      }
      // Gates double the tensors of every convolution.
      let isGated = checkpoint.names.contains { $0.contains(".gate.") }
      #expect(sizes.hasSuffix(isGated ? ", gated" : "without gates"), "\(sizes)")
      let stem = try checkpoint.tensor(named: "tEncoder.conv0.0.conv.weight").shape
      #expect(sizes.hasPrefix("\(stem[1]) channels in, "), "\(sizes)")
      let levels = Self.count("tEncoder.conv", ".0.conv.weight", in: checkpoint) - 1
      let blocks = Self.count("enc_rb.", ".conv_block.0.conv.weight", in: checkpoint)
      #expect(
        sizes.contains(
          ", width \(stem[0]), \(Self.words(levels, "level")), "
            + "\(Self.words(blocks, "residual block")), "), "\(sizes)")
    }
  }

  @Test func otherNetworksAreNotClaimed() throws {
    let path = try Fixtures.path("dinar/torch_reader/state_dict.pt")
    #expect(KnownNetwork.all(in: try TorchCheckpoint(path: path)).isEmpty)
  }
}
