import Compute
import Media

/// What a run has measured.
public struct Evaluation {
  public struct Pair: Sendable {
    /// Its picture's name, or its frame's number.
    public let name: String
    public let measurement: PairMeasurement

    public init(name: String, measurement: PairMeasurement) {
      self.name = name
      self.measurement = measurement
    }
  }

  /// In the order of tables.
  public let metrics: [Metric]
  public private(set) var pairs: [Pair] = []
  /// The pair that is worst by the first metric, and its pictures.
  public private(set) var worst: (index: Int, a: ComparedPicture, b: ComparedPicture)?
  /// What a user should know about the pairs, in sentences.
  public let notes: [String]
  public let isVideo: Bool
  /// Pairs that were left out.
  public internal(set) var failures: [(name: String, error: ProgramError)] = []
  /// Whether pixels were not opaque.
  public private(set) var isTransparent = false
  /// Pairs with not the same value in both pictures anywhere.
  public private(set) var identical = 0

  init(metrics: [Metric], notes: [String], isVideo: Bool) {
    self.metrics = metrics
    self.notes = notes
    self.isVideo = isVideo
  }

  mutating func add(_ name: String, _ measurement: PairMeasurement, _ pair: PairSource.Loaded) {
    pairs.append(Pair(name: name, measurement: measurement))
    if measurement.squares == 0 { identical += 1 }
    isTransparent = isTransparent || pair.a.isTransparent || pair.b.isTransparent
    guard let metric = metrics.first, let value = measurement.values[metric] else {
      if worst == nil { worst = (pairs.count - 1, pair.a, pair.b) }
      return
    }
    let known = worst.flatMap { pairs[$0.index].measurement.values[metric] }
    if known.map({ metric.isHigherBetter ? value < $0 : value > $0 }) ?? true {
      worst = (pairs.count - 1, pair.a, pair.b)
    }
  }

  /// Mean, interval and worst pair of each metric that some pair has.
  public func summary(
    seed: UInt64 = 0, pool: WorkerPool
  ) throws -> [MetricSummary] {
    try metrics.map { try MetricSummary($0, of: pairs, seed: seed, pool: pool) }
  }
}
