import Compute

/// A step of a row kernel.
final class KernelStep<Kernel: RowKernel>: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let rows: Kernel
  private let title: String
  private let count: Int
  private var scratch: PlanScratch?

  /// - Parameter operations: multiplications and additions of the operation as it is defined.
  init(
    name: String, kernel: String, _ rows: Kernel, input: Place, output: Place,
    residual: Place? = nil, operations: Int = 0
  ) {
    self.rows = rows
    title = kernel
    count = operations
    super.init(name: name, inputs: [input] + (residual.map { [$0] } ?? []), output: output)
  }

  override var kernel: String { title }
  override var operations: Int { count }
  override var scratchBytes: Int { rows.scratchBytes }

  override var reach: StepReach {
    let window = Reach.windows(of: rows, units: ImageSize(output), in: inputs[0])
    return StepReach(
      height: output.height, width: output.width, output: .same,
      inputs: [window] + inputs.dropFirst().map { _ in .same })
  }

  override func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    super.bind(memory, scratch: scratch)
    self.scratch = scratch
  }

  /// Maps and scratch are looked up once: rows of few pixels take less than that.
  override func compute(_ pieces: RowPieces, _ item: Int, image: Int, worker: Int) {
    guard let scratch else { return }
    let (source, target) = (sources[image][0], targets[image])
    let residual = inputs.count == 2 ? sources[image][1] : nil
    let memory = scratch.memory(worker)
    if rows.pairsRows {
      pieces.forEachPair(item, of: pixelsPerItem) { y, columns, isPair in
        if isPair {
          rows.twoRows(
            y, columns, from: source, residual: residual, to: target, scratch: memory)
        } else {
          rows.row(y, columns, from: source, residual: residual, to: target, scratch: memory)
        }
      }
    } else {
      pieces.forEachPart(item, of: pixelsPerItem) { y, columns in
        rows.row(y, columns, from: source, residual: residual, to: target, scratch: memory)
      }
    }
  }
}
