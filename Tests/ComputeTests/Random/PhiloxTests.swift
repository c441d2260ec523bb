/// The generator against its published answers and an independent calculation.
import Testing

@testable import Compute

@Suite struct PhiloxTests {
  /// Of Random123, `tests/kat_vectors`, "philox4x32 10".
  @Test(arguments: [
    (
      SIMD4<UInt32>.zero, SIMD2<UInt32>.zero,
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
      SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
      SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func publishedAnswers(
    counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>
  ) {
    #expect(Philox.block(counter: counter, key: key) == expected)
  }

  /// Counters across the carry into the second word and around the end.
  @Test(arguments: [0, 1, 0xFFFF_FFFC, 0xFFFF_FFFF, 1 << 61, UInt64.max - 3])
  func vectorsAreTheScalarBlocks(first: UInt64) {
    let (high, key): (UInt64, UInt64) = (0x85a3_08d3_243f_6a88, 0x0123_4567_89ab_cdef)
    let pairs = Philox.pairs(first: first, high: high, key: key)
    for lane in 0..<8 {
      let index = first &+ UInt64(lane)
      let block = Philox.block(
        counter: [
          UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), 0x243f_6a88,
          0x85a3_08d3,
        ], key: [0x89ab_cdef, 0x0123_4567])
      let found: SIMD4<UInt32> = [
        pairs.even[2 * lane], pairs.odd[2 * lane], pairs.even[2 * lane + 1],
        pairs.odd[2 * lane + 1],
      ]
      #expect(found == block, "block \(index)")
    }
  }

  static let random = PhiloxRandom(seed: 0x0123_4567_89AB_CDEF, stream: 0xFEDC_BA98_7654_3210)

  /// Calculated from the definition in Python, with integers of any length.
  @Test func wordsAreWhereTheDefinitionSays() {
    let expected: [(UInt64, UInt32)] = [
      (0, 0xaef2_adf7), (1, 0xf69b_5950), (2, 0x3ceb_44f4), (3, 0x89b6_573a), (4, 0xec2a_b39f),
      (1000, 0xf40a_9667), (.max, 0x4742_b6c6),
      ((1 << 34) + 1, 0x2e10_3e4c),
    ]
    for (index, word) in expected { #expect(Self.random.word(at: index) == word, "\(index)") }
    #expect(Self.random.longWord(at: 0) == 0xf69b_5950_aef2_adf7)
    #expect(Self.random.longWord(at: 1) == 0x89b6_573a_3ceb_44f4)
    #expect(Self.random.uniform(at: 0) == Float(0xaef2ad) / 16_777_216)
    #expect(Self.random.uniformDouble(at: 0) == Double(0xf69b_5950_aef2_a800 as UInt64) * 0x1p-64)
  }

  @Test func aUseHasTheStreamOfItsName() {
    let noise = PhiloxRandom(seed: 5, use: "sampling noise")
    #expect(noise == PhiloxRandom(seed: 5, stream: 0x7d13_badf_b792_6682))
    #expect(PhiloxRandom(seed: 5, use: "sampling noise", index: 3).stream == noise.stream + 3)
    #expect(PhiloxRandom(seed: 5, use: "").stream == 0xCBF2_9CE4_8422_2325)
  }

  @Test func aGeneratorGoesThroughTheElements() {
    var generator = Self.random
    #expect(generator.next() == Self.random.longWord(at: 0))
    var copy = generator
    #expect(copy.next() == Self.random.longWord(at: 1))
    #expect(generator.next() == Self.random.longWord(at: 1))
    generator.position = .max
    #expect(generator.next() == Self.random.longWord(at: .max))
    #expect(generator.next() == Self.random.longWord(at: 0))
  }
}
