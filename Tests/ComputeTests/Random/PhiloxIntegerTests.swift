/// Integers below bounds, and orders.
import Testing

@testable import Compute

@Suite struct PhiloxIntegerTests {
  /// Calculated from the definition in Python. The last bound refuses one element in four.
  @Test func theAlgorithmIsFixed() {
    var random = PhiloxTests.random
    #expect((0..<8).map { _ in random.integer(below: 10) } == [9, 5, 2, 2, 7, 2, 8, 1])
    random.position = 0
    #expect(random.permutation(count: 8) == [6, 4, 0, 2, 5, 1, 3, 7])
    #expect(random.position == 7)
    random.position = 0
    #expect(
      (0..<4).map { _ in random.integer(below: 3 << 61) } == [
        6_663_710_609_170_432_316, 3_721_205_526_224_714_203, 1_903_543_877_496_734_555,
        4_998_090_202_726_939_601,
      ])
    #expect(random.position == 5)
  }

  @Test(arguments: [1, 2, 3, 7, 10, 64, 100]) func eachIntegerComesEquallyOften(bound: Int) {
    var random = PhiloxRandom(seed: 17, stream: UInt64(bound))
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<20_000 { counts[random.integer(below: bound)] += 1 }
    #expect(
      PhiloxStatisticsTests.isLikely(
        PhiloxStatisticsTests.chiSquare(counts), degrees: bound - 1) || bound == 1)
  }

  /// Without refusals a third of this range would come twice as often.
  @Test func largeBoundsHaveNoBias() {
    var random = PhiloxRandom(seed: 23)
    let bound = 3 << 61
    var counts = [0, 0, 0]
    for _ in 0..<30_000 { counts[random.integer(below: bound) >> 61] += 1 }
    #expect(PhiloxStatisticsTests.isLikely(PhiloxStatisticsTests.chiSquare(counts), degrees: 2))
    for _ in 0..<100 { #expect(0..<Int.max ~= random.integer(below: .max)) }
  }

  @Test func everyOrderComesEquallyOften() {
    var random = PhiloxRandom(seed: 29)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 { counts[random.permutation(count: 4), default: 0] += 1 }
    #expect(counts.count == 24)
    #expect(
      PhiloxStatisticsTests.isLikely(
        PhiloxStatisticsTests.chiSquare(Array(counts.values)), degrees: 23))
  }

  @Test func anOrderHoldsEveryElementOnce() {
    var random = PhiloxRandom(seed: 31)
    for count in [0, 1, 2, 3, 17, 127] {
      let order = random.permutation(count: count)
      #expect(order.sorted() == Array(0..<count))
      var letters = order.map { "\($0)" }
      random.shuffle(&letters)
      #expect(letters.sorted() == order.map { "\($0)" }.sorted())
    }
  }
}
