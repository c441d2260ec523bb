import Compute

/// An operation without a kernel: its scalar reference, between two changes of layout. Slow, and the
/// only step that allocates.
final class ReferenceStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; one thread computes.

  enum Operand {
    case constant(Tensor)
    case view(View)
  }

  let name: String
  let inputs: [Place]
  let output: Place
  private let operation: any Operation
  private let operands: [Operand]
  private let target: View
  private var memory: PlanMemory?

  init(name: String, operation: any Operation, operands: [Operand], output: View) {
    self.name = name
    self.operation = operation
    self.operands = operands
    target = output
    self.output = output.image ?? output.extent
    inputs = operands.compactMap {
      if case .view(let view) = $0 { view.image ?? view.extent } else { nil }
    }
  }

  var kernel: String { "reference" }
  var operations: Int { 0 }
  var scratchBytes: Int { 0 }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) { self.memory = memory }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    guard let memory else { return }
    let result = operation.reference(
      operands.map { operand in
        switch operand {
        case .constant(let tensor): tensor
        case .view(let view): memory.tensor(view)
        }
      })
    memory.write(result, to: target)
  }
}

extension PlanMemory {
  func pointer(_ view: View) -> UnsafeMutablePointer<Float> { map(view.extent, image: 0).base }

  /// The elements of a view in C order.
  func tensor(_ view: View) -> Tensor {
    if let place = view.rows {
      return Tensor(shape: view.shape) { map(place, image: 0).readRows(into: $0) }
    }
    let base = pointer(view)
    return Tensor(shape: view.shape) { base[Indexing.offset($0, view.strides)] }
  }

  func write(_ tensor: Tensor, to view: View) {
    if view.shape.count == 4, let place = view.image {
      for image in 0..<place.images { map(place, image: image).write(tensor, image: image) }
      return
    }
    if let place = view.rows { return map(place, image: 0).writeRows(tensor) }
    let base = pointer(view)
    Indexing.forEach(view.shape) { position, index in
      base[Indexing.offset(position, view.strides)] = tensor[index]
    }
  }
}
