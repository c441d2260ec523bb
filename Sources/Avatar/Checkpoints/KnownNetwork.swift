import TensorFiles

/// A network that a checkpoint holds, recognised by its keys, with the sizes that the shapes of its
/// weights tell.
///
/// Sources: DINAR's and Sample&Refine's module names.
public struct KnownNetwork: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case dinarEncoder = "DINAR's style encoder"
    case dinarGenerator = "DINAR's texture generator"
    case dinarCompression = "DINAR's texture compression"
    case dinarRenderer = "DINAR's renderer"
    /// Needed for training alone.
    case dinarDiscriminator = "DINAR's discriminator"
    case dinarDiffusion = "DINAR's latent diffusion"
    case sampler = "Sample&Refine's sampler"
    case refiner = "Sample&Refine's refiner"
  }

  public let kind: Kind
  /// What the names of its tensors begin with, for example `first_stage.renderer.`; may be empty.
  public let prefix: String
  /// Its sizes in words.
  public let sizes: String

  /// A key that only this network has, below its prefix.
  private static func mark(_ kind: Kind) -> String {
    switch kind {
    case .dinarEncoder, .dinarDiscriminator: "final_linear.1.weight"
    case .dinarGenerator: "input.input"
    case .dinarCompression: "quantize.embedding.weight"
    case .dinarRenderer: "ntex_preproc.0.weight"
    case .dinarDiffusion: "input_blocks.0.0.weight"
    case .sampler: "toGrid.conv.weight"
    case .refiner: "tEncoder.conv0.0.conv.weight"
    }
  }

  /// The networks in a checkpoint, in the order of `Kind`; several of a kind where prefixes differ.
  public static func all(in checkpoint: TorchCheckpoint) -> [KnownNetwork] {
    let weights = NetworkShapes(checkpoint)
    return Kind.allCases.flatMap { kind in
      weights.prefixes(of: mark(kind)).compactMap { prefix in
        weights.sizes(of: kind, below: prefix).map {
          KnownNetwork(kind: kind, prefix: prefix, sizes: $0)
        }
      }
    }
  }
}

/// The shapes of a checkpoint's tensors, and what they say about a network.
private struct NetworkShapes {
  let names: [String]
  let checkpoint: TorchCheckpoint

  init(_ checkpoint: TorchCheckpoint) {
    self.checkpoint = checkpoint
    names = checkpoint.names
  }

  /// What stands before `key` in names that end with it.
  func prefixes(of key: String) -> [String] {
    names.filter { $0 == key || $0.hasSuffix("." + key) }.map { String($0.dropLast(key.count)) }
  }

  /// The shape of a tensor if it has `axes` axes.
  func shape(_ name: String, axes: Int) -> [Int]? {
    guard let shape = try? checkpoint.tensor(named: name).shape, shape.count == axes else {
      return nil
    }
    return shape
  }

  /// Number of consecutive i from 0 on for which prefix + i + rest exists.
  func count(_ prefix: String, _ rest: String) -> Int {
    var index = 0
    while checkpoint.contains("\(prefix)\(index)\(rest)") { index += 1 }
    return index
  }

  private static func words(_ count: Int, _ one: String) -> String {
    "\(count) \(one)" + (count == 1 ? "" : "s")
  }

  /// nil if keys or axes are missing that the network cannot be without.
  func sizes(of kind: KnownNetwork.Kind, below prefix: String) -> String? {
    switch kind {
    case .dinarEncoder, .dinarDiscriminator:
      guard let style = shape(prefix + "final_linear.1.weight", axes: 2),
        let input = shape(prefix + "convs.0.0.weight", axes: 4),
        // One module in the original: a discriminator's style is one number, its judgement.
        (style[0] == 1) == (kind == .dinarDiscriminator)
      else { return nil }
      return "\(input[1]) channels in"
        + (kind == .dinarEncoder ? ", style of \(style[0]) values" : "")
    case .dinarGenerator:
      guard let input = shape(prefix + "input.input", axes: 4),
        let texture = shape(prefix + "to_rgb1.bias", axes: 4)
      else { return nil }
      return "\(input[1]) channels at the start, \(texture[1]) channels of texture"
    case .dinarCompression:
      guard let codes = shape(prefix + "quantize.embedding.weight", axes: 2),
        let input = shape(prefix + "encoder.conv_in.weight", axes: 4)
      else { return nil }
      return "texture of \(input[1]) channels, \(codes[0]) codes of \(codes[1]) values"
    case .dinarRenderer:
      guard let texture = shape(prefix + "ntex_preproc.0.weight", axes: 4),
        let start = shape(prefix + "model.start.1.weight", axes: 4)
      else { return nil }
      let levels = count(prefix + "model.downsamples.", ".0.weight")
      let blocks = count(prefix + "model.resblocks.", ".conv_block.1.weight")
      return "texture of \(texture[1]) channels, width \(start[0]), "
        + "\(Self.words(levels, "level")), \(Self.words(blocks, "residual block"))"
    case .dinarDiffusion:
      guard let input = shape(prefix + "input_blocks.0.0.weight", axes: 4),
        let output = shape(prefix + "out.2.weight", axes: 4)
      else { return nil }
      return "width \(input[0]), \(input[1]) channels in, \(output[0]) out"
        + (checkpoint.hasAverages ? ", with moving averages" : "")
    case .sampler:
      guard let stem = shape(prefix + "enc_conv0.conv.weight", axes: 4) else { return nil }
      let levels = count(prefix + "dec_conv", ".conv_block.0.conv.weight")
      return "width \(stem[0]), \(Self.words(levels, "level"))"
    case .refiner:
      guard let stem = shape(prefix + "tEncoder.conv0.0.conv.weight", axes: 4) else { return nil }
      let levels = count(prefix + "tEncoder.conv", ".0.conv.weight") - 1
      guard let head = shape(prefix + "tDecoder.upconv\(levels).0.conv.weight", axes: 4) else {
        return nil
      }
      let blocks = count(prefix + "enc_rb.", ".conv_block.0.conv.weight")
      let isGated = checkpoint.contains(prefix + "tEncoder.conv0.0.gate.0.weight")
      return "\(stem[1]) channels in, \(head[0]) out, width \(stem[0]), "
        + "\(Self.words(levels, "level")), \(Self.words(blocks, "residual block")), "
        + (isGated ? "gated" : "without gates")
    }
  }
}
