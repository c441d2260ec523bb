import Compute

/// A convolution and the depthwise one that reads it.
final class WideningStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint rows and channels.

  let name: String
  let operations: Int
  let inputs: [Place]
  let output: Place
  /// Units are rows.
  let reach: StepReach
  private let convolution: WideningConvolution
  private var maps: [(input: FeatureMap, output: FeatureMap)] = []
  private var scratch: PlanScratch?
  private var image = 0
  private var rows: RowPieces?
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameter operations: of both convolutions as they are defined, for all images.
  init(
    name: String, _ convolution: WideningConvolution, input: Place, output: Place, operations: Int
  ) {
    self.name = name
    self.convolution = convolution
    self.operations = operations
    inputs = [input]
    self.output = output
    let all = (
      input: AxisReach(units: 1, pixels: input.width) { _ in 0..<input.width },
      output: AxisReach(units: 1, pixels: output.width) { _ in 0..<output.width }
    )
    reach = StepReach(
      height: output.height, width: 1,
      output: .window(y: .blocks(of: 1, pixels: output.height), x: all.output),
      inputs: [
        .window(
          y: AxisReach(
            units: output.height, pixels: input.height, positions: convolution.rowsRead),
          x: all.input)
      ])
    body = { [unowned self] item, worker in self.compute(item, worker) }
  }

  var kernel: String { "direct and depthwise" }
  var scratchBytes: Int { convolution.scratchBytes }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
    maps = (0..<output.images).map { image in
      (memory.map(inputs[0], image: image), memory.map(output, image: image))
    }
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    rows = units
    for index in maps.indices {
      image = index
      pool.run(convolution.itemCount(rows: units.count), body)
    }
  }

  private func compute(_ item: Int, _ worker: Int) {
    guard let scratch, let rows else { return }
    convolution.run(
      item: item, rows: rows, input: maps[image].input, output: maps[image].output,
      scratch: scratch.memory(worker))
  }
}
