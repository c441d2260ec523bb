import Compute
import NeuralRender

/// How avatars are made with DINAR's networks.
public struct DinarSettings: Sendable {
  public var checkpoint: String
  /// DINAR's configuration; nil looks beside the checkpoint.
  public var configuration: String?
  /// A body file or a folder of official ones; nil takes those beside the data, or the bundled ones.
  public var body: String?
  /// Folder of uv tables and masks; nil takes those beside the data, the checkpoint's, or the body's.
  public var tables: String?
  /// How the diffusion samples.
  public var solver = DiffusionSampler.Solver.stochasticDPMSolver(steps: DinarSettings.usualSteps)
  /// What the noise follows from.
  public var seed: UInt64 = 0
  /// Which person of a photo without a fit, from 1, the largest first.
  public var person = 1
  /// Of the body that photos without a fit get: "neutral", "male" or "female".
  public var gender = "neutral"
  /// How the networks that make the texture are computed.
  public var precision = Precision.exact
  /// Whether avatars hold the renderer's weights, or need the checkpoint.
  public var embedsWeights = true

  /// Steps of the usual solver, and of DINAR's own.
  public static let usualSteps = 20
  public static let originalSteps = 200

  public enum Precision: Sendable {
    /// float32 throughout.
    case exact
    /// Weights and most products of 16 bits: half of the memory, less time.
    case fast
  }

  public init(checkpoint: String) { self.checkpoint = checkpoint }

  /// Where avatars are from, for their files.
  public var provenance: String {
    let way =
      switch solver {
      case .ddim(let steps, let eta): "DDIM, \(steps) steps, eta \(eta)"
      case .dpmSolver(let steps): "DPM-Solver++, \(steps) steps"
      case .stochasticDPMSolver(let steps): "DPM-Solver++ with fresh noise, \(steps) steps"
      case .uniPC(let steps): "UniPC, \(steps) steps"
      }
    return "made by DINAR's networks of \(PathParts(checkpoint).name): \(way), seed \(seed)"
      + (precision == .fast ? ", networks of 16 bits" : "")
  }
}
