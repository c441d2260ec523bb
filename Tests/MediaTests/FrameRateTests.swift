import Compute
import Media
import Testing

@Suite struct FrameRateTests {
  @Test(arguments: [
    (1, Int.min), (Int.min, 1), (Int.min, Int.min), (.max, .max - 1), (0, 0), (-30, -1), (.max, 1),
  ])
  func termsOfAnySize(numerator: Int, denominator: Int) {
    // The quotient of the largest terms is about 1, but the terms are no rate's.
    let error = #expect(throws: ProgramError.self) { try FrameRate(numerator, denominator) }
    #expect(error?.what == "the frame rate is out of bounds")
  }

  @Test func whatPeopleMean() throws {
    let cases: [(Double, Int, Int)] = [
      (30, 30, 1), (25, 25, 1), (29.97, 30000, 1001), (23.976, 24000, 1001), (23.98, 24000, 1001),
      (59.94, 60000, 1001), (119.88, 120000, 1001), (12.5, 25, 2), (0.5, 1, 2), (1, 1, 1),
      (120, 120, 1), (29.5, 59, 2), (100.0 / 3, 100, 3), (0.01, 1, 100), (1000, 1000, 1),
      (24000.0 / 1001, 24000, 1001),
    ]
    for (value, numerator, denominator) in cases {
      let rate = try FrameRate(value)
      #expect(rate.numerator == numerator && rate.denominator == denominator, "\(value): \(rate)")
    }
    #expect(try FrameRate(60, 2) == FrameRate(30))
    #expect(try FrameRate(30000, 1001).framesPerSecond == 30000.0 / 1001)
    #expect(try FrameRate(30000, 1001).description == "30000/1001")
  }

  @Test func outOfBounds() {
    for value in [0, -1, 0.001, 1001, .nan, .infinity] {
      let error = thrownError { _ = try FrameRate(value) }
      #expect(error.code == .usage, "\(value)")
    }
    #expect(throws: ProgramError.self) { try FrameRate(30, 0) }
    #expect(throws: ProgramError.self) { try FrameRate(0, 0) }
    #expect(throws: ProgramError.self) { try FrameRate(Int.max, 1) }
  }
}
