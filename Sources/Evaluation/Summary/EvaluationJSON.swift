import Compute
import Foundation

extension Evaluation {
  /// Everything that was measured, with definitions, as JSON.
  ///
  /// null is the PSNR of identical pictures, which is infinite; what is undefined is not there.
  ///
  /// - Parameter about: what was compared and how: paths, protocol, seed.
  public func json(_ summaries: [MetricSummary], about: [String: String]) throws -> [UInt8] {
    let document = Document(
      about: about,
      metrics: summaries.map { summary in
        Document.Metric(
          name: summary.metric.name, definition: summary.metric.definition,
          better: summary.metric.isHigherBetter ? "higher" : "lower", mean: summary.mean,
          low: summary.interval?.low, high: summary.interval?.high,
          pooled: summary.pooled.flatMap(Number.init), pairs: summary.count,
          infinite: summary.infinite,
          undefined: summary.undefined, worst: summary.worst?.name)
      },
      pairs: pairs.map { pair in
        Document.Pair(
          name: pair.name,
          values: Dictionary(
            uniqueKeysWithValues: metrics.compactMap { metric in
              pair.measurement.values[metric].flatMap(Number.init).map { (metric.name, $0) }
            }))
      },
      left_out: failures.map { ["name": $0.name, "reason": $0.error.description.printable()] },
      notes: notes)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(document)) + [UInt8(ascii: "\n")]
  }

  private struct Document: Encodable {
    let about: [String: String]
    let metrics: [Metric]
    let pairs: [Pair]
    // The name in the file.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let left_out: [[String: String]]
    let notes: [String]

    struct Metric: Encodable {
      let name, definition, better: String
      let mean, low, high: Double?
      let pooled: Number?
      let pairs, infinite, undefined: Int
      let worst: String?
    }

    struct Pair: Encodable {
      let name: String
      let values: [String: Number]
    }
  }

  /// JSON has no infinite numbers.
  private struct Number: Encodable {
    let value: Double

    /// Nil for what is no number.
    init?(_ value: Double) {
      guard !value.isNaN else { return nil }
      self.value = value
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
    }
  }
}
