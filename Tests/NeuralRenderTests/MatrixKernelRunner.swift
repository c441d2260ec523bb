// Runs the kernels on matrices on a case, on any number of threads, and says what is wrong with the
// results.

import Compute
import Foundation
import TestSupport

@testable import NeuralRender

/// Floats in memory of their own, shared by the workers of a pool.
final class SharedFloats: @unchecked Sendable {
  // Sendable: workers write disjoint parts.
  private let memory: AlignedBuffer<Float>
  let count: Int

  init(_ count: Int, filledWith value: Float = untouched) {
    self.count = count
    memory = AlignedBuffer(count: count, filledWith: value)
  }

  init(_ values: [Float]) {
    count = values.count
    memory = AlignedBuffer(count: count)
    for (index, value) in values.enumerated() { memory[index] = value }
  }

  var pointer: UnsafeMutablePointer<Float> { memory.pointer }
  var values: [Float] { (0..<count).map { memory[$0] } }
  subscript(index: Int) -> Float { memory[index] }
}

func randomFloats(_ count: Int, _ range: ClosedRange<Float> = -1...1, seed: UInt64) -> [Float] {
  var generator = SeededGenerator(state: seed)
  return (0..<count).map { _ in .random(in: range, using: &generator) }
}

/// What is wrong with a result: more than 1e-5 of the largest magnitude away, or written where it must
/// stay `untouched`; nil where nothing is.
func difference(_ result: [Float], _ expected: [Float]) -> String? {
  guard result.count == expected.count else { return "\(result.count) values" }
  let largest = expected.reduce(0) { $1 == untouched ? $0 : max($0, abs($1)) }
  for (index, pair) in zip(result, expected).enumerated()
  where pair.0 != pair.1 && (pair.1 == untouched || !(abs(pair.0 - pair.1) <= 1e-5 * largest)) {
    return "\(pair.0) for \(pair.1) at \(index)"
  }
  return nil
}

/// A product of matrices and the strides of its operands.
struct ProductCase: Sendable {
  var rows: Int
  var depth: Int
  var columns: Int
  /// Floats between neighbours of B: along a row, along a column.
  enum Layout: Sendable, CaseIterable { case rows, transposed, apart }
  var layout = Layout.rows
  /// With scale, bias, residual and this activation.
  var activation: Activation?
}

/// C with a margin behind every row.
func runProduct(_ test: ProductCase, threads: Int) -> (result: [Float], expected: [Float]) {
  let (m, k, n) = (test.rows, test.depth, test.columns)
  let a = SharedFloats(randomFloats(m * (k + 3), seed: 1))
  let rowStride = [.rows: n + 1, .transposed: 1, .apart: 2 * n][test.layout] ?? 0
  let columnStride = [.rows: 1, .transposed: k + 2, .apart: 2][test.layout] ?? 0
  let b = SharedFloats(randomFloats((k + 2) * (n + 1) * 2, seed: 2))
  let (scale, bias) = (
    SharedFloats(randomFloats(n, 0.5...1.5, seed: 3)), SharedFloats(randomFloats(n, seed: 4))
  )
  let residual = SharedFloats(randomFloats(m * n, seed: 5))
  let targetStride = n + outputMargin
  let target = SharedFloats(m * targetStride)
  let product = PanelProduct(rows: m, depth: k, columns: n)
  let packed = SharedFloats(MatrixPanels.floats(k: k, n: n), filledWith: .nan)
  let scratch = Scratch(bytes: product.scratchBytes, threads: threads)
  let pool = WorkerPool(threads: threads)
  pool.run(product.panels.count) { panel, _ in
    product.panels.pack(
      panel: panel, from: b.pointer, rowStride: rowStride, columnStride: columnStride,
      to: packed.pointer)
  }
  pool.run(product.itemCount) { item, worker in
    var epilogue = ColumnEpilogue()
    if let activation = test.activation {
      epilogue = ColumnEpilogue(
        scale: scale.pointer, bias: bias.pointer, activation: activation,
        residual: MatrixRows(residual.pointer, stride: n))
    }
    product.run(
      item: item, MatrixRows(a.pointer, stride: k + 3), packed.pointer, to: target.pointer,
      targetStride: targetStride, epilogue: epilogue, scratch: scratch[worker])
  }
  var expected = [Float](repeating: untouched, count: m * targetStride)
  for row in 0..<m {
    for column in 0..<n {
      var sum = 0.0
      for inner in 0..<k {
        sum +=
          Double(a[row * (k + 3) + inner])
          * Double(b[inner * rowStride + column * columnStride])
      }
      if let activation = test.activation {
        sum = activation.twin(sum * Double(scale[column]) + Double(bias[column]))
        sum += Double(residual[row * n + column])
      }
      expected[row * targetStride + column] = Float(sum)
    }
  }
  return (target.values, expected)
}

/// Attention of several heads side by side in rows with a margin, and the same in double precision.
func runAttention(
  heads: Int, queries: Int, keys: Int, width: Int, amplitude: Float = 1, threads: Int
) -> (result: [Float], expected: [Float]) {
  let stride = heads * width + 3
  let range = -amplitude...amplitude
  let q = SharedFloats(randomFloats(queries * stride, range, seed: 1))
  let k = SharedFloats(randomFloats(keys * stride, range, seed: 2))
  let v = SharedFloats(randomFloats(keys * stride, seed: 3))
  let target = SharedFloats(queries * stride)
  let kernel = AttentionKernel(heads: heads, queries: queries, keys: keys, width: width)
  let scratch = Scratch(bytes: kernel.scratchBytes, threads: threads)
  let panels = SharedFloats(kernel.panelFloats)
  let pool = WorkerPool(threads: threads)
  @Sendable func rows(_ x: SharedFloats) -> HeadRows {
    HeadRows(x.pointer, positionStride: stride, headStride: width)
  }
  pool.run(kernel.packItemCount) { item, _ in
    kernel.pack(item: item, keys: rows(k), values: rows(v), into: panels.pointer)
  }
  pool.run(kernel.itemCount) { item, worker in
    kernel.run(
      item: item, queries: rows(q), panels: panels.pointer, to: target.pointer,
      positionStride: stride, headStride: width, scratch: scratch[worker])
  }
  var expected = [Float](repeating: untouched, count: queries * stride)
  for head in 0..<heads {
    for query in 0..<queries {
      let scores = (0..<keys).map { key in
        (0..<width).reduce(0.0) { sum, c in
          sum + Double(q[query * stride + head * width + c])
            * Double(k[key * stride + head * width + c])
        } / Double(width).squareRoot()
      }
      let largest = scores.max() ?? 0
      let weights = scores.map { exp($0 - largest) }
      let total = weights.reduce(0, +)
      for c in head * width..<(head + 1) * width {
        let sum = (0..<keys).reduce(0.0) { $0 + weights[$1] * Double(v[$1 * stride + c]) }
        expected[query * stride + c] = Float(sum / total)
      }
    }
  }
  return (target.values, expected)
}

/// A copy between two views with gaps, and what the target must hold.
///
/// - Parameters:
///   - order: axes of the target's memory, outermost first.
///   - sourceOrder: the same of the source's.
func runCopy(
  _ shape: [Int], sourceOrder: [Int], order: [Int], gap: Int, threads: Int
) -> (result: [Float], expected: [Float]) {
  /// Strides of axes that lie in memory in an order, `gap` more than needed apart but for the last.
  func strides(_ order: [Int]) -> (strides: [Int], floats: Int) {
    var strides = [Int](repeating: 0, count: shape.count)
    var next = 1
    for (place, axis) in order.reversed().enumerated() {
      strides[axis] = next
      next = next * shape[axis] + (place == 0 ? gap : 0)
    }
    return (strides, next)
  }
  let (sourceStrides, sourceFloats) = strides(sourceOrder)
  let (targetStrides, targetFloats) = strides(order)
  let source = SharedFloats((0..<sourceFloats).map { Float($0) })
  let target = SharedFloats(targetFloats)
  let copy = StridedCopy(
    shape: shape, sourceStrides: sourceStrides, targetStrides: targetStrides)
  WorkerPool(threads: threads).run(copy.itemCount) { item, _ in
    copy.run(item: item, from: source.pointer, to: target.pointer)
  }
  var expected = [Float](repeating: untouched, count: targetFloats)
  Indexing.forEach(shape) { position, _ in
    expected[Indexing.offset(position, targetStrides)] =
      source[Indexing.offset(position, sourceStrides)]
  }
  return (target.values, expected)
}
