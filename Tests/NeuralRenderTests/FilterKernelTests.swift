// Upsampling, filtering and downsampling against the reference.

import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

/// Options of `UpFIRDown` under test.
struct FilterCase: CustomTestStringConvertible, Sendable {
  var shape: [Int]
  var kernel: (height: Int, width: Int)
  var up = 1
  var down = 1
  var before: Int
  var after: Int
  var isSeparable = true

  var testDescription: String {
    "\(shape), \(kernel), up \(up), down \(down), \(before) + \(after), \(isSeparable)"
  }

  var operation: UpFIRDown { UpFIRDown(up: up, down: down, before: before, after: after) }

  /// Rows of random taps, or the product of a random column and a random row.
  var taps: [Float] {
    var generator = SeededGenerator(state: 3)
    let column = (0..<kernel.height).map { _ in Float.random(in: 0.1...1, using: &generator) }
    let row = (0..<kernel.width).map { _ in Float.random(in: -1...1, using: &generator) }
    return (0..<kernel.height * kernel.width).map { index in
      isSeparable
        ? column[index / kernel.width] * row[index % kernel.width]
        : .random(in: -1...1, using: &generator)
    }
  }
}

let filterCases: [FilterCase] = imageShapes.flatMap { shape in
  [true, false].flatMap { isSeparable in
    [
      FilterCase(
        shape: shape, kernel: (4, 4), up: 2, before: 2, after: 1, isSeparable: isSeparable),
      FilterCase(shape: shape, kernel: (4, 4), before: 2, after: 2, isSeparable: isSeparable),
      FilterCase(
        shape: shape, kernel: (4, 4), down: 2, before: 2, after: 1, isSeparable: isSeparable),
      FilterCase(
        shape: shape, kernel: (5, 3), up: 3, down: 2, before: 4, after: 6, isSeparable: isSeparable),
      FilterCase(
        shape: shape, kernel: (2, 2), up: 4, before: 3, after: 0, isSeparable: isSeparable),
      // Cropping.
      FilterCase(
        shape: shape, kernel: (3, 4), up: 4, before: -1, after: 1, isSeparable: isSeparable),
    ]
  }
}

@Suite struct FilterKernelTests {
  /// Within 1e-5 of the largest value, the same bits in any pieces.
  @Test(arguments: filterCases) func matchesReference(_ test: FilterCase) {
    let x = randomImage(test.shape[0], test.shape[1], test.shape[2])
    check(x, test)
  }

  /// Rows longer than what scratch holds.
  @Test func longRows() {
    for channels in [1, 3, 500] {
      for (up, down) in [(1, 1), (2, 1), (1, 2), (2, 3)] {
        let test = FilterCase(
          shape: [channels, 2, 20000 / channels], kernel: (4, 4), up: up, down: down, before: 2,
          after: 2)
        check(randomImage(channels, 2, 20000 / channels), test)
      }
    }
  }

  private func check(_ x: Tensor, _ test: FilterCase) {
    let kernel = UpFIRDownKernel(
      test.taps, kernelHeight: test.kernel.height, kernelWidth: test.kernel.width,
      channels: test.shape[0], operation: test.operation)
    #expect(
      kernel.isSeparable == (test.isSeparable || min(test.kernel.height, test.kernel.width) == 1))
    let expected = test.operation.reference([
      x, Tensor(shape: [test.kernel.height, test.kernel.width], test.taps),
    ])
    let sources = [0, 3, 6].map { (gap: $0, image: GappedImage(x, gap: $0)) }
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: 1)
    let found = computeRows(test.shape[0], expected.shape[2], expected.shape[3]) {
      y, columns, target, gap in
      for (own, image) in sources where own == gap {
        kernel.row(y, columns, from: image.map, to: target, scratch: scratch[0])
      }
    }
    #expect(
      found.map { largestError($0, expected) } ?? .infinity <= 1e-5, "\(test.testDescription)")
  }

  /// A NaN comes out where, and only where, `rowsRead` and `columnsRead` say that it is read.
  @Test(arguments: filterCases) func readsWhatItSays(_ test: FilterCase) {
    let (channels, height, width) = (test.shape[0], test.shape[1], test.shape[2])
    let kernel = UpFIRDownKernel(
      test.taps, kernelHeight: test.kernel.height, kernelWidth: test.kernel.width,
      channels: channels, operation: test.operation)
    let spot = (y: height / 2, x: width / 2)
    let source = GappedImage(randomImage(channels, height, width))
    source.map.pixel(spot.y, spot.x).update(repeating: .nan, count: channels)
    guard
      let shape = try? test.operation.outputShape([
        [1] + test.shape, [test.kernel.height, test.kernel.width],
      ])
    else { return }
    let target = GappedImage(channels, shape[2], shape[3])
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: 1)
    for y in 0..<shape[2] {
      kernel.row(y, 0..<shape[3], from: source.map, to: target.map, scratch: scratch[0])
      for x in 0..<shape[3] {
        let isRead =
          kernel.rowsRead(y).contains(spot.y) && kernel.columnsRead(x).contains(spot.x)
        #expect(target.map.pixel(y, x)[0].isNaN == isRead, "\(y) \(x)")
      }
    }
  }

  @Test func productsOfRowsAndColumnsAreFound() {
    let blur: [Float] = [1, 3, 3, 1]
    let product = blur.flatMap { one in blur.map { one * $0 / 64 } }
    #expect(SeparableTaps(product, rows: 4, columns: 4) != nil)
    var other = product
    other[5] += 1e-5
    #expect(SeparableTaps(other, rows: 4, columns: 4) == nil)
    #expect(SeparableTaps([0, 0, 0, 0], rows: 2, columns: 2) != nil)
    #expect(SeparableTaps([1, .nan, 1, 1], rows: 2, columns: 2) == nil)
  }
}
