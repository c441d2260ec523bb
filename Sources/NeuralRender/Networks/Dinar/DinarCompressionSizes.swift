import Compute
import TensorFiles

/// The sizes of a DINAR texture compression, told from the shapes of its weights.
public struct DinarCompressionSizes: Sendable, Hashable {
  /// Channels of the texture (21 as released).
  public var textureChannels: Int
  /// Channels of the encoder's first convolution (64).
  public var baseChannels: Int
  /// Channels of each level from the full size down (64, 128, 256).
  public var levelChannels: [Int]
  /// Residual blocks of a level in the encoder (2) and in the decoder (3).
  public var encoderBlocks: Int
  public var decoderBlocks: Int
  /// Levels with an attention behind every block (none): 0 is the full size.
  public var attentionLevels: Set<Int>
  /// Channels that the encoder ends with, and that the decoder starts from (6 and 6).
  public var encoderOutputs: Int
  public var decoderInputs: Int
  /// Values of a code (6), and how many codes there are (8192).
  public var codeWidth: Int
  public var codes: Int
  /// The texture's last channels: colours, then masks (3 and 2).
  public var colourChannels: Int
  public var maskChannels: Int

  /// The released network's sizes.
  public static let released = DinarCompressionSizes(
    textureChannels: 21, baseChannels: 64, levelChannels: [64, 128, 256], encoderBlocks: 2,
    decoderBlocks: 3, attentionLevels: [], encoderOutputs: 6, decoderInputs: 6, codeWidth: 6,
    codes: 8192, colourChannels: 3, maskChannels: 2)

  public init(
    textureChannels: Int, baseChannels: Int, levelChannels: [Int], encoderBlocks: Int,
    decoderBlocks: Int, attentionLevels: Set<Int>, encoderOutputs: Int, decoderInputs: Int,
    codeWidth: Int, codes: Int, colourChannels: Int, maskChannels: Int
  ) {
    self.textureChannels = textureChannels
    self.baseChannels = baseChannels
    self.levelChannels = levelChannels
    self.encoderBlocks = encoderBlocks
    self.decoderBlocks = decoderBlocks
    self.attentionLevels = attentionLevels
    self.encoderOutputs = encoderOutputs
    self.decoderInputs = decoderInputs
    self.codeWidth = codeWidth
    self.codes = codes
    self.colourChannels = colourChannels
    self.maskChannels = maskChannels
  }

  /// Pixels of a texture for a code, along rows and columns (4).
  public var unit: Int { 1 << max(levelChannels.count - 1, 0) }

  /// Reads the sizes from a source's shapes; whether all weights fit them is checked on loading.
  ///
  /// - Parameter prefix: nil for the one of `DinarCompression.checkpointPrefixes` that the source has.
  /// - Throws: when the weights that tell the sizes are missing or are not those of such a network.
  public init(of source: some NamedArrays, prefix: String? = nil) throws {
    let shapes = WeightShapes(
      of: source, prefix: prefix ?? DinarCompression.checkpointPrefix(in: source),
      network: "compression network", family: "DINAR")
    let book = try shapes.matrix("quantize.embedding.weight")
    (codes, codeWidth) = (book[0], book[1])
    let first = try shapes.filter("encoder.conv_in")
    (textureChannels, baseChannels) = (first[1], first[0])
    func encoder(_ level: Int, _ block: Int) -> String {
      "encoder.down.\(level).block.\(block).conv1"
    }
    let levels = 1 + (try shapes.levelCount("halves") { "\(encoder($0 + 1, 0)).weight" })
    levelChannels = try (0..<levels).map { try shapes.filter(encoder($0, 0))[0] }
    encoderBlocks = shapes.count { "\(encoder(0, $0)).weight" }
    decoderBlocks = shapes.count { "decoder.up.0.block.\($0).conv1.weight" }
    attentionLevels = Set(
      (0..<levels).filter { shapes.contains("encoder.down.\($0).attn.0.norm.weight") })
    encoderOutputs = try shapes.filter("encoder.conv_out")[0]
    decoderInputs = try shapes.filter("post_quant_conv")[0]
    colourChannels = try shapes.filter("decoder.rgb_proc.2")[0]
    maskChannels = try shapes.filter("decoder.segm_proc.2")[0]
    guard colourChannels + maskChannels <= textureChannels else {
      throw shapes.fault(
        " makes more colours and masks than the texture has channels",
        "decoder.rgb_proc.2.weight", expected: "at most \(textureChannels)",
        found: "\(colourChannels) and \(maskChannels)")
    }
  }
}
