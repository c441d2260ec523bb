import Compute

// The layers of DINAR's denoiser, keys `weight` and `bias` below the module they are called in.

extension DinarDiffusion {
  /// A convolution with weights (channels, Cin, size, size) that keeps the size of the image.
  static func filter(
    _ x: Graph.Value, channels: Int, size: Int = 3, in graph: inout Graph
  ) throws -> Graph.Value {
    try graph.convolution(
      x, weight: graph.parameter("weight", shape: [channels, x.shape[1], size, size]),
      bias: graph.parameter("bias", shape: [channels]), padding: Padding(size / 2))
  }

  /// A convolution of one tap along one axis: weights (channels, Cin, 1).
  static func pixelwise(
    _ x: Graph.Value, channels: Int, in graph: inout Graph
  ) throws -> Graph.Value {
    let weight = try graph.parameter("weight", shape: [channels, x.shape[1], 1])
    return try graph.convolution(
      x, weight: graph.reshape(weight, [channels, x.shape[1], 1, 1]),
      bias: graph.parameter("bias", shape: [channels]))
  }

  /// Weights (outputs, inputs).
  static func linear(
    _ x: Graph.Value, outputs: Int, in graph: inout Graph
  ) throws -> Graph.Value {
    try graph.linear(
      x, weight: graph.parameter("weight", shape: [outputs, x.shape[x.shape.count - 1]]),
      bias: graph.parameter("bias", shape: [outputs]))
  }

  /// Normalisation by groups of channels, then weight and bias of each.
  func normalized(_ x: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    let shape = [x.shape[1]]
    return try graph.groupNormalization(
      x, groups: sizes.groups,
      affine: (
        graph.parameter("weight", shape: shape), graph.parameter("bias", shape: shape)
      ))
  }

  func normalizedSiLU(_ x: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    try graph.silu(normalized(x, in: &graph))
  }
}
