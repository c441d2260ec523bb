import Compute

/// Softmax along an axis whose neighbours lie apart, of a value that lies without gaps.
final class StridedSoftmaxStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint floats.

  let name: String
  let inputs: [Place]
  let output: Place
  private let softmax: StridedSoftmax
  private var source: UnsafePointer<Float>?
  private var target: UnsafeMutablePointer<Float>?
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameters:
  ///   - input: [outer][extent][inner] in memory.
  ///   - output: the same.
  init(name: String, _ softmax: StridedSoftmax, input: View, output: View) {
    self.name = name
    self.softmax = softmax
    inputs = [input.extent]
    self.output = output.extent
    body = { [unowned self] item, _ in
      guard let source, let target else { return }
      softmax.run(item: item, from: source, to: target)
    }
  }

  var kernel: String { "strided softmax" }
  var operations: Int { 0 }
  var scratchBytes: Int { 0 }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    source = UnsafePointer(memory.map(inputs[0], image: 0).base)
    target = memory.map(output, image: 0).base
  }

  func run(_ units: RowPieces, on pool: WorkerPool) { pool.run(softmax.itemCount, body) }
}
