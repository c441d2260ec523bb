import Compute
import TensorFiles

/// The sizes of a DINAR texture generator, told from the shapes of its weights.
public struct DinarGeneratorSizes: Sendable, Hashable {
  /// Values of a style (512 as released).
  public var styleWidth: Int
  /// Size of the learnt image that it starts from (4 x 4).
  public var startHeight: Int
  public var startWidth: Int
  /// Channels at the start and after each doubling (256 up to 64 x 64, then 128 and 64).
  public var channels: [Int]
  /// Channels of the texture that it makes (16).
  public var outputChannels: Int

  /// The released network's sizes.
  public static let released = DinarGeneratorSizes(
    styleWidth: 512, startHeight: 4, startWidth: 4, channels: [256, 256, 256, 256, 256, 128, 64],
    outputChannels: 16)

  public init(
    styleWidth: Int, startHeight: Int, startWidth: Int, channels: [Int], outputChannels: Int
  ) {
    self.styleWidth = styleWidth
    self.startHeight = startHeight
    self.startWidth = startWidth
    precondition(!channels.isEmpty)
    self.channels = channels
    self.outputChannels = outputChannels
  }

  private var doublings: Int { max(channels.count - 1, 0) }

  /// Size of the texture (256 x 256).
  public var textureHeight: Int { startHeight << doublings }
  public var textureWidth: Int { startWidth << doublings }

  /// Size of the noise of each layer, in the order in which the original draws it: one at the start,
  /// two after each doubling.
  public var noiseSizes: [(height: Int, width: Int)] {
    [(startHeight, startWidth)]
      + (0..<doublings).flatMap { level in
        let size = (startHeight << (level + 1), startWidth << (level + 1))
        return [size, size]
      }
  }

  /// Reads the sizes from a source's shapes; whether all weights fit them is checked on loading.
  ///
  /// - Throws: when the weights that tell the sizes are missing or are not those of such a network.
  public init(
    of source: some NamedArrays, prefix: String = DinarGenerator.checkpointPrefix
  ) throws {
    let shapes = WeightShapes(
      of: source, prefix: prefix, network: "texture generator", family: "DINAR")
    let start = try shapes.parameter("input.input", axes: 4)
    guard start[0] == 1 else {
      throw shapes.fault(
        " starts from several images", "input.input", expected: "one", found: "\(start)")
    }
    (startHeight, startWidth) = (start[2], start[3])
    styleWidth = try shapes.matrix("conv1.conv.modulation.weight")[1]
    let doublings = try shapes.levelCount("doubles") { "convs.\(2 * $0).conv.weight" }
    channels =
      try [start[1]]
      + (0..<doublings).map {
        try shapes.parameter("convs.\(2 * $0).conv.weight", axes: 5)[1]
      }
    outputChannels = try shapes.parameter("to_rgb1.bias", axes: 4)[1]
  }
}
