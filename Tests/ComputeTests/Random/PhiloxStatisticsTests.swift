/// Distributions of streams with fixed seeds. Bounds are five standard errors and more, so that they
/// tell a wrong generator from a right one and not one seed from another.
import Foundation
import Testing

@testable import Compute

@Suite struct PhiloxStatisticsTests {
  static let count = 1 << 16

  static func numbers(
    _ kind: PhiloxFillTests.Distribution, _ seed: UInt64, _ stream: UInt64 = 0
  ) -> [Double] {
    let random = PhiloxRandom(seed: seed, stream: stream)
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      switch kind {
      case .uniform: random.fillUniform(buffer)
      case .normal: random.fillNormal(buffer)
      }
      filled = count
    }
    return values.map(Double.init)
  }

  static func mean(_ values: some Collection<Double>) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  static func correlation(_ a: some Collection<Double>, _ b: some Collection<Double>) -> Double {
    let (meanA, meanB) = (mean(a), mean(b))
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      ab += (x - meanA) * (y - meanB)
      aa += (x - meanA) * (x - meanA)
      bb += (y - meanB) * (y - meanB)
    }
    return ab / (aa * bb).squareRoot()
  }

  /// Standard errors of a mean of values with a variance.
  static func error(_ variance: Double) -> Double { (variance / Double(count)).squareRoot() }

  @Test(arguments: [0, 1, 0xDEAD_BEEF] as [UInt64]) func uniformMoments(seed: UInt64) {
    let values = Self.numbers(.uniform, seed)
    #expect(values.allSatisfy { 0 <= $0 && $0 < 1 })
    // E x^k = 1 / (k + 1), var x^k = 1 / (2 k + 1) - 1 / (k + 1)^2.
    for k in 1...4 {
      let (expected, power) = (1 / Double(k + 1), Double(k))
      let variance = 1 / (2 * power + 1) - expected * expected
      let found = Self.mean(values.map { pow($0, power) })
      #expect(abs(found - expected) < 5 * Self.error(variance), "\(k)")
    }
  }

  @Test(arguments: [0, 1, 0xDEAD_BEEF] as [UInt64]) func normalMoments(seed: UInt64) {
    let values = Self.numbers(.normal, seed)
    // E x^k and var x^k = E x^2k - (E x^k)^2 of the standard normal distribution.
    let moments: [(power: Double, mean: Double, variance: Double)] = [
      (1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (5, 0, 945), (6, 15, 10170),
    ]
    for (k, expected, variance) in moments {
      let found = Self.mean(values.map { pow($0, k) })
      #expect(abs(found - expected) < 5 * Self.error(variance), "\(k)")
    }
    // Outside of one, two and three standard deviations.
    let tails: [(limit: Double, share: Double)] = [
      (1, 0.317310508), (2, 0.045500264), (3, 0.002699796),
    ]
    for (limit, share) in tails {
      let found = Double(values.count { abs($0) > limit }) / Double(values.count)
      #expect(abs(found - share) < 5 * Self.error(share * (1 - share)), "\(limit)")
    }
  }

  @Test func streamsSeedsAndNeighboursAreNotCorrelated() {
    let limit = 5 / Double(Self.count).squareRoot()
    for kind in PhiloxFillTests.Distribution.allCases {
      let one = Self.numbers(kind, 9, 0)
      for other in [
        Self.numbers(kind, 9, 1), Self.numbers(kind, 9, 1 << 63), Self.numbers(kind, 10, 0),
        Self.numbers(kind, 9 << 32, 0),
      ] {
        #expect(abs(Self.correlation(one, other)) < limit)
        #expect(abs(Self.correlation(one.map { $0 * $0 }, other.map { $0 * $0 })) < limit)
      }
      // Both numbers of a pair, the next pair, the next block.
      for lag in [1, 2, 3, 4, 8] {
        #expect(abs(Self.correlation(one.dropLast(lag), one.dropFirst(lag))) < limit, "\(lag)")
      }
    }
  }

  /// Chi-square of equal classes: with d degrees of freedom the mean is d, the variance 2 d.
  static func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { sum, found in
      let difference = Double(found) - expected
      return sum + difference * difference / expected
    }
  }

  static func isLikely(_ chiSquare: Double, degrees: Int) -> Bool {
    let degrees = Double(degrees)
    return abs(chiSquare - degrees) < 6 * (2 * degrees).squareRoot()
  }

  @Test(arguments: [2, 5] as [UInt64]) func classesAreEquallyFull(seed: UInt64) {
    let random = PhiloxRandom(seed: seed)
    // Each byte of the words by itself, and pairs of neighbours.
    for shift in [0, 8, 16, 24] as [UInt32] {
      var counts = [Int](repeating: 0, count: 256)
      for index in 0..<UInt64(Self.count) {
        counts[Int(random.word(at: index) >> shift & 255)] += 1
      }
      #expect(Self.isLikely(Self.chiSquare(counts), degrees: 255), "\(shift)")
    }
    var pairs = [Int](repeating: 0, count: 1024)
    let values = Self.numbers(.uniform, seed)
    for (a, b) in zip(values, values.dropFirst()) {
      pairs[Int(saturating: a * 32, .down) * 32 + Int(saturating: b * 32, .down)] += 1
    }
    #expect(Self.isLikely(Self.chiSquare(pairs), degrees: 1023))
  }
}
