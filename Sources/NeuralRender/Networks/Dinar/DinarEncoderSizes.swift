import Compute
import TensorFiles

/// The sizes of a DINAR style encoder, told from the shapes of its weights.
public struct DinarEncoderSizes: Sendable, Hashable {
  /// Channels of the picture: colours, mask, noise (5 as released).
  public var inputChannels: Int
  /// Channels at full size and after each halving (32, 64, 128, 256, 256, 256, 256, 256).
  public var channels: [Int]
  /// Channels of the last image (256), which has 4 x 4 pixels.
  public var finalChannels: Int
  /// Values between the two matrices (256).
  public var hiddenWidth: Int
  /// Values of a style (512).
  public var styleWidth: Int

  /// The released network's sizes.
  public static let released = DinarEncoderSizes(
    inputChannels: 5, channels: [32, 64, 128, 256, 256, 256, 256, 256], finalChannels: 256,
    hiddenWidth: 256, styleWidth: 512)

  public init(
    inputChannels: Int, channels: [Int], finalChannels: Int, hiddenWidth: Int, styleWidth: Int
  ) {
    self.inputChannels = inputChannels
    precondition(!channels.isEmpty)
    self.channels = channels
    self.finalChannels = finalChannels
    self.hiddenWidth = hiddenWidth
    self.styleWidth = styleWidth
  }

  /// Width and height of the picture (512): the last image's, doubled as often as blocks halve it.
  public var imageSize: Int { Self.lastSize << max(channels.count - 1, 0) }

  /// Width and height of the last image.
  static let lastSize = 4

  /// Reads the sizes from a source's shapes; whether all weights fit them is checked on loading.
  ///
  /// - Throws: when the weights that tell the sizes are missing or are not those of such a network.
  public init(
    of source: some NamedArrays, prefix: String = DinarEncoder.checkpointPrefix
  ) throws {
    let shapes = WeightShapes(
      of: source, prefix: prefix, network: "style encoder", family: "DINAR")
    let first = try shapes.filter("convs.0.0")
    inputChannels = first[1]
    let halvings = try shapes.levelCount("halves") { "convs.\($0 + 1).conv2.1.weight" }
    channels =
      try [first[0]] + (0..<halvings).map { try shapes.filter("convs.\($0 + 1).conv2.1")[0] }
    finalChannels = try shapes.filter("final_conv.0")[0]
    // A style is as many numbers, and pictures of another size have more pixels at the end.
    let flat = "final_linear.0.weight"
    let matrix = try shapes.matrix(flat)
    hiddenWidth = matrix[0]
    let pixels = Self.lastSize * Self.lastSize
    guard matrix[1] == pixels * finalChannels else {
      throw shapes.fault(
        " reads another number of pixels", flat, expected: "\(pixels * finalChannels) inputs",
        found: "\(matrix)")
    }
    styleWidth = try shapes.matrix("final_linear.1.weight")[0]
  }
}
