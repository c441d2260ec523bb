import Compute
import TensorFiles

/// The weights of DINAR's denoiser in a checkpoint, by their names: as trained, or their moving averages.
///
/// Averages lie under the names without dots (`model_ema.out2weight` for `model.out.2.weight`);
/// the original samples with them.
public struct DinarDiffusionWeights: NamedArrays {
  public enum Choice: Sendable, Hashable {
    /// Moving averages where the checkpoint has them, as the original.
    case averaged
    /// The weights themselves.
    case trained
  }

  public let names: [String]
  /// Whether they are moving averages.
  public let areAveraged: Bool
  private let checkpoint: TorchCheckpoint
  private let present: Set<String>

  /// - Throws: when a checkpoint with averages lacks that of a weight, or has one of no weight.
  public init(_ checkpoint: TorchCheckpoint, _ choice: Choice = .averaged) throws {
    self.checkpoint = checkpoint
    names = checkpoint.names.filter { $0.hasPrefix(DinarDiffusion.checkpointPrefix) }
    present = Set(names)
    areAveraged = choice == .averaged && checkpoint.hasAverages
    if areAveraged { try checkAverages() }
  }

  private func checkAverages() throws {
    let missing = try names.filter { try checkpoint.averagedTensor(named: $0) == nil }
    guard missing.isEmpty else {
      throw ProgramError(
        .dataError, "weights of the diffusion network have no moving average", file: file,
        found: missing.listed())
    }
    let averages = checkpoint.names.filter { $0.hasPrefix("model_ema.") }
    let counters = averages.filter { $0 == "model_ema.decay" || $0 == "model_ema.num_updates" }
    guard averages.count - counters.count == names.count else {
      throw ProgramError(
        .dataError, "the checkpoint has moving averages of other weights", file: file,
        expected: "\(names.count)", found: "\(averages.count - counters.count)")
    }
  }

  private func weight(_ name: String) throws -> TorchTensor {
    let tensor = try checkpoint.tensor(named: name)
    return areAveraged ? try checkpoint.averagedTensor(named: name) ?? tensor : tensor
  }

  public var file: String? { checkpoint.path }

  public func contains(_ name: String) -> Bool { present.contains(name) }

  public func header(_ name: String) throws -> ArrayHeader {
    let tensor = try weight(name)
    return ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape)
  }

  public func tensor(_ name: String) throws -> TensorData { try weight(name).data() }

  public func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
    try weight(name).convert(into: target)
  }

  public func releasePages() { checkpoint.releasePages() }
}
