import TestSupport
import Testing

@testable import NeuralRender

@Suite struct WinogradTransformTests {
  /// The written-out lines are the matrices: every unit vector gives a column of B or of A.
  @Test func linesAreTheMatrices() {
    check(FourByThreeLines.self, .fourByThree)
    check(FourByFourLines.self, .fourByFour)
    check(FourByTwoLines.self, .fourByTwo)
  }

  private func check<Lines: WinogradLines>(_: Lines.Type, _ transform: WinogradTransform) {
    let size = transform.size
    #expect(Lines.size == size)
    for k in 0..<size {
      let unit = { (j: Int) in SIMD16<Float>(repeating: j == k ? 1 : 0) }
      Lines.transform(unit) { j, value in
        #expect(Double(value[3]) == transform.inputMatrix[j * size + k])
      }
      Lines.restore(unit) { i, value in
        #expect(Double(value[3]) == transform.outputMatrix[i * size + k])
      }
    }
  }

  /// A (G g * B d) is the correlation of d with g.
  @Test(arguments: [WinogradTransform.fourByTwo, .fourByThree, .fourByFour])
  func matricesFilter(transform: WinogradTransform) {
    var random = SeededGenerator(state: 3)
    let (size, taps) = (transform.size, transform.taps)
    let d = (0..<size).map { _ in Double.random(in: -1...1, using: &random) }
    let g = (0..<taps).map { _ in Double.random(in: -1...1, using: &random) }
    let products = (0..<size).map { j in
      let weight = (0..<taps).map { transform.weightMatrix[j * taps + $0] * g[$0] }.reduce(0, +)
      return weight * (0..<size).map { transform.inputMatrix[j * size + $0] * d[$0] }.reduce(0, +)
    }
    for i in 0..<transform.outputs {
      let found = (0..<size).map { transform.outputMatrix[i * size + $0] * products[$0] }
        .reduce(0, +)
      let wanted = (0..<taps).map { g[$0] * d[i + $0] }.reduce(0, +)
      #expect(abs(found - wanted) < 1e-12)
    }
  }
}
