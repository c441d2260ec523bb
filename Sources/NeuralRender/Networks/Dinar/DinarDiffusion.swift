/// DINAR's denoiser: the noise in a latent texture, given what of it is known.
///
/// Source: Dhariwal and Nichol 2021, "Diffusion models beat GANs on image synthesis" (the U-Net), as in
/// latent diffusion. Matches: `inpainting.openaimodel.UNetModel` of DINAR with residual resampling, keys
/// as in its checkpoints under `model.`. Differs: the timestep's cosines and sines are an input
/// (`TimestepEmbedding`), because samplers know them beforehand.
import Compute

/// The network with sizes read from a checkpoint's shapes.
public struct DinarDiffusion: Sendable {
  /// What DINAR's checkpoints put before the network's keys.
  public static let checkpointPrefix = "model."

  public let sizes: DinarDiffusionSizes

  public init(_ sizes: DinarDiffusionSizes) { self.sizes = sizes }

  /// One call.
  ///
  /// Inputs: `x` (N, latentChannels, H, W), the noisy latent; `condition` (N, conditionChannels, H, W),
  /// the known latent and its mask; `timestep` (N, timestepWidth), of each image
  /// (`TimestepEmbedding.values`). Output: `noise` (N, latentChannels, H, W).
  ///
  /// Throws when the latent's size or the sizes do not suit the network.
  public func graph(batch: Int = 1, height: Int, width: Int) throws -> Graph {
    try check(height: height, width: width)
    var graph = Graph()
    let x = graph.input("x", shape: [batch, sizes.latentChannels, height, width])
    let condition = graph.input(
      "condition", shape: [batch, sizes.conditionChannels, height, width])
    let timestep = graph.input("timestep", shape: [batch, sizes.timestepWidth])
    // What blocks add by channel depends on the timestep only: vectors, not images.
    let time = try graph.silu(embedding(timestep, in: &graph))

    let given = try preprocessed(graph.concatenate([x, condition]), in: &graph)
    var h = try graph.module("input_blocks.0.0") {
      try Self.filter(given, channels: sizes.baseChannels, in: &$0)
    }
    var skips = [h]
    for level in sizes.levelChannels.indices {
      let isLast = level == sizes.levelChannels.count - 1
      for step in 0..<sizes.blocks + (isLast ? 0 : 1) {
        h = try graph.module("input_blocks.\(skips.count)") { graph in
          if step == sizes.blocks {
            return try self.residual("0", h, time, to: h.shape[1], .halved, in: &graph)
          }
          let y = try self.residual("0", h, time, to: sizes.levelChannels[level], in: &graph)
          return try self.attended("1", y, at: level, in: &graph)
        }
        skips.append(h)
      }
    }
    h = try graph.module("middle_block") { graph in
      var y = try self.residual("0", h, time, to: h.shape[1], in: &graph)
      y = try self.attention("1", y, in: &graph)
      return try self.residual("2", y, time, to: y.shape[1], in: &graph)
    }
    for (block, skip) in skips.reversed().enumerated() {
      let level = sizes.levelChannels.count - 1 - block / (sizes.blocks + 1)
      let doubles = block % (sizes.blocks + 1) == sizes.blocks && level > 0
      let joined = try graph.concatenate([h, skip])
      h = try graph.module("output_blocks.\(block)") { graph in
        var y = try self.residual("0", joined, time, to: sizes.levelChannels[level], in: &graph)
        y = try self.attended("1", y, at: level, in: &graph)
        guard doubles else { return y }
        let name = sizes.attentionLevels.contains(level) ? "2" : "1"
        return try self.residual(name, y, time, to: y.shape[1], .doubled, in: &graph)
      }
    }
    h = try graph.module("out") { graph in
      let y = try graph.module("0") { try self.normalizedSiLU(h, in: &$0) }
      return try graph.module("2") { try Self.filter(y, channels: sizes.latentChannels, in: &$0) }
    }
    graph.output("noise", h)
    return graph
  }

  private func check(height: Int, width: Int) throws {
    guard height > 0, width > 0, height % sizes.unit == 0, width % sizes.unit == 0 else {
      throw ProgramError(
        .dataError, "the diffusion network cannot compute latents of this size",
        expected: "multiples of \(sizes.unit)", found: "\(width) x \(height)")
    }
    guard sizes.groups > 0 else {
      throw ProgramError(
        .dataError, "the diffusion network's groups are not positive", found: "\(sizes.groups)")
    }
  }

  /// Two linear layers from cosines and sines to what all blocks read.
  private func embedding(_ timestep: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    try graph.module("time_embed") { graph in
      let y = try graph.module("0") {
        try Self.linear(timestep, outputs: sizes.embeddingChannels, in: &$0)
      }
      let z = try graph.silu(y)
      return try graph.module("2") { try Self.linear(z, outputs: sizes.embeddingChannels, in: &$0) }
    }
  }
}
