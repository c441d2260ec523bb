import Compute
import Testing

@testable import NeuralRender

@Suite struct NoiseSourceTests {
  static let uses: [NoiseUse] = [
    .encoder, .generator(layer: 0), .generator(layer: 1), .latent, .knownRegion(step: 0),
    .knownRegion(step: 1), .step(0), .step(1),
  ]

  @Test func eachUseHasItsOwnNumbersWhateverElseIsDrawn() throws {
    let (one, other) = (SeededNoise(seed: 3), SeededNoise(seed: 4))
    let shape = [1, 1, 16, 16]
    let drawn = try Self.uses.map { try one.tensor(shape, for: $0) }
    let again = try Self.uses.reversed().map { try one.tensor(shape, for: $0) }
    #expect(Array(again.reversed()) == drawn)
    for (index, tensor) in drawn.enumerated() {
      for earlier in drawn[..<index] {
        let equal = zip(tensor.elements, earlier.elements).filter { $0 == $1 }.count
        #expect(equal < 4, "\(Self.uses[index])")
      }
      #expect(try other.tensor(shape, for: Self.uses[index]) != tensor)
    }
  }

  @Test func noiseIsThatOfTheSeedForEver() throws {
    // What users' seeds stand for must not change.
    let first = try SeededNoise(seed: 0).tensor([4], for: .latent).elements
    #expect(first == [0.8209434, 0.07798076, 1.5094895, -0.4654708])
    let mean = try SeededNoise(seed: 1).tensor([1 << 16], for: .step(5)).elements
    let square = mean.reduce(0) { $0 + Double($1) * Double($1) } / Double(mean.count)
    #expect(abs(square - 1) < 0.02)
  }

  @Test func recordedNoiseMustFit() throws {
    let source = RecordedNoise([.step(2): Tensor(shape: [2, 2], [1, 2, 3, 4])])
    #expect(try source.tensor([1, 4], for: .step(2)).elements == [1, 2, 3, 4])
    for (use, count) in [(NoiseUse.step(2), 3), (.step(1), 4)] {
      let error = #expect(throws: ProgramError.self) { _ = try source.tensor([count], for: use) }
      #expect(error?.code == .dataError && error?.expected == "\(count) numbers")
    }
  }
}
