/// Layers of Sample&Refine's networks.
///
/// Source: `networks/` of Sample&Refine. Instance norms have no parameters: what biases before them add
/// they take away, but files hold those biases.
import Compute

extension Graph {
  /// A convolution of the image with mirrored borders, which keeps its size but for the stride.
  ///
  /// Keys `weight` (channels, Cin, size, size) and, unless it has none, `bias` (channels).
  mutating func mirroredConvolution(
    _ x: Value, channels: Int, size: Int, stride: Int = 1, hasBias: Bool = true
  ) throws -> Value {
    try convolution(
      x, weight: parameter("weight", shape: [channels, x.shape[1], size, size]),
      bias: hasBias ? parameter("bias", shape: [channels]) : nil, stride: stride,
      padding: Padding((size - 1) / 2, .reflect))
  }

  /// The sums of a convolution and of its gate, (N, 2 channels, ...): one product of one image.
  ///
  /// Keys `conv.*` and `gate.0.*`.
  private mutating func gatedConvolution(
    _ x: Value, channels: Int, size: Int, stride: Int = 1
  ) throws -> (sums: Value, gate: Value) {
    let parts = try ["conv", "gate.0"].map { name in
      try module(name) {
        (
          try $0.parameter("weight", shape: [channels, x.shape[1], size, size]),
          try $0.parameter("bias", shape: [channels])
        )
      }
    }
    let joined = try convolution(
      x, weight: concatenate(parts.map(\.0), axis: 0),
      bias: concatenate(parts.map(\.1), axis: 0), stride: stride,
      padding: Padding((size - 1) / 2, .reflect))
    return (
      try self.channels(joined, 0..<channels), try self.channels(joined, channels..<2 * channels)
    )
  }

  /// act(IN(C x)), where it is gated times sigmoid(C_gate x).
  ///
  /// - Parameter slope: of the activation's negative side; nil for none.
  mutating func normalizedUnit(
    _ x: Value, channels: Int, size: Int = 3, stride: Int = 1, isGated: Bool, slope: Float?
  ) throws -> Value {
    func activated(_ sums: Value, in graph: inout Graph) throws -> Value {
      let normal = try graph.instanceNormalization(sums)
      return try slope.map { try graph.leakyReLU(normal, slope: $0) } ?? normal
    }
    guard isGated else {
      let sums = try module("conv") {
        try $0.mirroredConvolution(x, channels: channels, size: size, stride: stride)
      }
      return try activated(sums, in: &self)
    }
    let (sums, gate) = try gatedConvolution(x, channels: channels, size: size, stride: stride)
    return try multiply(activated(sums, in: &self), sigmoid(gate))
  }

  /// sigmoid(C x), where it is gated sigmoid(C x sigmoid(C_gate x)).
  mutating func sigmoidHead(
    _ x: Value, channels: Int, size: Int, isGated: Bool
  ) throws -> Value {
    guard isGated else {
      return try sigmoid(
        module("conv") { try $0.mirroredConvolution(x, channels: channels, size: size) })
    }
    let (sums, gate) = try gatedConvolution(x, channels: channels, size: size)
    return try sigmoid(multiply(sums, sigmoid(gate)))
  }

  /// What a residual block does to the size of an image.
  enum BlockResampling { case same, halved, doubled }

  /// skip(x) + IN(C(act(IN(C x)))), each gated if the block is.
  ///
  /// Keys `conv_block.{0,1}.*` and, where channels or size change, `skip_connect.conv.weight`. The
  /// middle has as many channels as the input, where it doubles as the output.
  mutating func residualBlock(
    _ x: Value, channels: Int, resampling: BlockResampling = .same, isGated: Bool = false,
    slope: Float
  ) throws -> Value {
    let isDoubled = resampling == .doubled
    let stride = resampling == .halved ? 2 : 1
    let input = isDoubled ? try doubledBilinear(x) : x
    var skip = input
    if x.shape[1] != channels || stride == 2 {
      let product = try module("skip_connect.conv") {
        try $0.mirroredConvolution(x, channels: channels, size: 1, stride: stride, hasBias: false)
      }
      // A pixel's product and the interpolation of pixels change places: a quarter of the work.
      skip = isDoubled ? try doubledBilinear(product) : product
    }
    let y = try module("conv_block") { graph in
      let middle = try graph.module("0") {
        try $0.normalizedUnit(
          input, channels: isDoubled ? channels : x.shape[1], stride: stride, isGated: isGated,
          slope: slope)
      }
      return try graph.module("1") {
        try $0.normalizedUnit(middle, channels: channels, isGated: isGated, slope: nil)
      }
    }
    return try add(skip, y)
  }
}
