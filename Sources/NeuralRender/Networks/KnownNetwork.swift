import Compute
import TensorFiles

/// A network that a checkpoint holds, recognised by its keys, with the sizes that the shapes of its
/// weights tell.
public struct KnownNetwork: Sendable, Equatable {
  /// The networks that are known, family by family.
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

    var recognition: NetworkRecognition {
      switch self {
      case .dinarEncoder: .dinarEncoder
      case .dinarGenerator: .dinarGenerator
      case .dinarCompression: .dinarCompression
      case .dinarRenderer: .dinarRenderer
      case .dinarDiscriminator: .dinarDiscriminator
      case .dinarDiffusion: .dinarDiffusion
      case .sampler: .sampler
      case .refiner: .refiner
      }
    }
  }

  public let kind: Kind
  /// What the names of its tensors begin with, for example `first_stage.renderer.`; may be empty.
  public let prefix: String
  /// Its sizes in words.
  public let sizes: String

  /// The networks in a checkpoint, in the order of `Kind`; several of a kind where prefixes differ.
  public static func all(in checkpoint: TorchCheckpoint) -> [KnownNetwork] {
    let shapes = NetworkShapes(checkpoint)
    return Kind.allCases.flatMap { kind in
      shapes.prefixes(of: kind.recognition.mark).compactMap { prefix in
        kind.recognition.sizes(shapes.below(prefix)).map {
          KnownNetwork(kind: kind, prefix: prefix, sizes: $0)
        }
      }
    }
  }
}

extension [KnownNetwork] {
  /// Throws unless a network is among these of a checkpoint; the error says what it holds instead.
  public func require(
    _ kind: KnownNetwork.Kind, at prefix: String, of checkpoint: TorchCheckpoint
  ) throws {
    if contains(where: { $0.kind == kind && $0.prefix == prefix }) { return }
    throw ProgramError(
      .dataError, "the checkpoint does not hold \(kind.rawValue)", file: checkpoint.path,
      key: prefix + "*",
      found: isEmpty
        ? "no network that this program knows"
        : map { "\($0.kind.rawValue) (\($0.prefix)*)" }.listed(),
      hint: "avatar inspect \(checkpoint.path) shows what is in it")
  }
}
