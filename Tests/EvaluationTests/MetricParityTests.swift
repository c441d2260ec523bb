import Compute
import Foundation
import Media
import TestSupport
import Testing

@testable import Evaluation

/// Every pair of the golden data, every key.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "there is no golden data"))
struct MetricParityTests {
  /// A record of `metrics.json`.
  struct Record: Sendable, CustomTestStringConvertible {
    let name: String
    let mask: String?
    /// null is missing.
    let numbers: [String: Double]
    /// Width and height.
    let size: [Int]
    /// Keys, those of null among them.
    let keys: Set<String>
    var testDescription: String { name }
  }

  static let keys: [String: Metric] = [
    "mse": .mse, "l1": .l1, "psnr": .psnr, "psnr_piq": .psnrPIQ, "ssim": .ssim,
    "ssim_nodown": .ssimFull, "sk_ssim_gaussian": .ssimGaussian,
    "sk_ssim_uniform7": .ssimUniform, "ms_ssim": .multiScaleSSIM,
  ]

  static func document() throws -> [String: Any] {
    let data = try Data(
      contentsOf: URL(fileURLWithPath: Fixtures.path("metrics/metrics.json")))
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  static func records() throws -> [Record] {
    let pairs = try #require(document()["pairs"] as? [[String: Any]])
    #expect(!pairs.isEmpty)
    return try pairs.map { pair in
      Record(
        name: try #require(pair["name"] as? String), mask: pair["mask"] as? String,
        numbers: pair.compactMapValues { ($0 as? NSNumber)?.doubleValue },
        size: try #require(pair["size"] as? [Int]), keys: Set(pair.keys))
    }
  }

  static func picture(_ name: String) throws -> ComparedPicture {
    try ComparedPicture(path: Fixtures.path("metrics/\(name)"), alpha: .ignore)
  }

  @Test(arguments: try records()) func values(_ record: Record) throws {
    let (a, b) = (
      try Self.picture(record.name + "_a.png"), try Self.picture(record.name + "_b.png")
    )
    #expect([a.width, a.height] == record.size)
    let found = try PairMeasurement(a, b, metrics: Metric.all, pool: WorkerPool(threads: 2))
    for (key, metric) in Self.keys {
      let value = found.values[metric]
      guard record.keys.contains(key) else {
        #expect(value == nil, "\(key)")
        continue
      }
      guard let expected = record.numbers[key] else {
        // null: infinite.
        #expect(value == .infinity, "\(key)")
        continue
      }
      #expect(abs(try #require(value, "\(key)") - expected) < 1e-9, "\(key)")
    }
  }

  /// The values that the original calls gave in single precision, within what that is off by at most.
  @Test func singlePrecisionTwinsAreAsFarAsRecorded() throws {
    let off = try #require(
      Self.document()["measured_max_abs_f32_vs_f64"] as? [String: Double])
    for record in try Self.records() {
      let found = try PairMeasurement(
        Self.picture(record.name + "_a.png"), Self.picture(record.name + "_b.png"),
        metrics: Metric.all, pool: WorkerPool(threads: 1))
      for (key, most) in off {
        guard let metric = Self.keys[key], let twin = record.numbers[key + "_f32"] else { continue }
        let value = try #require(found.values[metric], "\(record.name) \(key)")
        #expect(abs(value - twin) <= most + 1e-9, "\(record.name) \(key)")
      }
    }
  }

  @Test func insideMasks() throws {
    let masked = try Self.records().filter { $0.mask != nil }
    #expect(!masked.isEmpty)
    for record in masked {
      let mask = try PictureMask(
        path: Fixtures.path("metrics/\(record.mask ?? "")"), pool: WorkerPool(threads: 1))
      #expect(Double(mask.pixelCount) == record.numbers["mask_pixels"])
      let found = try PairMeasurement(
        Self.picture(record.name + "_a.png"), Self.picture(record.name + "_b.png"), mask: mask,
        metrics: Metric.all, pool: WorkerPool(threads: 2))
      for (key, metric) in [("psnr_inside_mask", Metric.psnr), ("l1_inside_mask", .l1)] {
        let expected = try #require(record.numbers[key])
        #expect(abs(try #require(found.values[metric]) - expected) < 1e-9, "\(key)")
      }
    }
  }

  @Test func poolFactors() throws {
    for record in try Self.records() {
      let side = record.size.min() ?? 0
      #expect(Double(SimilarityScales.factor(side: side)) == record.numbers["pool_factor"])
    }
  }

  /// The same bits whatever the number of threads.
  @Test func threads() throws {
    for record in try Self.records() {
      let (a, b) = (
        try Self.picture(record.name + "_a.png"), try Self.picture(record.name + "_b.png")
      )
      let results = try [1, 2, 5].map {
        try PairMeasurement(a, b, metrics: Metric.all, pool: WorkerPool(threads: $0)).values
      }
      #expect(results[0] == results[1] && results[0] == results[2], "\(record.name)")
    }
  }
}
