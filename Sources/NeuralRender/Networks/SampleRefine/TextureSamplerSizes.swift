import Compute
import TensorFiles

/// The sizes of a Sample&Refine sampler, told from the shapes of its weights.
public struct TextureSamplerSizes: Sendable, Hashable {
  /// Channels at the full size, doubled by each level (32 as released).
  public var width: Int
  /// Halvings of the image (5).
  public var levels: Int

  /// The released network's sizes.
  public static let released = TextureSamplerSizes(width: 32, levels: 5)

  public init(width: Int, levels: Int) {
    self.width = width
    self.levels = levels
  }

  /// Width and height of an image are multiples of it (32).
  public var unit: Int { 1 << levels }

  /// Reads the sizes from a source's shapes; whether all weights fit them is checked on loading.
  ///
  /// - Throws: when the weights that tell the sizes are missing or are not those of such a network.
  public init(of source: some NamedArrays, prefix: String = "") throws {
    let shapes = WeightShapes(
      of: source, prefix: prefix, network: "sampler", family: "Sample&Refine")
    width = try shapes.filter("enc_conv0.conv")[0]
    let key = "dec_conv0.conv_block.0.conv.weight"
    levels = try shapes.levelCount("halves") { "dec_conv\($0).conv_block.0.conv.weight" }
    guard levels >= 2, width << levels <= WeightShapes.mostChannels else {
      throw shapes.fault(
        " is no network of this kind", key,
        expected: "at least 2 levels, at most \(WeightShapes.mostChannels) channels",
        found: "\(levels) levels, width \(width)")
    }
  }
}
