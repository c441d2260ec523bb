import Compute

/// An operation without a kernel: its scalar reference, between two changes of layout. Slow, and the
/// only step that allocates.
final class ReferenceStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; one thread computes.

  enum Operand {
    case constant(Tensor)
    case place(Place)
  }

  let name: String
  let inputs: [Place]
  let output: Place
  private let operation: any Operation
  private let operands: [Operand]
  private var memory: PlanMemory?

  init(name: String, operation: any Operation, operands: [Operand], output: Place) {
    self.name = name
    self.operation = operation
    self.operands = operands
    self.output = output
    inputs = operands.compactMap { if case .place(let place) = $0 { place } else { nil } }
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
        case .place(let place):
          Tensor(shape: [place.images, place.channels, place.height, place.width]) { buffer in
            for image in 0..<place.images {
              memory.map(place, image: image).read(into: buffer, image: image)
            }
          }
        }
      })
    for image in 0..<output.images { memory.map(output, image: image).write(result, image: image) }
  }
}

/// A value that no input changes, written anew in every run because memory is reused between steps.
final class ConstantStep: PlanStep, @unchecked Sendable {
  // Sendable: as `ReferenceStep`.
  let name: String
  let inputs: [Place] = []
  let output: Place
  private let value: Tensor
  private var memory: PlanMemory?

  init(name: String, value: Tensor, output: Place) {
    self.name = name
    self.value = value
    self.output = output
  }

  var kernel: String { "constant" }
  var operations: Int { 0 }
  var scratchBytes: Int { 0 }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) { self.memory = memory }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    guard let memory else { return }
    for image in 0..<output.images { memory.map(output, image: image).write(value, image: image) }
  }
}
