import Compute

/// A value that no input changes, written anew in every run because memory is reused between steps.
final class ConstantStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint floats.
  let name: String
  let inputs: [Place] = []
  let output: Place
  private let value: Tensor
  private let target: View
  /// nil for more axes than it takes.
  private let copy: StridedCopy?
  private var memory: PlanMemory?
  private var source: UnsafePointer<Float>?
  private var base: UnsafeMutablePointer<Float>?
  private var body: WorkerPool.Body = { _, _ in }

  init(name: String, value: Tensor, output: View) {
    self.name = name
    self.value = value
    target = output
    self.output = output.image ?? output.extent
    copy =
      output.shape.count > StridedCopy.mostAxes
      ? nil
      : StridedCopy(
        shape: output.shape, sourceStrides: Indexing.strides(output.shape),
        targetStrides: output.strides)
    body = { [unowned self] item, _ in
      guard let source, let base else { return }
      copy?.run(item: item, from: source, to: base)
    }
  }

  var kernel: String { "constant" }
  var operations: Int { 0 }
  var scratchBytes: Int { 0 }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.memory = memory
    base = memory.pointer(target)
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    guard let copy else {
      memory?.write(value, to: target)
      return
    }
    value.withUnsafeBuffer { floats in
      source = floats.baseAddress
      pool.run(copy.itemCount, body)
      source = nil
    }
  }
}
