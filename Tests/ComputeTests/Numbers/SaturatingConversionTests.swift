import Compute
import Testing

@Suite struct SaturatingConversionTests {
  /// Everything that Swift's own conversions trap on, and what lies just inside and outside.
  static let values: [Float] = [
    .nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    -0.0, 0, -0.4, -0.5, -0.6, 0.4, 0.5, 0.6, 1.5, 2.5, 127, 127.5, 128, -127.5, -128, -129, 254.4,
    254.5, 254.6, 255, 255.4, 255.5, 255.6, 256, 1e19, -1e19, 0x1p31, -0x1p31, 0x1p63, -0x1p63,
    .leastNonzeroMagnitude,
  ]

  /// What the conversion is to be, by the definition: limited first, then rounded.
  static func expected(
    _ value: Float, _ rule: FloatingPointRoundingRule, _ range: ClosedRange<Double>
  ) -> Double {
    if value.isNaN { return 0 }
    return min(max(Double(value).rounded(rule), range.lowerBound), range.upperBound)
  }

  @Test(arguments: [
    FloatingPointRoundingRule.toNearestOrEven, .toNearestOrAwayFromZero, .towardZero, .down, .up,
  ])
  func everyNumberBecomesAnInteger(rule: FloatingPointRoundingRule) {
    for value in Self.values {
      #expect(Double(UInt8(saturating: value, rule)) == Self.expected(value, rule, 0...255))
      #expect(
        Double(Int32(saturating: value, rule))
          == Self.expected(value, rule, -0x1p31...(0x1p31 - 1)))
      #expect(
        Double(Int16(saturating: Double(value), rule))
          == Self.expected(value, rule, -32768...32767))
    }
    #expect(Int(saturating: Float.infinity, rule) == .max)
    #expect(Int(saturating: -Double.infinity, rule) == .min)
    #expect(Int(saturating: 9.3e18, rule) == .max && UInt64(saturating: -1.0, rule) == 0)
    #expect(Int(saturating: 4_503_599_627_370_497.0, rule) == 4_503_599_627_370_497)
  }

  @Test func weightsStayInTheirSymmetricRange() {
    for value in Self.values {
      let expected = Self.expected(value, .toNearestOrEven, -127...127)
      #expect(Double(Int8(symmetric: value)) == expected, "\(value)")
    }
  }

  @Test func rangesLimitEverything() {
    for value in Self.values {
      let limited = value.limited(to: -1...1)
      #expect(limited == (value.isNaN ? -1 : min(max(value, -1), 1)))
    }
  }

  /// The loops over pixels convert like everything else.
  @Test func allBytesComeBack() {
    for byte in UInt8.min...UInt8.max {
      #expect(UInt8(saturating: Float(byte)) == byte)
      #expect(UInt8(saturating: Float(byte) + 0.49, .towardZero) == byte)
    }
  }
}
