import Compute
import TensorFiles

/// The sizes of a DINAR renderer, told from the shapes of its weights.
public struct DinarRendererSizes: Sendable, Hashable {
  /// Channels of the neural texture (21 as released).
  public var textureChannels: Int
  /// Channels that uv and mask become (8 and 4).
  public var uvChannels: Int
  public var maskChannels: Int
  /// Channels of the trunk at full size (64); each level below has twice as many.
  public var baseChannels: Int
  /// Halvings of the image (3).
  public var downsamplings: Int
  /// Residual blocks at the smallest size (3).
  public var blocks: Int
  /// Side of the first and last filter of the trunk (7).
  public var borderSize: Int
  /// Channels between trunk and heads (16).
  public var trunkChannels: Int
  /// Convolution blocks of the heads (2 and 4).
  public var rgbHeadConvolutions: Int
  public var segmHeadConvolutions: Int

  /// The released network's sizes.
  public static let released = DinarRendererSizes(
    textureChannels: 21, uvChannels: 8, maskChannels: 4, baseChannels: 64, downsamplings: 3,
    blocks: 3, borderSize: 7, trunkChannels: 16, rgbHeadConvolutions: 2, segmHeadConvolutions: 4)

  public init(
    textureChannels: Int, uvChannels: Int, maskChannels: Int, baseChannels: Int,
    downsamplings: Int, blocks: Int, borderSize: Int, trunkChannels: Int,
    rgbHeadConvolutions: Int, segmHeadConvolutions: Int
  ) {
    self.textureChannels = textureChannels
    self.uvChannels = uvChannels
    self.maskChannels = maskChannels
    self.baseChannels = baseChannels
    self.downsamplings = downsamplings
    self.blocks = blocks
    self.borderSize = borderSize
    self.trunkChannels = trunkChannels
    self.rgbHeadConvolutions = rgbHeadConvolutions
    self.segmHeadConvolutions = segmHeadConvolutions
  }

  /// Reads the sizes from a source's shapes; whether all weights fit them is checked on loading.
  ///
  /// Throws when the weights that tell the sizes are missing or are not filters.
  public init(
    of source: some NamedArrays, prefix: String = DinarRenderer.checkpointPrefix
  ) throws {
    let shapes = WeightShapes(
      of: source, prefix: prefix, network: "renderer", family: "DINAR")
    textureChannels = try shapes.filter("ntex_preproc.0")[0]
    uvChannels = try shapes.filter("uv_preproc.0")[0]
    maskChannels = try shapes.filter("uv_mask_preproc.0")[0]
    let start = try shapes.filter("model.start.1")
    baseChannels = start[0]
    borderSize = start[2]
    guard borderSize % 2 == 1, borderSize < 64 else {
      throw shapes.fault(
        "'s first filter has no centre", "model.start.1.weight", expected: "an odd size",
        found: "\(start)")
    }
    downsamplings = try shapes.levelCount("halves") { "model.downsamples.\($0).0.weight" }
    blocks = shapes.count { "model.resblocks.\($0).conv_block.1.weight" }
    let deepest = baseChannels << downsamplings
    guard deepest <= WeightShapes.mostChannels else {
      throw shapes.fault(
        " has too many channels", "model.start.1.weight",
        expected: "at most \(WeightShapes.mostChannels) in any layer",
        found: "\(baseChannels), doubled \(downsamplings) times")
    }
    trunkChannels = try shapes.filter("model.final.1")[0]
    // Each inner block is followed by a normalisation at the next index.
    rgbHeadConvolutions = shapes.count { "rgb_head.\(3 + 3 * $0).running_mean" }
    segmHeadConvolutions = shapes.count { "segm_head.\(3 + 3 * $0).running_mean" }
  }
}
