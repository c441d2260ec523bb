/// Layers of the autoencoder that DINAR compresses textures with.
///
/// Source: Esser et al. 2021, "Taming transformers for high-resolution image synthesis" (VQGAN), with
/// leaky ReLU in the place of SiLU.
import Compute

extension Graph {
  /// Keys `weight` (channels, Cin, size, size) and `bias`; keeps the size of the image unless told
  /// otherwise.
  mutating func biasedConvolution(
    _ x: Value, channels: Int, size: Int = 3, stride: Int = 1, padding: Padding? = nil
  ) throws -> Value {
    try convolution(
      x, weight: parameter("weight", shape: [channels, x.shape[1], size, size]),
      bias: parameter("bias", shape: [channels]), stride: stride,
      padding: padding ?? Padding(size / 2))
  }

  /// Group normalisation. Keys `weight` and `bias` (C).
  mutating func compressionNormalization(_ x: Value) throws -> Value {
    let shape = [x.shape[1]]
    return try groupNormalization(
      x, groups: 16, affine: (parameter("weight", shape: shape), parameter("bias", shape: shape)),
      epsilon: 1e-6)
  }

  /// The activation of all layers: leaky ReLU of slope 0.01.
  mutating func compressionActivation(_ x: Value) throws -> Value {
    try leakyReLU(x, slope: 0.01)
  }

  /// Normalisation `name` and activation.
  mutating func normalizedCompressionActivation(_ x: Value, _ name: String) throws -> Value {
    try compressionActivation(module(name) { try $0.compressionNormalization(x) })
  }

  /// skip(x) + conv2(act(norm2(conv1(act(norm1(x)))))).
  mutating func compressionBlock(_ x: Value, channels: Int) throws -> Value {
    var skip = x
    if x.shape[1] != channels {
      skip = try module("nin_shortcut") {
        try $0.biasedConvolution(x, channels: channels, size: 1)
      }
    }
    var y = try normalizedCompressionActivation(x, "norm1")
    y = try module("conv1") { try $0.biasedConvolution(y, channels: channels) }
    y = try normalizedCompressionActivation(y, "norm2")
    y = try module("conv2") { try $0.biasedConvolution(y, channels: channels) }
    return try add(y, skip)
  }

  /// x + projection of an attention of one head over all pixels.
  mutating func compressionAttention(_ x: Value) throws -> Value {
    let channels = x.shape[1]
    let normal = try module("norm") { try $0.compressionNormalization(x) }
    // Queries, keys and values as one product.
    let parts = try ["q", "k", "v"].map { name in
      try module(name) {
        (
          try $0.parameter("weight", shape: [channels, channels, 1, 1]),
          try $0.parameter("bias", shape: [channels])
        )
      }
    }
    let joined = try convolution(
      normal, weight: concatenate(parts.map(\.0), axis: 0),
      bias: concatenate(parts.map(\.1), axis: 0))
    let tokens = try reshape(
      joined, [x.shape[0], 3 * channels, x.shape[2] * x.shape[3]])
    let seen = try reshape(attention(tokens), x.shape)
    let y = try module("proj_out") {
      try $0.biasedConvolution(seen, channels: channels, size: 1)
    }
    return try add(y, x)
  }
}
