/// A checkpoint of DINAR as a whole: its networks with their sizes, and their weights.
import Compute
import TensorFiles

/// The networks that make a texture from a photo, of one checkpoint, which fit each other.
///
///     let checkpoint = try DinarCheckpoint(path: "dinar.ckpt")
///     let encoder = try Plan(
///       checkpoint.encoder.graph(), parameters: checkpoint.encoderParameters(), pool: pool)
///
/// Sizes are read at once, weights when they are asked for, strictly: what is missing, unknown or of
/// another shape below a network's prefix is listed in one error. Keys of other networks (the
/// discriminator's, say) are passed over.
public struct DinarCheckpoint: Sendable {
  public let weights: TorchCheckpoint
  public let encoder: DinarEncoder
  public let generator: DinarGenerator
  public let compression: DinarCompression
  /// The weights of the diffusion network: `model.*`, as moving averages.
  public let diffusionWeights: AveragedWeights
  private let compressionPrefix: String

  /// - Throws: `ProgramError`: as `TorchCheckpoint`; when a network is not in the file, is not one of
  ///   DINAR, or does not fit the others.
  public init(path: String) throws { try self.init(TorchCheckpoint(path: path)) }

  public init(_ weights: TorchCheckpoint) throws {
    let networks = KnownNetwork.all(in: weights)
    compressionPrefix = DinarCompression.checkpointPrefix(in: weights)
    for (kind, prefix) in [
      (KnownNetwork.Kind.dinarEncoder, DinarEncoder.checkpointPrefix),
      (.dinarGenerator, DinarGenerator.checkpointPrefix),
      (.dinarCompression, compressionPrefix), (.dinarDiffusion, AveragedWeights.prefix),
    ] {
      try networks.require(kind, at: prefix, of: weights)
    }
    self.weights = weights
    encoder = DinarEncoder(try DinarEncoderSizes(of: weights))
    generator = DinarGenerator(try DinarGeneratorSizes(of: weights))
    compression = DinarCompression(
      try DinarCompressionSizes(of: weights, prefix: compressionPrefix))
    diffusionWeights = try AveragedWeights(of: weights)
    try checkFit()
  }

  /// All parameters of the encoder.
  public func encoderParameters() throws -> Parameters {
    try Parameters(of: encoder.graph(), from: weights, prefix: DinarEncoder.checkpointPrefix)
  }

  /// All parameters of the generator; its own noise only if that is wanted.
  public func generatorParameters(noise: DinarGenerator.Noise = .given) throws -> Parameters {
    try Parameters(
      of: generator.graph(noise: noise), from: weights, prefix: DinarGenerator.checkpointPrefix)
  }

  /// All parameters of the compression, of encoder and decoder together.
  public func compressionParameters() throws -> Parameters {
    let unit = compression.sizes.unit
    return try Parameters(
      of: compression.encoderGraph(height: unit, width: unit),
      compression.decoderGraph(height: 1, width: 1), from: weights, prefix: compressionPrefix)
  }

  /// Throws when what one network makes is not what the next one reads.
  private func checkFit() throws {
    let (encoder, generator) = (encoder.sizes, generator.sizes)
    let compression = compression.sizes
    func require(_ what: String, _ found: Int, _ expected: Int, _ key: String) throws {
      guard found != expected else { return }
      throw ProgramError(
        .dataError, "the checkpoint's networks do not fit each other: \(what)",
        file: weights.path, key: key, expected: "\(expected)", found: "\(found)")
    }
    try require(
      "values of a style", generator.styleWidth, encoder.styleWidth,
      DinarGenerator.checkpointPrefix + "conv1.conv.modulation.weight")
    // The photo's colours, its mask and the mask of what is to be inpainted follow the generator's.
    try require(
      "channels of a texture", compression.textureChannels,
      generator.outputChannels + compression.colourChannels + compression.maskChannels,
      compressionPrefix + "encoder.conv_in.weight")
    for size in [generator.textureHeight, generator.textureWidth]
    where size % compression.unit != 0 {
      throw ProgramError(
        .dataError, "the checkpoint's networks do not fit each other: the size of a texture",
        file: weights.path, key: DinarGenerator.checkpointPrefix + "input.input",
        expected: "a multiple of \(compression.unit)", found: "\(size)")
    }
  }
}
