// Arithmetic, selection and rectifiers against the operations' references.

import Compute
import Testing

@testable import NeuralRender

@Suite struct ArithmeticRowsTests {
  @Test(arguments: imageShapes) func arithmeticStretchesOperands(_ shape: [Int]) {
    let functions: [Arithmetic.Function] = [
      .add, .subtract, .multiply, .divide, .minimum, .maximum, .less,
    ]
    for stretched in 0..<16 {
      // Which axes of the one operand, or of the other, have the extent 1.
      let one = (0..<3).map { stretched >> $0 & 1 == 1 && stretched < 8 ? 1 : shape[$0] }
      let other = (0..<3).map { stretched >> $0 & 1 == 1 && stretched >= 8 ? 1 : shape[$0] }
      let a = special(randomImage(one[0], one[1], one[2], seed: 2))
      let b = special(randomImage(other[0], other[1], other[2], seed: 3))
      for function in functions {
        let found = computeRows(shape[0], shape[1], shape[2]) { y, columns, target, gap in
          let (left, right) = (GappedImage(a, gap: gap), GappedImage(b, gap: gap))
          withExtendedLifetime((left, right)) {
            ArithmeticRows(function).row(y, columns, left.map, right.map, to: target)
          }
        }
        let expected = Arithmetic(function).reference([a, b])
        #expect(found.map { largestError($0, expected) } == 0, "\(function) \(stretched)")
      }
    }
  }

  /// Some elements infinite, 0 or not a number.
  private func special(_ image: Tensor) -> Tensor {
    let values = image.elements.enumerated().map { index, value in
      [7: Float.nan, 11: 0, 17: .infinity][index % 23] ?? value
    }
    return Tensor(shape: image.shape, values)
  }

  @Test(arguments: imageShapes) func selection(_ shape: [Int]) {
    for stretched in 0..<8 {
      let one = (0..<3).map { stretched >> $0 & 1 == 1 ? 1 : shape[$0] }
      let condition = special(randomImage(one[0], one[1], one[2], seed: 4))
      let zeros = Tensor(
        shape: condition.shape, condition.elements.map { $0 > 0.5 || $0.isNaN ? $0 : 0 })
      let a = special(randomImage(shape[0], shape[1], shape[2], seed: 5))
      let b = randomImage(shape[0], 1, 1, seed: 6)
      let found = computeRows(shape[0], shape[1], shape[2]) { y, columns, target, gap in
        let images = [zeros, a, b].map { GappedImage($0, gap: gap) }
        withExtendedLifetime(images) {
          SelectRows().row(
            y, columns, condition: images[0].map, images[1].map, else: images[2].map, to: target)
        }
      }
      #expect(found.map { largestError($0, Select().reference([zeros, a, b])) } == 0)
    }
  }

  @Test(arguments: imageShapes) func parametricRectifier(_ shape: [Int]) {
    let channels = shape[0]
    let x = randomImage(channels, shape[1], shape[2])
    let vectors = (0..<3).map { randomImage(channels, 1, 1, seed: 10 + $0).elements }
    for slope in [vectors[0], [0.25]] {
      let kernel = PReLURows(channels: channels, slope: slope)
      let found = computeRows(of: x) { kernel.row($0, $1, from: $2, to: $3) }
      let expected = PReLU().reference([x, Tensor(shape: [slope.count], slope)])
      #expect(found.map { largestError($0, expected) } == 0)
    }
    let kernel = PReLURows(
      channels: channels, slope: vectors[0], scale: vectors[1], offset: vectors[2])
    let found = computeRows(of: x) { kernel.row($0, $1, from: $2, to: $3) }
    let plane = shape[1] * shape[2]
    let scaled = Tensor(
      shape: x.shape,
      x.elements.enumerated().map { index, value in
        value * vectors[1][index / plane] + vectors[2][index / plane]
      })
    let expected = PReLU().reference([scaled, Tensor(shape: [channels], vectors[0])])
    #expect(found.map { largestError($0, expected) } ?? .infinity <= 1e-6)
  }
}
