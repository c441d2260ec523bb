import Compute
import Foundation

/// A metric over all pairs.
public struct MetricSummary: Sendable {
  public let metric: Metric
  /// Over pairs with a finite value; nil without any.
  public let mean: Double?
  /// Bounds of the mean with 95 % probability, by resampling pairs; nil for fewer than two.
  public let interval: (low: Double, high: Double)?
  /// The mean of squared differences over all values of all pairs, as decibels: kornia's and torchmetrics'
  /// PSNR of a whole batch. For those metrics alone.
  public let pooled: Double?
  /// Pairs that the mean is of.
  public let count: Int
  /// Identical pairs, whose PSNR is infinite, and which the mean leaves out.
  public let infinite: Int
  /// Pairs that are too small for the metric.
  public let undefined: Int
  /// The pair with the worst value.
  public let worst: (name: String, value: Double)?

  /// How often pairs are drawn anew.
  public static let resamples = 2000

  init(_ metric: Metric, of pairs: [Evaluation.Pair], seed: UInt64, pool: WorkerPool) throws {
    self.metric = metric
    let known = pairs.compactMap { pair in
      pair.measurement.values[metric].map { (name: pair.name, value: $0) }
    }
    let finite = known.map(\.value).filter(\.isFinite)
    count = finite.count
    infinite = known.count - finite.count
    undefined = pairs.count - known.count
    mean = finite.isEmpty ? nil : finite.reduce(0, +) / Double(finite.count)
    interval = try Self.interval(finite, seed: seed, pool: pool)
    worst = known.min { metric.isHigherBetter ? $0.value < $1.value : $0.value > $1.value }
    let squares = pairs.reduce(0) { $0 + $1.measurement.squares }
    let values = pairs.reduce(0) { $0 + $1.measurement.count }
    pooled =
      switch metric {
      case .psnr where values > 0: -10 * log10(squares / values)
      case .psnrPIQ where values > 0: -10 * log10(squares / values + 1e-8)
      default: nil
      }
  }

  /// The 2.5 and 97.5 percentiles of means of as many values, drawn with repetition.
  static func interval(
    _ values: [Double], seed: UInt64, pool: WorkerPool
  ) throws -> (low: Double, high: Double)? {
    guard values.count > 1 else { return nil }
    let means = try pool.map(resamples) { resample in
      var random = PhiloxRandom(
        seed: seed, use: "bootstrap of an evaluation", index: UInt64(resample))
      var sum = 0.0
      for _ in values { sum += values[random.integer(below: values.count)] }
      return sum / Double(values.count)
    }.sorted()
    return (quantile(0.025, of: means), quantile(0.975, of: means))
  }

  /// Between two sorted values in proportion, as NumPy does.
  static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let index = Int(saturating: place, .down)
    let next = min(index + 1, sorted.count - 1)
    return sorted[index] + (sorted[next] - sorted[index]) * (place - Double(index))
  }
}
