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
/// discriminator's, say) are passed over. Parameters that are not held are read when a plan packs them: they
/// are never in memory twice, and there are up to 1.5 GB of a network's.
public struct DinarCheckpoint: Sendable {
  public let weights: TorchCheckpoint
  public let encoder: DinarEncoder
  public let generator: DinarGenerator
  public let compression: DinarCompression
  public let diffusion: DinarDiffusion
  private let diffusionWeights: DinarDiffusionWeights
  private let compressionPrefix: String

  /// - Parameters:
  ///   - heads, groups: of the diffusion network, as a configuration has them: no shape tells.
  /// - Throws: `ProgramError`: as `TorchCheckpoint`; when a network is not in the file, is not one of
  ///   DINAR, or does not fit the others.
  public init(
    path: String, heads: DinarDiffusionSizes.Heads = DinarDiffusionSizes.released.heads,
    groups: Int = DinarDiffusionSizes.released.groups
  ) throws {
    try self.init(TorchCheckpoint(path: path), heads: heads, groups: groups)
  }

  public init(
    _ weights: TorchCheckpoint,
    heads: DinarDiffusionSizes.Heads = DinarDiffusionSizes.released.heads,
    groups: Int = DinarDiffusionSizes.released.groups
  ) throws {
    let networks = KnownNetwork.all(in: weights)
    compressionPrefix = DinarCompression.checkpointPrefix(in: weights)
    for (kind, prefix) in [
      (KnownNetwork.Kind.dinarEncoder, DinarEncoder.checkpointPrefix),
      (.dinarGenerator, DinarGenerator.checkpointPrefix),
      (.dinarCompression, compressionPrefix), (.dinarDiffusion, DinarDiffusion.checkpointPrefix),
    ] {
      try networks.require(kind, at: prefix, of: weights)
    }
    self.weights = weights
    encoder = DinarEncoder(try DinarEncoderSizes(of: weights))
    generator = DinarGenerator(try DinarGeneratorSizes(of: weights))
    compression = DinarCompression(
      try DinarCompressionSizes(of: weights, prefix: compressionPrefix))
    diffusionWeights = try DinarDiffusionWeights(weights)
    diffusion = DinarDiffusion(
      try DinarDiffusionSizes(of: diffusionWeights, heads: heads, groups: groups))
    try checkFit()
  }

  /// All parameters of the encoder.
  public func encoderParameters(isHeld: Bool = true) throws -> Parameters {
    try Parameters(
      of: encoder.graph(), from: weights, prefix: DinarEncoder.checkpointPrefix, isHeld: isHeld)
  }

  /// All parameters of the generator; its own noise only if that is wanted.
  public func generatorParameters(
    noise: DinarGenerator.Noise = .given, isHeld: Bool = true
  ) throws -> Parameters {
    try Parameters(
      of: generator.graph(noise: noise), from: weights, prefix: DinarGenerator.checkpointPrefix,
      isHeld: isHeld)
  }

  /// All parameters of the compression, of encoder and decoder together.
  public func compressionParameters(isHeld: Bool = true) throws -> Parameters {
    let unit = compression.sizes.unit
    return try Parameters(
      of: compression.encoderGraph(height: unit, width: unit),
      compression.decoderGraph(height: 1, width: 1), from: weights, prefix: compressionPrefix,
      isHeld: isHeld)
  }

  /// All parameters of the diffusion network: moving averages where the file has them.
  public func diffusionParameters(isHeld: Bool = true) throws -> Parameters {
    let unit = diffusion.sizes.unit
    return try Parameters(
      of: diffusion.graph(height: unit, width: unit), from: diffusionWeights,
      prefix: DinarDiffusion.checkpointPrefix, isHeld: isHeld)
  }

  /// Gives back the memory of what was read of the file.
  public func releasePages() { weights.releasePages() }

  /// Whether the diffusion network's parameters are moving averages, as the original samples with.
  public var hasAverages: Bool { diffusionWeights.areAveraged }

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
    try require(
      "channels of a latent", diffusion.sizes.latentChannels, compression.codeWidth,
      DinarDiffusion.checkpointPrefix + "out.2.weight")
    // The known latent and its mask.
    try require(
      "channels of a condition", diffusion.sizes.conditionChannels, compression.codeWidth + 1,
      DinarDiffusion.checkpointPrefix + "input_blocks.0.0.weight")
    for size in [generator.textureHeight, generator.textureWidth]
    where size % compression.unit != 0 {
      throw ProgramError(
        .dataError, "the checkpoint's networks do not fit each other: the size of a texture",
        file: weights.path, key: DinarGenerator.checkpointPrefix + "input.input",
        expected: "a multiple of \(compression.unit)", found: "\(size)")
    }
  }
}
