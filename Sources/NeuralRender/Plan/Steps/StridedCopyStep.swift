import Compute

/// Copies a value to where it lies in another form.
final class StridedCopyStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint floats.

  let name: String
  let inputs: [Place]
  let output: Place
  private let kernelOfCopy: StridedCopy
  private var source: UnsafePointer<Float>?
  private var target: UnsafeMutablePointer<Float>?
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameters:
  ///   - input: of the output's shape; strides of 0 repeat elements.
  init(name: String, input: View, output: View) {
    precondition(input.shape == output.shape)
    self.name = name
    inputs = [input.image ?? input.extent]
    self.output = output.image ?? output.extent
    kernelOfCopy = StridedCopy(
      shape: input.shape, sourceStrides: input.strides, targetStrides: output.strides)
    body = { [unowned self] item, _ in
      guard let source, let target else { return }
      kernelOfCopy.run(item: item, from: source, to: target)
    }
  }

  var kernel: String { "copy" }
  var operations: Int { 0 }
  var scratchBytes: Int { 0 }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    source = UnsafePointer(memory.map(inputs[0], image: 0).base)
    target = memory.map(output, image: 0).base
  }

  func run(_ units: RowPieces, on pool: WorkerPool) { pool.run(kernelOfCopy.itemCount, body) }
}
