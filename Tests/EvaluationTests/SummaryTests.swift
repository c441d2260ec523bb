import Compute
import Foundation
import Media
import Testing

@testable import Evaluation

struct SummaryTests {
  /// An evaluation of pairs with these values.
  static func evaluation(
    _ metrics: [Metric], _ rows: [(String, [Metric: Double])], squares: Double = 0
  ) throws -> Evaluation {
    var evaluation = Evaluation(metrics: metrics, notes: [], isVideo: false)
    let dot = ComparedPicture(try flat(1, 1, [0, 0, 0]))
    for (name, values) in rows {
      var measurement = PairMeasurement()
      measurement.values = values
      measurement.squares = squares
      measurement.count = 100
      evaluation.add(name, measurement, PairSource.Loaded(a: dot, b: dot, mask: nil))
    }
    return evaluation
  }

  private let pool = WorkerPool(threads: 2)

  @Test func meansAndWorst() throws {
    let evaluation = try Self.evaluation(
      [.psnr, .l1],
      [
        ("a", [.psnr: 30, .l1: 0.1]), ("b", [.psnr: .infinity, .l1: 0.4]), ("c", [.psnr: 20]),
      ], squares: 1)
    let summaries = try evaluation.summary(pool: pool)
    #expect(summaries[0].mean == 25 && summaries[0].count == 2 && summaries[0].infinite == 1)
    #expect(summaries[0].worst?.name == "c" && summaries[1].worst?.name == "b")
    #expect(summaries[1].undefined == 1 && summaries[1].mean == 0.25)
    // All three pairs have squares of 1 in 100 values.
    #expect(abs(try #require(summaries[0].pooled) - 20) < 1e-12 && summaries[1].pooled == nil)
    #expect(evaluation.worst?.index == 2)
  }

  private func interval(
    _ values: [Double], seed: UInt64, _ pool: WorkerPool
  ) throws -> (low: Double, high: Double) {
    let interval = try MetricSummary.interval(values, seed: seed, pool: pool)
    return try #require(interval)
  }

  /// Fixed by the seed, the same on every machine and with any number of threads.
  @Test func intervals() throws {
    let values = (0..<40).map { Double(($0 * 37) % 40) }
    let intervals = try [1, 2, 5].map {
      try interval(values, seed: 7, WorkerPool(threads: $0))
    }
    #expect(intervals.allSatisfy { $0 == intervals[0] })
    // The mean's deviation is sqrt((40^2 - 1) / 12 / 40) = 1.825: about 1.96 of it to both sides.
    #expect(abs(intervals[0].low - (19.5 - 1.96 * 1.825)) < 0.4)
    #expect(abs(intervals[0].high - (19.5 + 1.96 * 1.825)) < 0.4)
    let other = try interval(values, seed: 8, pool)
    #expect(other != intervals[0])
    #expect(try MetricSummary.interval([1], seed: 0, pool: pool) == nil)
    let same = try interval([3, 3, 3], seed: 0, pool)
    #expect(same == (3, 3))
  }

  @Test func quantiles() {
    #expect(MetricSummary.quantile(0.5, of: [1, 2, 4]) == 2)
    #expect(MetricSummary.quantile(0.25, of: [1, 2, 4]) == 1.5)
    #expect(MetricSummary.quantile(1, of: [1, 2, 4]) == 4)
    #expect(MetricSummary.quantile(0.975, of: [5]) == 5)
  }

  @Test func csv() throws {
    let evaluation = try Self.evaluation(
      [.psnr, .l1], [("a,\"b\".png", [.psnr: .infinity, .l1: 0.125]), ("\u{1b}[2J", [:])])
    let text = evaluation.csv(try evaluation.summary(pool: pool))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "pair,psnr,l1")
    #expect(lines[1] == "\"a,\"\"b\"\".png\",inf,0.125")
    #expect(lines[2].hasSuffix(",,") && !lines[2].contains("\u{1b}"))
    #expect(lines[3] == "mean,,0.125")
    #expect(lines.count == 8 && lines[7] == "")
  }

  @Test func json() throws {
    let evaluation = try Self.evaluation(
      [.psnr, .l1], [("a", [.psnr: .infinity, .l1: 0.125]), ("b", [.psnr: 30, .l1: 0.25])])
    let bytes = try evaluation.json(evaluation.summary(pool: pool), about: ["a": "x"])
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    let pairs = try #require(object["pairs"] as? [[String: Any]])
    let values = try #require(pairs[0]["values"] as? [String: Any])
    #expect(values["psnr"] is NSNull && values["l1"] as? Double == 0.125)
    // Infinite is null, undefined is nothing: of a metric for a pair, and of all pairs together.
    let others = try Self.evaluation(
      [.psnr, .ssim], [("a", [.psnr: .infinity]), ("b", [.psnr: .infinity])])
    let other = try #require(
      JSONSerialization.jsonObject(
        with: Data(others.json(others.summary(pool: pool), about: [:]))) as? [String: Any])
    let rows = try #require(other["pairs"] as? [[String: Any]])
    #expect((rows[1]["values"] as? [String: Any])?.keys.sorted() == ["psnr"])
    let both = try #require(other["metrics"] as? [[String: Any]])
    #expect(both[0]["pooled"] is NSNull && both[0]["mean"] == nil)
    #expect(both[0]["infinite"] as? Int == 2 && both[1]["pooled"] == nil)
    let metrics = try #require(object["metrics"] as? [[String: Any]])
    #expect(metrics.map { $0["name"] as? String } == ["psnr", "l1"])
    #expect(metrics[0]["mean"] as? Double == 30 && metrics[0]["infinite"] as? Int == 1)
    #expect((object["about"] as? [String: String]) == ["a": "x"])
  }

  @Test func tables() throws {
    let rows = (0..<100).map { index in
      ("view_\(index).png", [Metric.psnr: Double(200 - index), .l1: 0.5])
    }
    let many = try Self.evaluation([.psnr, .l1], rows)
    let lines = EvaluationTable(many, try many.summary(pool: pool)).pairLines
    #expect(
      lines == [
        "pair             psnr        l1", "view_99.png  101.0000  0.500000",
        "view_98.png  102.0000  0.500000", "view_97.png  103.0000  0.500000",
      ])
    let one = try Self.evaluation([.psnr, .ssim], [("x", [.psnr: .infinity])])
    let table = EvaluationTable(one, try one.summary(pool: pool))
    #expect(table.pairLines[1].hasPrefix("psnr      inf  -10 log10(mse)"))
    #expect(table.pairLines[2].hasPrefix("ssim        -  SSIM of piq"))
    #expect(table.remarks[0] == "the pictures are identical")
    #expect(table.remarks[1].hasPrefix("ssim undefined for 1 of 1: 11 pixels"))
  }

  @Test func verdicts() throws {
    let evaluation = try Self.evaluation(
      [.psnr, .maximumDifference],
      [("a", [.psnr: 41, .maximumDifference: 2]), ("b", [.psnr: 39.5, .maximumDifference: 3])])
    func verdict(_ psnr: Double, _ largest: Double) throws -> Verdict {
      try Verdict(
        evaluation,
        [.init(metric: .psnr, bound: psnr), .init(metric: .maximumDifference, bound: largest)],
        file: "x")
    }
    #expect(try verdict(39.5, 3).isWithin)
    #expect(try !verdict(40, 3).isWithin && !verdict(39.5, 2).isWithin)
    #expect(
      try verdict(40, 3).lines == [
        "psnr 39.5000, at least 40: beyond (worst of 2, b; 1 beyond)",
        "max-difference 3.000000, at most 3: within (worst of 2, b)",
      ])
    let tiny = try Self.evaluation([.ssim], [("a", [:])])
    let error = #expect(throws: ProgramError.self) {
      try Verdict(tiny, [.init(metric: .ssim, bound: 0.9)], file: "x")
    }
    #expect(error?.code == .dataError && error?.what == "ssim is undefined for a")
  }
}
