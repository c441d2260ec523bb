import Compute
import Media

/// Measures pairs one after another, a few at a time in memory.
public final class Evaluator {
  /// What to measure.
  public let metrics: [Metric]
  private let networks: [PerceptualNetwork]
  private let pool: WorkerPool

  /// Pairs that are read and measured side by side for each thread.
  private static let pairsPerThread = 2
  /// Bytes of decoded pictures that lie in memory at once, at most, unless a single pair has more.
  private static let mostBytes = 96 << 20

  /// - Parameters:
  ///   - metrics: those without a network.
  ///   - networks: LPIPS, whose metrics follow.
  public init(metrics: [Metric], networks: [PerceptualNetwork] = [], pool: WorkerPool) {
    self.networks = networks
    self.pool = pool
    self.metrics = metrics + networks.flatMap(\.metrics)
  }

  /// Measures all pairs of a source.
  ///
  /// - Parameters:
  ///   - isPartial: pairs that cannot be read are left out and noted, as long as one can.
  ///   - progress: called after some pairs with how many are done; returning false throws `interrupted`.
  public func evaluate(
    _ source: PairSource, isPartial: Bool = false, progress: (_ done: Int) -> Bool
  ) throws -> Evaluation {
    var evaluation = Evaluation(metrics: metrics, notes: source.notes, isVideo: source.isVideo)
    var done = 0
    var batch = 1
    while done < source.count {
      let range = done..<min(done + batch, source.count)
      let loaded = try source.load(range, pool: pool)
      var pairs: [(index: Int, pair: PairSource.Loaded)] = []
      for (index, result) in zip(range, loaded) {
        switch result {
        case .success(let pair): pairs.append((index, pair))
        case .failure(let error):
          guard isPartial else { throw error }
          evaluation.failures.append((source.name(index), error))
        }
      }
      for ((index, pair), measurement) in zip(pairs, try measure(pairs.map(\.pair))) {
        evaluation.add(source.name(index), measurement, pair)
      }
      done = range.upperBound
      guard progress(done) else { throw ProgramError(.interrupted, "interrupted while measuring") }
      batch = Self.batch(pairs.map(\.pair), threads: pool.threadCount)
    }
    if evaluation.pairs.isEmpty, let failure = evaluation.failures.first { throw failure.error }
    return evaluation
  }

  /// Pairs of a size that are read at once.
  private static func batch(_ pairs: [PairSource.Loaded], threads: Int) -> Int {
    let bytes = pairs.map { 2 * $0.a.width * $0.a.height * 4 }.max() ?? mostBytes
    return max(1, min(pairsPerThread * threads, mostBytes / max(bytes, 1)))
  }

  private func measure(_ pairs: [PairSource.Loaded]) throws -> [PairMeasurement] {
    let (metrics, pool) = (metrics, pool)
    func measure(_ pair: PairSource.Loaded) throws -> PairMeasurement {
      try PairMeasurement(pair.a, pair.b, mask: pair.mask, metrics: metrics, pool: pool)
    }
    // One pair has the threads to itself, several have one each.
    var results =
      pairs.count == 1
      ? [try measure(pairs[0])]
      : try pool.map(pairs.count) { index in
        let pair = pairs[index]
        return try PairMeasurement(
          pair.a, pair.b, mask: pair.mask, metrics: metrics, pool: pool)
      }
    for (index, pair) in pairs.enumerated() {
      for network in networks {
        results[index].values.merge(
          try network.values(pair.a, pair.b, mask: pair.mask)
        ) { _, new in new }
      }
    }
    return results
  }
}
