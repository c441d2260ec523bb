import CSIMD
import Compute

/// Arithmetic or selection of values that stretch to a common size: extents of 1 along channels, rows,
/// columns or images.
final class BroadcastStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.

  enum Function {
    case arithmetic(Arithmetic.Function)
    case select
  }

  private let function: Function

  init(name: String, _ function: Function, inputs: [Place], output: Place) {
    self.function = function
    super.init(name: name, inputs: inputs, output: output)
  }

  override var kernel: String { "stretched rows" }

  override var reach: StepReach {
    StepReach(
      height: output.height, width: output.width, output: .same,
      inputs: inputs.map {
        $0.height == output.height && $0.width == output.width ? .same : .everything
      })
  }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let sources = sources[image]
    switch function {
    case .arithmetic(let function):
      ArithmeticRows(function).row(
        y, columns, sources[0], sources[1], to: targets[image])
    case .select:
      SelectRows().row(
        y, columns, condition: sources[0], sources[1], else: sources[2], to: targets[image])
    }
  }
}
