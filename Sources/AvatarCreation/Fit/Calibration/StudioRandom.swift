import Compute

/// Numbers for people and pictures that are made up.
struct StudioRandom {
  private var generator: PhiloxRandom
  private var index: UInt64 = 0

  init(seed: UInt64, number: Int) {
    generator = PhiloxRandom(seed: seed, use: "studio", index: UInt64(number))
  }

  mutating func normal(_ deviation: Double = 1) -> Double {
    index += 1
    return Double(generator.normal(at: index)) * deviation
  }

  mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    index += 1
    let share = Double(generator.uniform(at: 2 * index))
    return range.lowerBound + share * (range.upperBound - range.lowerBound)
  }

  mutating func color(_ range: ClosedRange<Double>) -> SIMD3<Float> {
    SIMD3(Float(uniform(range)), Float(uniform(range)), Float(uniform(range)))
  }
}
