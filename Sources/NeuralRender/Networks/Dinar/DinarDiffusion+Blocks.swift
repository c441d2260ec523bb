import Compute

// What the levels of DINAR's denoiser are made of.

extension DinarDiffusion {
  /// What a residual block does to the size of its image.
  enum Resampling {
    case same, halved, doubled

    /// Means of 2 x 2 pixels, or every pixel 2 x 2 times.
    func apply(_ x: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
      switch self {
      case .same: x
      case .halved: try graph.averagePool(x, size: 2, stride: 2)
      case .doubled: try graph.doubledNearest(x)
      }
    }
  }

  /// The last channels of latent and condition, colours and masks, through a convolution each.
  ///
  /// They are counted from the end: what stands before them passes through.
  func preprocessed(_ x: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    let masks = x.shape[1] - sizes.maskChannels
    let colours = masks - sizes.colourChannels
    var parts: [Graph.Value] = []
    if colours > 0 { parts.append(try graph.channels(x, 0..<colours)) }
    for (name, range) in [
      ("preproc_rgb.0", colours..<masks), ("preproc_segm.0", masks..<x.shape[1]),
    ] where !range.isEmpty {
      let part = try graph.channels(x, range)
      parts.append(
        try graph.module(name) { try Self.filter(part, channels: range.count, in: &$0) })
    }
    return parts.count > 1 ? try graph.concatenate(parts) : parts[0]
  }

  /// skip(x) + conv(SiLU(norm(conv(SiLU(norm(x))) + time))), both resampled where they read x.
  func residual(
    _ name: String, _ x: Graph.Value, _ time: Graph.Value, to channels: Int,
    _ resampling: Resampling = .same, in graph: inout Graph
  ) throws -> Graph.Value {
    try graph.module(name) { graph in
      let shift = try graph.module("emb_layers.1") { graph in
        let vector = try Self.linear(time, outputs: channels, in: &graph)
        return try graph.reshape(vector, [vector.shape[0], channels, 1, 1])
      }
      var skip = try resampling.apply(x, in: &graph)
      if x.shape[1] != channels {
        skip = try graph.module("skip_connection") {
          try Self.filter(skip, channels: channels, size: 1, in: &$0)
        }
      }
      var h = try graph.module("in_layers.0") {
        try self.normalizedSiLU(x, in: &$0)
      }
      h = try resampling.apply(h, in: &graph)
      h = try graph.module("in_layers.2") { try Self.filter(h, channels: channels, in: &$0) }
      h = try graph.add(h, shift)
      h = try graph.module("out_layers.0") { try self.normalizedSiLU(h, in: &$0) }
      h = try graph.module("out_layers.3") { try Self.filter(h, channels: channels, in: &$0) }
      return try graph.add(h, skip)
    }
  }

  /// x with an attention behind it where the level has any.
  func attended(
    _ name: String, _ x: Graph.Value, at level: Int, in graph: inout Graph
  ) throws -> Graph.Value {
    sizes.attentionLevels.contains(level) ? try attention(name, x, in: &graph) : x
  }

  /// x + projection(attention over all pixels of norm(x)).
  func attention(
    _ name: String, _ x: Graph.Value, in graph: inout Graph
  ) throws -> Graph.Value {
    let (channels, pixels) = (x.shape[1], x.shape[2] * x.shape[3])
    let heads = try sizes.headCount(channels)
    return try graph.module(name) { graph in
      let normal = try graph.module("norm") {
        try self.normalized(x, in: &$0)
      }
      let projected = try graph.module("qkv") {
        try Self.pixelwise(normal, channels: 3 * channels, in: &$0)
      }
      let tokens = try graph.reshape(projected, [x.shape[0], 3 * channels, pixels])
      let seen = try graph.reshape(graph.attention(tokens, heads: heads), x.shape)
      let y = try graph.module("proj_out") { try Self.pixelwise(seen, channels: channels, in: &$0) }
      return try graph.add(y, x)
    }
  }
}
