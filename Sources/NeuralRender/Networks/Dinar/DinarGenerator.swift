/// DINAR's texture generator: a style to the part of a neural texture that no photo shows.
///
/// Source: the synthesis network of StyleGAN2 (Karras et al. 2020), the same style in every layer.
/// Matches: `generators.style_gan_v2.Generator` of DINAR, keys as in its checkpoints under
/// `first_stage.generator.`. Differs: nothing; the noise that it draws is given.
import Compute

/// The network with sizes read from a checkpoint's shapes.
public struct DinarGenerator: Sendable {
  /// What DINAR's checkpoints put before the generator's keys.
  public static let checkpointPrefix = "first_stage.generator."

  /// Where the noise of the layers comes from.
  public enum Noise: Sendable, Hashable {
    /// An input for each layer, as the original draws it for every texture.
    case given
    /// The checkpoint's own (`randomize_noise` off), the same in every texture.
    case stored
  }

  public let sizes: DinarGeneratorSizes

  public init(_ sizes: DinarGeneratorSizes) { self.sizes = sizes }

  /// Inputs: `style` (N, styleWidth) and, if noise is given, `noise_0`, `noise_1`, ... (N, 1, height,
  /// width) of a normal distribution, of the sizes `noiseSizes`, in the order in which the original
  /// draws them. Output: `texture` (N, outputChannels, textureHeight, textureWidth).
  public func graph(batch: Int = 1, noise: Noise = .given) throws -> Graph {
    var graph = Graph()
    let style = graph.input("style", shape: [batch, sizes.styleWidth])
    let noises = try self.noises(noise, batch: batch, in: &graph)
    let start = try graph.module("input") {
      try $0.parameter(
        "input", shape: [1, sizes.channels[0], sizes.startHeight, sizes.startWidth])
    }
    var x = batch == 1 ? start : try graph.repeated(start, [batch, 1, 1, 1])
    x = try graph.module("conv1") {
      try Self.layer(x, style, noises[0], channels: sizes.channels[0], in: &$0)
    }
    var texture = try graph.module("to_rgb1") { try self.colours(x, style, in: &$0) }
    for (level, channels) in sizes.channels.dropFirst().enumerated() {
      let first = 2 * level
      x = try graph.module("convs.\(first)") {
        try Self.layer(
          x, style, noises[first + 1], channels: channels, isDoubling: true, in: &$0)
      }
      x = try graph.module("convs.\(first + 1)") {
        try Self.layer(x, style, noises[first + 2], channels: channels, in: &$0)
      }
      texture = try graph.module("to_rgbs.\(level)") { graph in
        let doubled = try graph.module("upsample") {
          try $0.resampled(texture, up: 2, before: 2, after: 1)
        }
        return try self.colours(x, style, onto: doubled, in: &graph)
      }
    }
    graph.output("texture", texture)
    return graph
  }

  private func noises(
    _ noise: Noise, batch: Int, in graph: inout Graph
  ) throws -> [Graph.Value] {
    try sizes.noiseSizes.enumerated().map { index, size in
      try graph.module("noises") { graph in
        let key = "noise_\(index)"
        switch noise {
        case .given:
          graph.leaveUnread(key)
          return graph.input(key, shape: [batch, 1, size.height, size.width])
        case .stored:
          return try graph.parameter(key, shape: [1, 1, size.height, size.width])
        }
      }
    }
  }

  /// FL(styled convolution + strength noise), doubled with a blur.
  ///
  /// Keys `conv.*`, `noise.weight` (1), `activate.bias` (Cout).
  private static func layer(
    _ x: Graph.Value, _ style: Graph.Value, _ noise: Graph.Value, channels: Int,
    isDoubling: Bool = false, in graph: inout Graph
  ) throws -> Graph.Value {
    let scaled = try graph.module("noise") {
      try $0.multiply(noise, $0.parameter("weight", shape: [1]))
    }
    let y = try graph.module("conv") { graph in
      let y = try graph.styledConvolution(
        x, style: style, channels: channels, size: 3, resampling: isDoubling ? .up : .same)
      guard isDoubling else { return y }
      return try graph.module("blur") { try $0.resampled(y, before: 1, after: 1) }
    }
    return try graph.module("activate") {
      try $0.fusedLeakyReLU($0.add(y, scaled), bias: $0.parameter("bias", shape: [channels]))
    }
  }

  /// The texture's channels of an image, added to what lower levels gave.
  ///
  /// Keys `conv.*`, `bias` (1, outputChannels, 1, 1).
  private func colours(
    _ x: Graph.Value, _ style: Graph.Value, onto texture: Graph.Value? = nil,
    in graph: inout Graph
  ) throws -> Graph.Value {
    let channels = sizes.outputChannels
    let y = try graph.module("conv") {
      try $0.styledConvolution(x, style: style, channels: channels, size: 1, demodulates: false)
    }
    let own = try graph.add(y, graph.parameter("bias", shape: [1, channels, 1, 1]))
    return try texture.map { try graph.add(own, $0) } ?? own
  }
}
