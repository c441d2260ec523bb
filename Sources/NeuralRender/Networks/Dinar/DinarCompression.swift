/// DINAR's texture compression: a neural texture to a small image of codes, and back.
///
/// Source: Esser et al. 2021 (VQGAN); the codes are those of VQ-VAE (van den Oord et al. 2017).
/// Matches: `compress_models.vqmodel.VQModel` of DINAR, keys as in its checkpoints under
/// `first_stage.compress_branch.`, in older ones `first_stage.vq_branch.`. Differs: nothing.
import Compute
import TensorFiles

/// The network with sizes read from a checkpoint's shapes.
public struct DinarCompression: Sendable {
  /// What DINAR's checkpoints put before the network's keys, the newest first.
  public static let checkpointPrefixes = ["first_stage.compress_branch.", "first_stage.vq_branch."]

  /// The one of `checkpointPrefixes` that a source has; the first if it has none.
  public static func checkpointPrefix(in source: some NamedArrays) -> String {
    let names = source.names
    return checkpointPrefixes.first { prefix in names.contains { $0.hasPrefix(prefix) } }
      ?? checkpointPrefixes[0]
  }

  public let sizes: DinarCompressionSizes

  public init(_ sizes: DinarCompressionSizes) { self.sizes = sizes }

  /// Textures to latents, which are not codes yet.
  ///
  /// Input `texture` (N, textureChannels, height, width). Output `z` (N, codeWidth, height / unit,
  /// width / unit), `unit` as the sizes have it.
  ///
  /// Throws when the texture's size or the sizes do not suit the network.
  public func encoderGraph(batch: Int = 1, height: Int, width: Int) throws -> Graph {
    guard height > 0, width > 0, height % sizes.unit == 0, width % sizes.unit == 0 else {
      throw ProgramError(
        .dataError, "the compression network cannot encode textures of this size",
        expected: "multiples of \(sizes.unit)", found: "\(width) x \(height)")
    }
    var graph = Graph()
    let texture = graph.input("texture", shape: [batch, sizes.textureChannels, height, width])
    let encoded = try graph.module("encoder") { try self.encoded(texture, in: &$0) }
    let z = try graph.module("quant_conv") {
      try $0.biasedConvolution(encoded, channels: sizes.codeWidth, size: 1)
    }
    graph.output("z", z)
    return graph
  }

  /// Latents to textures, by the nearest codes.
  ///
  /// Input `z` (N, codeWidth, height, width). Outputs: `texture` (N, textureChannels, unit height, unit
  /// width), and `codes` (N, 1, height, width), the codes' indices.
  public func decoderGraph(batch: Int = 1, height: Int, width: Int) throws -> Graph {
    try checkHeads()
    var graph = Graph()
    let z = graph.input("z", shape: [batch, sizes.codeWidth, height, width])
    let (codes, quantized) = try graph.module("quantize") { graph in
      let book = try graph.module("embedding") {
        try $0.parameter("weight", shape: [sizes.codes, sizes.codeWidth])
      }
      let codes = try graph.codeSearch(z, codes: book)
      // z + (e - z), for gradients' sake, which rounds.
      let difference = try graph.subtract(graph.codeLookup(codes, codes: book), z)
      return (codes, try graph.add(z, difference))
    }
    let start = try graph.module("post_quant_conv") {
      try $0.biasedConvolution(quantized, channels: sizes.decoderInputs, size: 1)
    }
    graph.output("texture", try graph.module("decoder") { try self.decoded(start, in: &$0) })
    graph.output("codes", codes)
    return graph
  }

  // MARK: Levels

  private func encoded(_ texture: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    var x = try graph.module("conv_in") {
      try $0.biasedConvolution(texture, channels: sizes.baseChannels)
    }
    for (level, channels) in sizes.levelChannels.enumerated() {
      x = try graph.module("down.\(level)") { graph in
        var y = x
        for block in 0..<sizes.encoderBlocks {
          y = try self.block(y, block, of: level, channels, in: &graph)
        }
        guard level < sizes.levelChannels.count - 1 else { return y }
        return try graph.module("downsample.conv") {
          try $0.biasedConvolution(
            y, channels: channels, stride: 2,
            padding: Padding(left: 0, right: 1, top: 0, bottom: 1))
        }
      }
    }
    x = try middle(x, in: &graph)
    x = try graph.normalizedCompressionActivation(x, "norm_out")
    return try graph.module("conv_out") {
      try $0.biasedConvolution(x, channels: sizes.encoderOutputs)
    }
  }

  private func decoded(_ start: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    var x = try graph.module("conv_in") {
      try $0.biasedConvolution(start, channels: sizes.levelChannels.last ?? sizes.baseChannels)
    }
    x = try middle(x, in: &graph)
    for (level, channels) in sizes.levelChannels.enumerated().reversed() {
      x = try graph.module("up.\(level)") { graph in
        var y = x
        for block in 0..<sizes.decoderBlocks {
          y = try self.block(y, block, of: level, channels, in: &graph)
        }
        guard level > 0 else { return y }
        return try graph.module("upsample.conv") {
          try $0.biasedConvolution($0.doubledNearest(y), channels: channels)
        }
      }
    }
    x = try graph.normalizedCompressionActivation(x, "norm_out")
    let texture = try graph.module("conv_out") {
      try $0.biasedConvolution(x, channels: sizes.textureChannels)
    }
    return try heads(texture, in: &graph)
  }

  private func block(
    _ x: Graph.Value, _ index: Int, of level: Int, _ channels: Int, in graph: inout Graph
  ) throws -> Graph.Value {
    let y = try graph.module("block.\(index)") { try $0.compressionBlock(x, channels: channels) }
    guard sizes.attentionLevels.contains(level) else { return y }
    return try graph.module("attn.\(index)") { try $0.compressionAttention(y) }
  }

  private func middle(_ x: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    try graph.module("mid") { graph in
      var y = try graph.module("block_1") { try $0.compressionBlock(x, channels: x.shape[1]) }
      y = try graph.module("attn_1") { try $0.compressionAttention(y) }
      return try graph.module("block_2") { try $0.compressionBlock(y, channels: y.shape[1]) }
    }
  }

  // MARK: The texture's last channels

  /// The last channels, colours and masks, each through a normalisation, an activation and a
  /// convolution of their own; what stands before them passes through.
  private func heads(_ texture: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    let masks = sizes.textureChannels - sizes.maskChannels
    let colours = masks - sizes.colourChannels
    var parts = colours > 0 ? [try graph.channels(texture, 0..<colours)] : []
    for (name, range) in [
      ("rgb_proc", colours..<masks), ("segm_proc", masks..<sizes.textureChannels),
    ] {
      let part = try graph.channels(texture, range)
      parts.append(
        try graph.module(name) { graph in
          let normal = try graph.module("0") { try $0.storedBatchNormalization(part) }
          let y = try graph.compressionActivation(normal)
          return try graph.module("2") { try $0.biasedConvolution(y, channels: range.count) }
        })
    }
    return try graph.concatenate(parts)
  }

  private func checkHeads() throws {
    guard sizes.colourChannels > 0, sizes.maskChannels > 0,
      sizes.colourChannels + sizes.maskChannels <= sizes.textureChannels
    else {
      throw ProgramError(
        .dataError, "the compression network's texture has no room for colours and masks",
        expected: "at least \(sizes.colourChannels) and \(sizes.maskChannels) channels",
        found: "\(sizes.textureChannels)")
    }
  }
}
