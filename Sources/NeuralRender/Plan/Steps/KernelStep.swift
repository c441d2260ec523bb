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

  override func row(_ y: Int, _ columns: Range<Int>, image: Int, worker: Int) {
    guard let scratch else { return }
    rows.row(
      y, columns, from: sources[image][0], residual: inputs.count == 2 ? sources[image][1] : nil,
      to: targets[image], scratch: scratch.memory(worker))
  }

  override var pairsRows: Bool { rows.pairsRows }

  override func twoRows(_ y: Int, _ columns: Range<Int>, image: Int, worker: Int) {
    guard let scratch else { return }
    rows.twoRows(
      y, columns, from: sources[image][0], residual: inputs.count == 2 ? sources[image][1] : nil,
      to: targets[image], scratch: scratch.memory(worker))
  }
}
