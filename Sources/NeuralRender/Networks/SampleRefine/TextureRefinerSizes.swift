import Compute
import TensorFiles

/// The sizes of a Sample&Refine refiner, told from the names and shapes of its weights.
public struct TextureRefinerSizes: Sendable, Hashable {
  /// Channels of the input: the sampled texture's and those of `RefinerInputs` (4 as released).
  public var inputChannels: Int
  /// Colours and, unless nothing is blended, a mask (4).
  public var outputChannels: Int
  /// Channels at the full size, doubled by each level (32).
  public var width: Int
  /// Halvings of the image (3).
  public var levels: Int
  /// Residual blocks (9).
  public var blocks: Int
  /// Whether every layer has a gate (it has).
  public var isGated: Bool
  /// Whether the decoder reads the encoder's images (it does).
  public var hasSkips: Bool

  /// The released network's sizes.
  public static let released = TextureRefinerSizes(
    inputChannels: 4, outputChannels: 4, width: 32, levels: 3, blocks: 9, isGated: true,
    hasSkips: true)

  public init(
    inputChannels: Int, outputChannels: Int, width: Int, levels: Int, blocks: Int, isGated: Bool,
    hasSkips: Bool
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.width = width
    self.levels = levels
    self.blocks = blocks
    self.isGated = isGated
    self.hasSkips = hasSkips
  }

  /// Width and height of an image are multiples of it (8).
  public var unit: Int { 1 << levels }

  /// Reads the sizes from a source's shapes; whether all weights fit them is checked on loading.
  ///
  /// - Throws: when the weights that tell the sizes are missing or are not those of such a network.
  public init(of source: some NamedArrays, prefix: String = "") throws {
    let shapes = WeightShapes(
      of: source, prefix: prefix, network: "refiner", family: "Sample&Refine")
    let stem = try shapes.filter("tEncoder.conv0.0.conv")
    (width, inputChannels) = (stem[0], stem[1])
    isGated = shapes.contains("tEncoder.conv0.0.gate.0.weight")
    levels = try shapes.levelCount("halves") { "tEncoder.conv\($0 + 1).0.conv.weight" }
    blocks = shapes.count { "enc_rb.\($0).conv_block.0.conv.weight" }
    outputChannels = try shapes.filter("tDecoder.upconv\(levels).0.conv")[0]
    guard (3...4).contains(outputChannels) else {
      throw shapes.fault(
        " makes no texture", "tDecoder.upconv\(levels).0.conv.weight",
        expected: "3 colours, or 3 and a mask", found: "\(outputChannels) channels")
    }
    let deepest = width << levels
    guard levels >= 1, 2 * deepest <= WeightShapes.mostChannels else {
      throw shapes.fault(
        " is no network of this kind", "tEncoder.conv0.0.conv.weight",
        expected: "at least 1 level, at most \(WeightShapes.mostChannels) channels",
        found: "\(levels) levels, width \(width)")
    }
    let first = try shapes.filter("tDecoder.upconv0.1.conv")
    hasSkips = first[1] == 2 * deepest
    guard hasSkips || first[1] == deepest else {
      throw shapes.fault(
        "'s decoder reads neither the last image nor that and the encoder's",
        "tDecoder.upconv0.1.conv.weight", expected: "\(deepest) or \(2 * deepest) channels",
        found: "\(first)")
    }
  }
}
