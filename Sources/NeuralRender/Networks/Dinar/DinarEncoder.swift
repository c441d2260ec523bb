/// DINAR's style encoder: a photo with its mask to a vector that describes the person.
///
/// Source: the discriminator of StyleGAN2 (Karras et al. 2020) without its judgement. Matches:
/// `generators.style_gan_v2.Encoder` of DINAR, keys as in its checkpoints under
/// `first_stage.encoder.`. Differs: nothing; the noise that it draws is a channel of the input.
import Compute

/// The network with sizes read from a checkpoint's shapes.
public struct DinarEncoder: Sendable {
  /// What DINAR's checkpoints put before the encoder's keys.
  public static let checkpointPrefix = "first_stage.encoder."
  /// By what the learning rate of all its layers was multiplied.
  private static let rate: Float = 0.01

  public let sizes: DinarEncoderSizes

  public init(_ sizes: DinarEncoderSizes) { self.sizes = sizes }

  /// Input `picture` (N, inputChannels, imageSize, imageSize): colours in [-1, 1], mask 0 or 1, noise
  /// of a normal distribution. Output `style` (N, styleWidth).
  public func graph(batch: Int = 1) throws -> Graph {
    var graph = Graph()
    let picture = graph.input(
      "picture", shape: [batch, sizes.inputChannels, sizes.imageSize, sizes.imageSize])
    var x = try graph.module("convs.0") { graph in
      try Self.activated(
        graph.module("0") {
          try $0.equalizedConvolution(
            picture, channels: sizes.channels[0], size: 1, padding: .none, rate: Self.rate)
        }, at: "1", in: &graph)
    }
    for (index, channels) in sizes.channels.enumerated().dropFirst() {
      x = try graph.module("convs.\(index)") {
        try Self.halvingBlock(x, channels: channels, in: &$0)
      }
    }
    x = try graph.module("final_conv") { graph in
      try Self.activated(
        graph.module("0") {
          try $0.equalizedConvolution(
            x, channels: sizes.finalChannels, size: 3, padding: Padding(1), rate: Self.rate)
        }, at: "1", in: &graph)
    }
    let style = try graph.module("final_linear") { graph in
      let flat = try graph.reshape(x, [batch, x.shape.dropFirst().reduce(1, *)])
      let hidden = try graph.module("0") { graph in
        try graph.leakyReLU(
          graph.equalizedLinear(flat, outputs: sizes.hiddenWidth, rate: Self.rate), slope: 0.2,
          gain: Float(2).squareRoot())
      }
      return try graph.module("1") {
        try $0.equalizedLinear(hidden, outputs: sizes.styleWidth, rate: Self.rate)
      }
    }
    graph.output("style", style)
    return graph
  }

  /// (main(x) + skip(x)) / sqrt 2 at half the size.
  private static func halvingBlock(
    _ x: Graph.Value, channels: Int, in graph: inout Graph
  ) throws -> Graph.Value {
    // Of the blurred image a filter of one pixel and stride 2 reads every other pixel of every other
    // row: no more are blurred. The sum's 1 / sqrt 2 is in the weights.
    let skip = try graph.module("skip") { graph in
      let low = try graph.module("0") { try $0.resampled(x, down: 2, before: 1, after: 1) }
      return try graph.module("1") {
        try $0.equalizedConvolution(
          low, channels: channels, size: 1, padding: .none, rate: rate,
          gain: Float(0.5).squareRoot())
      }
    }
    let y = try graph.module("conv1") { graph in
      try activated(
        graph.module("0") {
          try $0.equalizedConvolution(
            x, channels: x.shape[1], size: 3, padding: Padding(1), rate: rate)
        }, at: "1", in: &graph)
    }
    let main = try graph.module("conv2") { graph in
      let blurred = try graph.module("0") { try $0.resampled(y, before: 2, after: 2) }
      // The activation's gain of sqrt 2 and the sum's 1 / sqrt 2 are none.
      return try activated(
        graph.module("1") {
          try $0.equalizedConvolution(
            blurred, channels: channels, size: 3, stride: 2, padding: .none, rate: rate)
        }, at: "2", gain: 1, in: &graph)
    }
    return try graph.add(main, skip)
  }

  /// The fused leaky ReLU as a module of its own: key `bias` (C).
  private static func activated(
    _ x: Graph.Value, at index: String, gain: Float = Float(2).squareRoot(), in graph: inout Graph
  ) throws -> Graph.Value {
    try graph.module(index) { graph in
      let bias = try graph.perChannel(graph.parameter("bias", shape: [x.shape[1]]), rank: 4)
      return try graph.leakyReLU(graph.add(x, bias), slope: 0.2, gain: gain)
    }
  }
}
