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

  /// Far beyond any network of this kind: a layer of as many inputs and outputs has 2^32 weights a tap.
  public static let mostChannels = 1 << 16

  /// Reads the sizes from a source's shapes; whether all weights fit them is checked on loading.
  ///
  /// Throws when the weights that tell the sizes are missing or are not filters.
  public init(
    of source: some NamedArrays, prefix: String = DinarRenderer.checkpointPrefix
  ) throws {
    let names = Set(source.names)
    func filter(_ key: String) throws -> [Int] {
      let name = "\(prefix)\(key).weight"
      guard names.contains(name) else {
        throw ProgramError(
          .dataError, "the file holds no renderer of DINAR", file: source.file, key: name,
          hint: "give a checkpoint of DINAR with weights under \"\(prefix)\"")
      }
      let shape = try source.header(name).shape
      guard shape.count == 4, shape.allSatisfy({ $0 > 0 && $0 < 1 << 16 }) else {
        throw ProgramError(
          .dataError, "the renderer's weights are not filters", file: source.file,
          key: name, expected: "Cout x Cin x k x k", found: "\(shape)")
      }
      return shape
    }
    /// How many of a row of modules the source has, counted from `first`.
    func count(_ first: Int = 0, _ key: (Int) -> String) -> Int {
      var index = first
      while names.contains("\(prefix)\(key(index))") { index += 1 }
      return index - first
    }
    textureChannels = try filter("ntex_preproc.0")[0]
    uvChannels = try filter("uv_preproc.0")[0]
    maskChannels = try filter("uv_mask_preproc.0")[0]
    let start = try filter("model.start.1")
    baseChannels = start[0]
    borderSize = start[2]
    guard borderSize % 2 == 1, borderSize < 64 else {
      throw ProgramError(
        .dataError, "the renderer's first filter has no centre", file: source.file,
        key: "\(prefix)model.start.1.weight", expected: "an odd size", found: "\(start)")
    }
    downsamplings = count { "model.downsamples.\($0).0.weight" }
    blocks = count { "model.resblocks.\($0).conv_block.1.weight" }
    guard downsamplings < 16 else {
      throw ProgramError(
        .dataError, "the renderer halves the image too often", file: source.file,
        expected: "at most 15 times", found: "\(downsamplings)")
    }
    let deepest = baseChannels << downsamplings
    guard deepest <= Self.mostChannels else {
      throw ProgramError(
        .dataError, "the renderer has too many channels", file: source.file,
        key: "\(prefix)model.start.1.weight", expected: "at most \(Self.mostChannels) in any layer",
        found: "\(baseChannels), doubled \(downsamplings) times")
    }
    trunkChannels = try filter("model.final.1")[0]
    // Each inner block is followed by a normalisation at the next index.
    rgbHeadConvolutions = count { "rgb_head.\(3 + 3 * $0).running_mean" }
    segmHeadConvolutions = count { "segm_head.\(3 + 3 * $0).running_mean" }
  }
}
