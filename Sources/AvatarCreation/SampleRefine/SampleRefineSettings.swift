import Compute
import SMPLX

/// How textures are made with Sample&Refine's networks, and on which body.
public struct SampleRefineSettings: Sendable {
  /// A file, a run's folder, the authors' folder of runs, or a run's name in `checkpoints` or `output` here.
  public var checkpoint: String
  /// Which networks of it, and what the original's options say of them.
  public var choice = SampleRefineChoice()
  /// Texels along a side that the networks see: 256 as published.
  public var size = 256
  /// What the networks compute in.
  public var precision = Precision.exact
  /// Another atlas of the body's triangles, in which the networks are to see textures; nil for its own.
  public var atlas: String?
  /// DensePose's table, for IUV pictures.
  public var lookup: String?
  /// Of the body that prepared textures are put on: a path or a name; nil for none.
  public var body: String?
  public var gender = "neutral"
  /// Of avatars made of prepared textures.
  public var textureSize = 1024

  public enum Precision: Sendable {
    /// float32 throughout.
    case exact
    /// Weights and products of 16 bits where they are good enough.
    case fast
  }

  public init(checkpoint: String) { self.checkpoint = checkpoint }

  /// Where avatars are from, for their files.
  public var provenance: String {
    let name = checkpoint.split(separator: "/").last.map(String.init) ?? checkpoint
    return "made by Sample&Refine's networks of \(name), \(size) texels"
      + (precision == .fast ? ", networks of 16 bits" : "")
  }
}

/// Stages from pictures to a texture in their order, as people are told of them.
public enum SampleRefineStage: String, WorkStage {
  case reading = "reading the pictures"
  case networks = "sampling and refining"
  case file = "writing"

  public var share: Int {
    switch self {
    case .reading: 15
    case .networks: 75
    case .file: 10
    }
  }
}
