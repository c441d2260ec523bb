import Compute
import Foundation

/// What is measured as lines of text of one width.
public struct EvaluationTable {
  private let evaluation: Evaluation
  private let summaries: [MetricSummary]

  /// Pairs are listed one by one up to this many.
  public static let mostPairs = 40
  /// Of more pairs, the worst by the first metric are.
  public static let worstPairs = 3
  private static let longestName = 32

  public init(_ evaluation: Evaluation, _ summaries: [MetricSummary]) {
    self.evaluation = evaluation
    self.summaries = summaries
  }

  /// "24.0213", "0.98134", "inf", "-".
  public static func text(_ value: Double?, of metric: Metric) -> String {
    guard let value else { return "-" }
    guard value.isFinite else { return value > 0 ? "inf" : "nan" }
    return String(format: metric.name.hasPrefix("psnr") ? "%.4f" : "%.6f", value)
  }

  /// A line for each metric of a single pair.
  private func lines(of pair: Evaluation.Pair) -> [String] {
    Self.aligned(
      [["metric", "value", ""]]
        + evaluation.metrics.map {
          [$0.name, Self.text(pair.measurement.values[$0], of: $0), $0.definition]
        })
  }

  /// A line for each pair with a column for each metric that is no part of another; of a single pair a line
  /// for each metric.
  public var pairLines: [String] {
    let metrics = evaluation.metrics.filter { !$0.isPart }
    if evaluation.pairs.count == 1 { return lines(of: evaluation.pairs[0]) }
    var pairs = evaluation.pairs
    if pairs.count > Self.mostPairs, let metric = metrics.first {
      pairs = Array(
        pairs.sorted {
          let one = $0.measurement.values[metric] ?? .infinity
          let other = $1.measurement.values[metric] ?? .infinity
          return metric.isHigherBetter ? one < other : one > other
        }.prefix(Self.worstPairs))
    }
    let isVideo = evaluation.isVideo
    return Self.aligned(
      [[isVideo ? "frame" : "pair"] + metrics.map(\.name)]
        + pairs.map { pair in
          [Self.short(pair.name)]
            + metrics.map { Self.text(pair.measurement.values[$0], of: $0) }
        })
  }

  /// A line for each metric.
  public var summaryLines: [String] {
    Self.aligned(
      [["metric", "mean", "95 % from", "to", "pooled", "worst", "in"]]
        + summaries.map { summary in
          func text(_ value: Double?) -> String { Self.text(value, of: summary.metric) }
          return [
            summary.metric.name, text(summary.mean), text(summary.interval?.low),
            text(summary.interval?.high), summary.pooled == nil ? "" : text(summary.pooled),
            text(summary.worst?.value), summary.worst.map { Self.short($0.name) } ?? "-",
          ]
        })
  }

  /// What the numbers do not say of themselves.
  public var remarks: [String] {
    var remarks = evaluation.notes
    let total = evaluation.pairs.count
    if evaluation.identical > 0 {
      remarks.append(
        total == 1
          ? "the pictures are identical"
          : "\(evaluation.identical) of \(total) pairs are identical; the mean of psnr leaves them out"
      )
    }
    for (count, some) in Dictionary(
      grouping: summaries.filter { $0.undefined > 0 }, by: \.undefined
    )
    .sorted(by: { $0.key > $1.key }) {
      let sides = Set(some.map(\.metric.leastSide)).sorted().map(String.init)
      remarks.append(
        "\(some.map(\.metric.name).joined(separator: ", ")) undefined for \(count) of \(total): "
          + "\(sides.joined(separator: " or ")) pixels a side are needed, inside a mask windows of it"
      )
    }
    for (name, error) in evaluation.failures.prefix(5) {
      remarks.append("\(name) was left out: \(error.what)")
    }
    if evaluation.failures.count > 5 {
      remarks.append("\(evaluation.failures.count - 5) pairs more were left out")
    }
    return remarks
  }

  private static func short(_ name: String) -> String {
    let name = name.printable()
    return name.count > longestName ? "..." + name.suffix(longestName - 3) : name
  }

  /// Columns as wide as their widest text; the first one and words at the left, numbers at the right.
  private static func aligned(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 || ["in", ""].contains(rows[0][column]) ? text + space : space + text
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
