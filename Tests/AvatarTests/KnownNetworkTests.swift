import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import Avatar

@Suite struct KnownNetworkParity {
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
    #expect(renderer.sizes.contains("texture of \(texture[0]) channels, width \(start[0]),"))
    #expect(renderer.sizes.contains("3 levels, 3 residual blocks"))
    let diffusion = try #require(networks.last)
    #expect(diffusion.prefix == "model." && diffusion.sizes.contains("with moving averages"))
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
      guard kind == .refiner, let sizes = networks.first?.sizes else { continue }
      // Gates double the tensors of every convolution.
      let isGated = checkpoint.names.contains { $0.contains(".gate.") }
      #expect(sizes.hasSuffix(isGated ? ", gated" : "without gates"), "\(sizes)")
      let stem = try checkpoint.tensor(named: "tEncoder.conv0.0.conv.weight").shape
      #expect(sizes.hasPrefix("\(stem[1]) channels in, "), "\(sizes)")
    }
  }

  @Test func otherNetworksAreNotClaimed() throws {
    let path = try Fixtures.path("dinar/torch_reader/state_dict.pt")
    #expect(KnownNetwork.all(in: try TorchCheckpoint(path: path)).isEmpty)
  }
}
