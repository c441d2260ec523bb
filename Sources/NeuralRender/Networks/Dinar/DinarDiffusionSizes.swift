import Compute
import TensorFiles

/// The sizes of a DINAR diffusion network.
public struct DinarDiffusionSizes: Sendable, Hashable {
  /// How the channels of an attention are shared among heads; no shape of a weight tells.
  public enum Heads: Sendable, Hashable, CustomStringConvertible {
    /// As many heads everywhere.
    case count(Int)
    /// As many channels a head, more heads where there are more channels.
    case channels(Int)

    public var description: String {
      switch self {
      case .count(let count): "\(count) heads (num_heads)"
      case .channels(let channels): "heads of \(channels) channels (num_head_channels)"
      }
    }
  }

  /// Channels of latent and condition together (13 as released).
  public var inputChannels: Int
  /// Channels of the latent, and of its noise (6).
  public var latentChannels: Int
  /// Channels of each level at its residual blocks, from the full size down (256, 512, 768, 1024).
  public var levelChannels: [Int]
  /// Channels behind the first convolution (256).
  public var baseChannels: Int
  /// Residual blocks of a level on the way down; one more on the way up (2).
  public var blocks: Int
  /// Levels with an attention behind every block: 0 is the full size (1, 2, 3).
  public var attentionLevels: Set<Int>
  /// Cosines and sines of a timestep (256).
  public var timestepWidth: Int
  /// Values that they become (1024).
  public var embeddingChannels: Int
  /// The condition's channels that are convolved first, counted from its end: colours, then masks
  /// (3 and 2); 0 for none.
  public var colourChannels: Int
  public var maskChannels: Int
  public var heads: Heads
  /// Groups of each normalisation.
  public var groups: Int

  /// The released network's sizes.
  public static let released = DinarDiffusionSizes(
    inputChannels: 13, latentChannels: 6, levelChannels: [256, 512, 768, 1024], baseChannels: 256,
    blocks: 2, attentionLevels: [1, 2, 3], timestepWidth: 256, embeddingChannels: 1024,
    colourChannels: 3, maskChannels: 2, heads: .count(8), groups: 8)

  public init(
    inputChannels: Int, latentChannels: Int, levelChannels: [Int], baseChannels: Int, blocks: Int,
    attentionLevels: Set<Int>, timestepWidth: Int, embeddingChannels: Int, colourChannels: Int,
    maskChannels: Int, heads: Heads, groups: Int
  ) {
    self.inputChannels = inputChannels
    self.latentChannels = latentChannels
    self.levelChannels = levelChannels
    self.baseChannels = baseChannels
    self.blocks = blocks
    self.attentionLevels = attentionLevels
    self.timestepWidth = timestepWidth
    self.embeddingChannels = embeddingChannels
    self.colourChannels = colourChannels
    self.maskChannels = maskChannels
    self.heads = heads
    self.groups = groups
  }

  /// Channels of the condition.
  public var conditionChannels: Int { inputChannels - latentChannels }

  /// Height and width of a latent are multiples of it.
  public var unit: Int { 1 << max(levelChannels.count - 1, 0) }

  /// Heads of an attention of some channels. Throws when they cannot be shared out.
  func headCount(_ channels: Int) throws -> Int {
    let (divisor, count) =
      switch heads {
      case .count(let count): (count, count)
      case .channels(let width): (width, width > 0 ? channels / width : 0)
      }
    guard divisor > 0, channels % divisor == 0 else {
      throw ProgramError(
        .dataError, "an attention's channels cannot be shared among its heads",
        expected: "\(heads)", found: "\(channels) channels")
    }
    return count
  }

  /// Far beyond any network of this kind.
  static let mostChannels = 1 << 16
  static let mostLevels = 15
  static let mostBlocks = 64
}
