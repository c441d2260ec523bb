import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

let productCases: [ProductCase] = {
  let shapes = [
    (1, 1, 1), (1, 700, 50), (2, 5, 33), (3, 385, 16), (7, 40, 17), (8, 9, 48), (12, 16, 32),
    (13, 31, 5), (25, 400, 65), (300, 20, 40), (61, 1000, 31),
    (530, 6, 500),
  ]
  let activations: [Activation?] = [
    nil, Activation.none, .leakyReLU(slope: 0.2, gain: 1.25), .silu, .tanh,
  ]
  return shapes.enumerated().flatMap { index, shape in
    ProductCase.Layout.allCases.map { layout in
      ProductCase(
        rows: shape.0, depth: shape.1, columns: shape.2, layout: layout,
        activation: activations[index % activations.count])
    }
  }
}()

@Suite struct MatrixKernelTests {
  @Test(arguments: productCases) func productMatchesTwin(_ test: ProductCase) {
    let (result, expected) = runProduct(test, threads: 1)
    #expect(difference(result, expected) == nil)
    #expect(runProduct(test, threads: 3).result == result)
  }

  /// A row's bits depend neither on its neighbours nor on the tile it falls in.
  @Test func rowsOfProductsStandAlone() {
    let all = runProduct(ProductCase(rows: 29, depth: 500, columns: 40), threads: 1).result
    for rows in [1, 2, 7, 13, 28] {
      let some = runProduct(ProductCase(rows: rows, depth: 500, columns: 40), threads: 1).result
      #expect(some == Array(all.prefix(some.count)))
    }
  }

  @Test func sumsOfNothingAreZero() {
    let (result, expected) = runProduct(ProductCase(rows: 3, depth: 0, columns: 5), threads: 1)
    #expect(result == expected)
  }

  /// Normal floats within 2e-7, and the ends of the range.
  @Test func exponentialMatchesTwin() {
    var worst = (original: 0.0, difference: 0.0, base2: 0.0)
    for place in Swift.stride(from: Float(-87.2), to: 88.6, by: 0.0173) {
      let x = SIMD16<Float>(repeating: place)
      let exact = exp(Double(place))
      worst.original = max(worst.original, abs(Double(exponential(x)[3]) / exact - 1))
      if place <= 88 {
        worst.difference = max(
          worst.difference, abs(Double(exponentialOfDifference(x)[5]) / exact - 1))
      }
      worst.base2 = max(worst.base2, abs(Double(exponentialBase2(x)[7]) / exp2(Double(place)) - 1))
    }
    #expect(worst.original <= 2e-7)
    #expect(worst.difference <= 2e-7)
    #expect(worst.base2 <= 3e-7)
    let ends: [(Float, Float)] = [
      (-.infinity, 0), (-104.1, 0), (-3e38, 0), (0, 1), (88.8, .infinity), (3e38, .infinity),
      (.infinity, .infinity),
    ]
    for (x, y) in ends {
      #expect(exponential(SIMD16(repeating: x))[0] == y)
      if x <= 0 {
        #expect(exponentialOfDifference(SIMD16(repeating: x))[0] == y)
        #expect(abs(exponentialBase2(SIMD16(repeating: 2 * x))[0] - y) <= 2e-7)
      }
    }
    let small = exponential(SIMD16(repeating: -95))[0]
    #expect(abs(Double(small) - exp(-95)) <= Double(Float.leastNonzeroMagnitude))
    for x in [Float.nan, -.nan, Float(bitPattern: 0x7fc1_2345)] {
      #expect(exponential(SIMD16(repeating: x))[0].isNaN)
      #expect(exponentialOfDifference(SIMD16(repeating: x))[0].isNaN)
      #expect(exponentialBase2(SIMD16(repeating: x))[0].isNaN)
    }
  }

  @Test(arguments: [(1, 1, 1), (3, 5, 7), (2, 100, 16), (2, 3, 65), (1, 40, 130), (4, 2, 64)])
  func stridedSoftmaxMatchesTwin(_ outer: Int, _ extent: Int, _ inner: Int) {
    let values = randomFloats(outer * extent * inner, -30...30, seed: 3)
    let expected = Softmax(axis: 1).reference([Tensor(shape: [outer, extent, inner], values)])
    let (input, output) = (SharedFloats(values), SharedFloats(values.count))
    let kernel = StridedSoftmax(outer: outer, extent: extent, inner: inner)
    for item in (0..<kernel.itemCount).reversed() {
      kernel.run(item: item, from: input.pointer, to: output.pointer)
    }
    #expect(difference(output.values, expected.elements) == nil)
    for item in 0..<kernel.itemCount {
      kernel.run(item: item, from: input.pointer, to: input.pointer)
    }
    #expect(input.values == output.values)
  }
}
