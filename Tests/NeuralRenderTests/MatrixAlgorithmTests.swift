import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct MatrixAlgorithmTests {
  @Test(arguments: [
    (1, 1, 1, 1, 1), (2, 13, 1000, 1, 3), (3, 5, 31, 17, 10), (1, 100, 300, 33, 1),
    (2, 37, 45, 128, 2), (4, 250, 77, 80, 1), (1, 1, 600, 64, 5), (2, 16, 16, 512, 1),
  ])
  func attentionMatchesTwin(
    _ heads: Int, _ queries: Int, _ keys: Int, _ width: Int, _ amplitude: Float
  ) {
    func run(_ threads: Int) -> (result: [Float], expected: [Float]) {
      runAttention(
        heads: heads, queries: queries, keys: keys, width: width, amplitude: amplitude,
        threads: threads)
    }
    let (result, expected) = run(1)
    #expect(difference(result, expected) == nil)
    #expect(run(3).result == result)
  }

  /// The graph's operation has channels of q, k and v in planes; the kernel reads them transposed.
  @Test func attentionMatchesOperation() {
    let (heads, width, positions) = (3, 20, 50)
    let channels = 3 * heads * width
    let planes = randomFloats(channels * positions, -2...2, seed: 4)
    let expected = Attention(heads: heads).reference([
      Tensor(shape: [1, channels, positions], planes)
    ]).elements
    let rows = SharedFloats(
      (0..<planes.count).map { planes[$0 % channels * positions + $0 / channels] })
    let target = SharedFloats(heads * width * positions)
    let kernel = AttentionKernel(heads: heads, queries: positions, keys: positions, width: width)
    let scratch = Scratch(bytes: kernel.scratchBytes, threads: 1)
    func part(_ index: Int) -> HeadRows {
      HeadRows(
        rows.pointer + index * width, positionStride: channels, headStride: 3 * width)
    }
    let panels = SharedFloats(kernel.panelFloats)
    for item in 0..<kernel.packItemCount {
      kernel.pack(item: item, keys: part(1), values: part(2), into: panels.pointer)
    }
    for item in 0..<kernel.itemCount {
      kernel.run(
        item: item, queries: part(0), panels: panels.pointer, to: target.pointer,
        positionStride: heads * width, headStride: width, scratch: scratch[0])
    }
    let result = (0..<target.count).map {
      target[$0 % positions * heads * width + $0 / positions]
    }
    #expect(difference(result, expected) == nil)
  }

  @Test(arguments: [
    (1, 1, 1, 5), (7, 5, 3, 1), (9, 13, 17, 50), (3, 40, 64, 33), (4, 4, 5, 300), (2, 60, 16, 16),
  ])
  func nearestCodesMatchTwin(_ height: Int, _ width: Int, _ channels: Int, _ codes: Int) {
    let pixelStride = channels + outputMargin
    let input = SharedFloats(randomFloats(height * width * pixelStride, seed: 1))
    var book = randomFloats(codes * channels, seed: 2)
    // The last code is the first again: never the nearest with the lowest index.
    if codes > 1 { book = book.dropLast(channels) + book[..<channels] }
    let source = FeatureMap(
      input.pointer, height: height, width: width, channels: channels, pixelStride: pixelStride)
    func run(threads: Int) -> [Float] {
      let kernel = CodeSearchKernel(channels: channels, codes: codes)
      let packed = SharedFloats(kernel.bookFloats)
      let (shared, output) = (SharedFloats(book), SharedFloats(height * width))
      let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
      let target = FeatureMap(output.pointer, height: height, width: width, channels: 1)
      let pool = WorkerPool(threads: threads)
      pool.run(kernel.packItemCount) { item, _ in
        kernel.pack(item: item, from: shared.pointer, stride: channels, to: packed.pointer)
      }
      pool.run(kernel.itemCount(height: height, width: width)) { item, worker in
        kernel.run(
          item: item, from: source, to: target, book: packed.pointer, scratch: scratch[worker])
      }
      return output.values
    }
    let plane = height * width
    let x = Tensor(
      shape: [1, channels, height, width],
      (0..<channels * plane).map { input[$0 % plane * pixelStride + $0 / plane] })
    let expected = CodeSearch().reference([x, Tensor(shape: [codes, channels], book)]).elements
    let result = run(threads: 1)
    #expect(result == expected)
    #expect(run(threads: 3) == result)
  }

  @Test func codesOfIndices() throws {
    let indices = Tensor(shape: [1, 1, 2, 3], [0, 2, 1, -5, 99, .nan])
    let codes = Tensor(shape: [3, 2], [10, 11, 20, 21, 30, 31])
    #expect(
      CodeLookup().reference([indices, codes]).elements
        == [10, 30, 20, 10, 30, 10, 11, 31, 21, 11, 31, 11])
    #expect(try CodeLookup().outputShape([[1, 1, 2, 3], [3, 2]]) == [1, 2, 2, 3])
    #expect(try CodeSearch().outputShape([[1, 2, 4, 3], [3, 2]]) == [1, 1, 4, 3])
    #expect(throws: ShapeError.self) { try CodeSearch().outputShape([[1, 2, 4, 3], [3, 5]]) }
    #expect(throws: ShapeError.self) { try CodeLookup().outputShape([[1, 2, 4, 3], [3, 5]]) }
  }

  @Test(arguments: [0, 1, 5]) func copiesAreExact(_ gap: Int) {
    var generator = SeededGenerator(state: UInt64(gap))
    let extents = [1, 2, 3, 5, 8, 9, 16, 17, 33]
    for rank in 0...6 {
      for _ in 0..<8 {
        let most = rank > 4 ? 5 : extents.count
        let shape = (0..<rank).map { _ in
          extents[Int.random(in: 0..<most, using: &generator)]
        }
        let axes = Array(0..<rank)
        let (from, to) = (axes.shuffled(using: &generator), axes.shuffled(using: &generator))
        let (result, expected) = runCopy(
          shape, sourceOrder: from, order: to, gap: gap, threads: 1)
        #expect(result == expected, "\(shape) from \(from) to \(to)")
      }
    }
  }

  @Test(arguments: [[70, 200], [3, 3000], [3000, 3], [1, 20000], [9, 2, 1000]])
  func largeCopiesAreExact(_ shape: [Int]) {
    let axes = Array(shape.indices)
    for order in [axes, axes.reversed()] {
      let (result, expected) = runCopy(
        shape, sourceOrder: axes, order: order, gap: 2, threads: 3)
      #expect(result == expected)
    }
  }

  @Test func copiesOfNothingAndOfRepeatedElements() {
    #expect(
      StridedCopy(shape: [3, 0], sourceStrides: [1, 1], targetStrides: [1, 3]).itemCount == 0)
    let copy = StridedCopy(shape: [2, 3], sourceStrides: [1, 0], targetStrides: [3, 1])
    let (source, target) = (SharedFloats([4, 5]), SharedFloats(6))
    for item in 0..<copy.itemCount {
      copy.run(item: item, from: source.pointer, to: target.pointer)
    }
    #expect(target.values == [4, 4, 4, 5, 5, 5])
  }
}
