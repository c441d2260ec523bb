import Compute

/// The weights below `model.` of a checkpoint, each as the moving average that latent diffusion keeps
/// of it below `model_ema.`: what its networks sample with.
///
/// Names are those of the weights (`model.out.2.weight`). A file without averages gives the weights
/// themselves (`areAverages`).
public struct AveragedWeights: NamedArrays {
  /// What names begin with.
  public static let prefix = AveragedNames.weightPrefix

  private let checkpoint: TorchCheckpoint
  private let tensors: [String: TorchTensor]
  public let names: [String]
  /// Whether the file has averages; otherwise these are the weights as training left them.
  public let areAverages: Bool

  public var file: String? { checkpoint.path }

  /// - Throws: `ProgramError` (`.dataError`), with all names: a weight without an average or an average
  ///   without a weight, where the file has any; an average of another shape.
  public init(of checkpoint: TorchCheckpoint) throws {
    self.checkpoint = checkpoint
    areAverages = checkpoint.hasAverages
    names = checkpoint.names.filter { $0.hasPrefix(Self.prefix) }
    var tensors: [String: TorchTensor] = [:]
    var missing: [String] = []
    for name in names {
      if !areAverages {
        tensors[name] = try checkpoint.tensor(named: name)
      } else if let average = try checkpoint.averagedTensor(named: name) {
        tensors[name] = average
      } else {
        missing.append(name)
      }
    }
    let known = Set(names.map(AveragedNames.averageName)).union(AveragedNames.counters)
    let unknown = checkpoint.names.filter {
      $0.hasPrefix(AveragedNames.averagePrefix) && !known.contains($0)
    }
    guard missing.isEmpty, unknown.isEmpty else {
      throw ProgramError(
        .dataError, "weights and moving averages are not of one network", file: checkpoint.path,
        found: [
          missing.isEmpty ? nil : "without an average: \(missing.listed())",
          unknown.isEmpty ? nil : "without a weight: \(unknown.listed())",
        ].compactMap { $0 }.joined(separator: "; "))
    }
    self.tensors = tensors
  }

  public func contains(_ name: String) -> Bool { tensors[name] != nil }

  public func header(_ name: String) throws -> ArrayHeader {
    let tensor = try average(name)
    return ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape)
  }

  public func tensor(_ name: String) throws -> TensorData { try average(name).data() }

  public func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
    try average(name).convert(into: target)
  }

  public func releasePages() { checkpoint.releasePages() }

  private func average(_ name: String) throws -> TorchTensor {
    guard let tensor = tensors[name] else {
      throw ProgramError(
        .dataError, "the weight is missing", file: file, key: name,
        found: "\(names.count) weights below \(Self.prefix)")
    }
    return tensor
  }
}
