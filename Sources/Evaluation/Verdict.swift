import Compute

/// Whether all pairs are within some bounds.
public struct Verdict: Sendable {
  /// The least value of a metric of which higher is better, else the largest one.
  public struct Limit: Sendable {
    public let metric: Metric
    public let bound: Double

    public init(metric: Metric, bound: Double) {
      self.metric = metric
      self.bound = bound
    }

    func isMet(by value: Double) -> Bool {
      metric.isHigherBetter ? value >= bound : value <= bound
    }
  }

  private struct Outcome: Sendable {
    let limit: Limit
    let worst: (name: String, value: Double)
    /// Pairs beyond the bound.
    let beyond: Int
  }

  private let outcomes: [Outcome]
  private let count: Int

  /// - Throws: `dataError` when a metric with a bound is undefined for a pair.
  public init(_ evaluation: Evaluation, _ limits: [Limit], file: String) throws {
    let pairs = evaluation.pairs
    count = pairs.count
    outcomes = try limits.map { limit in
      let values = try pairs.map { pair in
        guard let value = pair.measurement.values[limit.metric], !value.isNaN else {
          throw ProgramError(
            .dataError, "\(limit.metric.name) is undefined for \(pair.name)", file: file,
            expected:
              "sides of at least \(limit.metric.leastSide) pixels, inside the mask if there is one"
          )
        }
        return (name: pair.name, value: value)
      }
      guard
        let worst = values.min(by: {
          limit.metric.isHigherBetter ? $0.value < $1.value : $0.value > $1.value
        })
      else { throw ProgramError(.dataError, "nothing was measured", file: file) }
      return Outcome(
        limit: limit, worst: worst, beyond: values.count { !limit.isMet(by: $0.value) })
    }
  }

  public var isWithin: Bool { outcomes.allSatisfy { $0.beyond == 0 } }

  /// "psnr 38.2121, at least 40: beyond", for several pairs with how many and which is the worst.
  public var lines: [String] {
    outcomes.map { outcome in
      let metric = outcome.limit.metric
      let bound = "\(outcome.limit.bound)"
      let plain = bound.hasSuffix(".0") ? String(bound.dropLast(2)) : bound
      var line =
        "\(metric.name) \(EvaluationTable.text(outcome.worst.value, of: metric)), "
        + "\(metric.isHigherBetter ? "at least" : "at most") \(plain): "
        + (outcome.beyond == 0 ? "within" : "beyond")
      if count > 1 {
        line +=
          " (worst of \(count), \(outcome.worst.name.printable())"
          + (outcome.beyond == 0 ? ")" : "; \(outcome.beyond) beyond)")
      }
      return line
    }
  }
}
