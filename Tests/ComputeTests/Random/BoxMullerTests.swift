/// Normal numbers from words: exact ones nearby, the same bits in lanes and on every machine.
import Foundation
import Testing

@testable import Compute

@Suite struct BoxMullerTests {
  /// Words where something changes: ends, the border of the logarithm's fractions, quarter turns.
  static let words: [UInt32] =
    (0..<32).flatMap { power in
      (-2...2).flatMap { step -> [UInt32] in
        let word = UInt32(truncatingIfNeeded: (1 << power) + step)
        return [word, ~word]
      }
    } + (-3...3).map { UInt32(3_037_000_499 + $0) } + [0x2000_0000, 0x6000_0000, 0xA000_0000]

  static let pairs: [(UInt32, UInt32)] = {
    var pairs: [(UInt32, UInt32)] = []
    for word in words {
      pairs += [(word, 0), (word, 0x5555_5555), (0, word), (1 << 31, word)]
    }
    var random = PhiloxRandom(seed: 3)
    for _ in 0..<4000 {
      let word = random.next()
      pairs.append((UInt32(truncatingIfNeeded: word), UInt32(truncatingIfNeeded: word >> 32)))
    }
    return pairs
  }()

  @Test func exactOnesAreNear() {
    var worst = 0.0
    for (first, second) in Self.pairs {
      let radius = (-2 * log((Double(first) + 1) * 0x1p-32)).squareRoot()
      let angle = 2 * .pi * Double(second) * 0x1p-32
      let found = BoxMuller.pair(first: first, second: second)
      worst = max(
        worst, abs(Double(found.0) - radius * cos(angle)),
        abs(Double(found.1) - radius * sin(angle)))
    }
    #expect(worst < 1e-6)
  }

  /// Near one the logarithm is as small as the word's distance from the end, not a step of a float.
  @Test func smallRadiiAreExactToo() {
    for distance in [0, 1, 2, 3, 100, 12_345, 1 << 20, 1 << 30] as [UInt32] {
      let radius = Double(BoxMuller.pair(first: ~distance, second: 0).0)
      let expected = (-2 * log1p(-Double(distance) * 0x1p-32)).squareRoot()
      #expect(abs(radius - expected) <= 4e-7 * expected, "\(distance)")
    }
  }

  @Test func lanesAreTheScalarPairs() {
    for start in stride(from: 0, to: Self.pairs.count - 16, by: 16) {
      var (first, second) = (SIMD16<UInt32>.zero, SIMD16<UInt32>.zero)
      for lane in 0..<16 { (first[lane], second[lane]) = Self.pairs[start + lane] }
      let (x, y) = BoxMuller.pairs(first: first, second: second)
      for lane in 0..<16 {
        let expected = BoxMuller.pair(first: first[lane], second: second[lane])
        #expect(
          x[lane].bitPattern == expected.0.bitPattern
            && y[lane].bitPattern == expected.1.bitPattern,
          "\(first[lane]) \(second[lane])")
      }
    }
  }

  /// Bits that every machine must find.
  @Test func bitsAreThose() {
    let found = (0..<8).map { PhiloxTests.random.normal(at: $0).bitPattern }
    #expect(
      found == [
        0x3f59_77c1, 0xbe4c_2c43, 0xbfd2_c2a9, 0xbecc_dadb, 0xbd81_9088, 0x3ecb_0c8f, 0xbeb2_1a1e,
        0x3f99_fc15,
      ])
    // Calculated from the definition in Python.
    let exact = [
      0.8494835384441325, -0.19938758663834627, -1.6465655782895805, -0.40010720023882745,
    ]
    for (bits, exact) in zip(found, exact) {
      #expect(abs(Double(Float(bitPattern: bits)) - exact) < 5e-7)
    }
  }
}
