import Compute

/// Names of moving averages: `model.x.y` is kept as `model_ema.xy`.
///
/// Matches: `LitEma` of latent diffusion, which registers each parameter of `model` under its name
/// with the dots removed.
struct AveragedNames: Sendable {
  static let weightPrefix = "model."
  static let averagePrefix = "model_ema."

  private let names: Set<String>
  /// Weights by their names without dots: `model.a.11` and `model.a.1.1` share one.
  private let weights: [String: [String]]

  init(_ names: [String]) {
    let averages = Set(names.filter { $0.hasPrefix(Self.averagePrefix) })
    self.names = averages
    // Most files have none, and then nothing needs to be looked up.
    weights =
      averages.isEmpty
      ? [:]
      : Dictionary(
        grouping: names.filter { $0.hasPrefix(Self.weightPrefix) }, by: Self.averageName)
  }

  var isPresent: Bool { !names.isEmpty }

  private static func averageName(_ name: String) -> String {
    averagePrefix + name.dropFirst(weightPrefix.count).filter { $0 != "." }
  }

  /// nil: not a weight of `model`, or one without an average.
  func average(of name: String) throws -> String? {
    guard name.hasPrefix(Self.weightPrefix) else { return nil }
    let average = Self.averageName(name)
    guard names.contains(average) else { return nil }
    let candidates = weights[average] ?? []
    guard candidates.count <= 1 else {
      throw ProgramError(
        .dataError, "an average may belong to several weights", key: average,
        found: candidates.joined(separator: ", "))
    }
    return average
  }
}
