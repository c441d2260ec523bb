/// DINAR's renderer: neural texture and visible uv to colours and mask.
///
/// Matches: the renderer of DINAR's first stage, keys as in its checkpoints under
/// `first_stage.renderer.`. Differs: nothing; texture preprocessing is a graph of its own, because it
/// depends on the avatar only.
import Compute

/// The network with sizes read from a checkpoint's shapes.
public struct DinarRenderer: Sendable {
  /// What DINAR's checkpoints put before the renderer's keys.
  public static let checkpointPrefix = "first_stage.renderer."

  public let sizes: DinarRendererSizes

  public init(_ sizes: DinarRendererSizes) { self.sizes = sizes }

  /// The preprocessing of a texture, once per avatar.
  ///
  /// Input and output `texture`: (N, textureChannels, height, width).
  public func textureGraph(batch: Int = 1, height: Int, width: Int) throws -> Graph {
    var graph = Graph()
    let x = graph.input("texture", shape: [batch, sizes.textureChannels, height, width])
    graph.output("texture", try Self.preprocess(x, as: "ntex_preproc", in: &graph))
    return graph
  }

  /// One frame.
  ///
  /// Inputs: `uv` (N, 2, H, W) in [-1, 1], -10 where empty; `uv_mask` (N, 1, H, W); `texture`, the
  /// preprocessed one, or `sampled` (N, textureChannels, H, W), the same at every pixel's uv when
  /// `texture` is nil; `background` (N, 3, H, W) in [0, 1] if the composition has one.
  /// Outputs: `rgb` (N, 3, H, W) in [-1, 1] and `segm` (N, 1, H, W) in [0, 1], as the heads give them
  /// if there is no composition.
  ///
  /// Throws when the image's size does not suit the network.
  public func frameGraph(
    batch: Int = 1, height: Int, width: Int, texture: (height: Int, width: Int)?,
    composition: DinarComposition?
  ) throws -> Graph {
    let unit = 1 << sizes.downsamplings
    guard height % unit == 0, width % unit == 0, height >= 2 * unit, width >= 2 * unit else {
      throw ProgramError(
        .dataError, "the renderer cannot draw pictures of this size",
        expected: "multiples of \(unit), at least \(2 * unit)", found: "\(width) x \(height)")
    }
    var graph = Graph()
    let uv = graph.input("uv", shape: [batch, 2, height, width])
    let mask = graph.input("uv_mask", shape: [batch, 1, height, width])
    let colours: Graph.Value
    if let texture {
      let texture = graph.input(
        "texture", shape: [batch, sizes.textureChannels, texture.height, texture.width])
      colours = try graph.gridSample(
        texture, grid: graph.transpose(uv, [0, 2, 3, 1]), alignsCorners: true)
    } else {
      colours = graph.input("sampled", shape: [batch, sizes.textureChannels, height, width])
    }
    let features = try graph.concatenate([
      graph.multiply(colours, mask),
      Self.preprocess(uv, as: "uv_preproc", channels: sizes.uvChannels, in: &graph),
      Self.preprocess(mask, as: "uv_mask_preproc", channels: sizes.maskChannels, in: &graph),
    ])
    let trunk = try graph.module("model") { try self.trunk(features, in: &$0) }
    let rgb = try graph.module("rgb_head") { graph in
      try graph.tanh(self.head(trunk, inner: sizes.rgbHeadConvolutions, in: &graph))
    }
    let segm = try graph.module("segm_head") { graph in
      try graph.sigmoid(self.head(trunk, inner: sizes.segmHeadConvolutions, in: &graph))
    }
    let opacity = try graph.channels(segm, 0..<1)
    if let composition {
      try composition.append(rgb: rgb, segm: opacity, uvMask: mask, to: &graph)
    } else {
      graph.output("rgb", rgb)
      graph.output("segm", opacity)
    }
    return graph
  }

  /// Two convolution blocks that keep the size; as many channels as the input unless given.
  private static func preprocess(
    _ x: Graph.Value, as name: String, channels: Int? = nil, in graph: inout Graph
  ) throws -> Graph.Value {
    let channels = channels ?? x.shape[1]
    return try graph.module(name) { graph in
      let y = try graph.convolutionBlock(x, at: 0, channels: channels)
      return try graph.convolutionBlock(y, at: 3, channels: channels)
    }
  }

  /// The encoder-decoder from features to `trunkChannels` at full size.
  private func trunk(_ features: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    var x = try graph.module("start") {
      try $0.convolutionBlock(
        features, at: 1, channels: sizes.baseChannels, size: sizes.borderSize,
        padding: Padding(sizes.borderSize / 2, .reflect), hasBias: true)
    }
    var skips: [Graph.Value] = []
    for level in 0..<sizes.downsamplings {
      x = try graph.module("downsamples.\(level)") {
        try $0.convolutionBlock(
          x, at: 0, channels: sizes.baseChannels << (level + 1), stride: 2, hasBias: true)
      }
      skips.append(x)
    }
    for block in 0..<sizes.blocks {
      x = try graph.module("resblocks.\(block)") { try Self.residualBlock(x, in: &$0) }
    }
    for (step, skip) in skips.reversed().enumerated() {
      let joined = try graph.concatenate([x, skip])
      x = try graph.module("upsamples.\(step)") {
        try $0.convolutionBlock(
          $0.doubledBilinear(joined), at: 1, channels: skip.shape[1] / 2, hasBias: true)
      }
    }
    return try graph.module("final.1") {
      try $0.equalizedConvolution(
        x, channels: sizes.trunkChannels, size: sizes.borderSize,
        padding: Padding(sizes.borderSize / 2, .reflect), hasBias: true)
    }
  }

  /// x + normalised convolution of a convolution block, both with reflected borders.
  private static func residualBlock(
    _ x: Graph.Value, in graph: inout Graph
  ) throws -> Graph.Value {
    let channels = x.shape[1]
    let padding = Padding(1, .reflect)
    let y = try graph.module("conv_block") { graph in
      let y = try graph.convolutionBlock(
        x, at: 1, channels: channels, padding: padding, hasBias: true)
      let z = try graph.module("5") {
        try $0.equalizedConvolution(
          y, channels: channels, size: 3, padding: padding, hasBias: true)
      }
      return try graph.module("6") { try $0.storedBatchNormalization(z) }
    }
    return try graph.add(x, y)
  }

  /// Normalised activation, `inner` convolution blocks, and a convolution to three channels.
  private func head(
    _ x: Graph.Value, inner: Int, in graph: inout Graph
  ) throws -> Graph.Value {
    var x = try graph.normalizedActivation(x, at: 0)
    for step in 0..<inner {
      x = try graph.convolutionBlock(x, at: 2 + 3 * step, channels: sizes.trunkChannels)
    }
    return try graph.module("\(2 + 3 * inner)") {
      try $0.equalizedConvolution(x, channels: 3, size: 3, padding: Padding(1), hasBias: true)
    }
  }
}
