import Compute

/// Attention of an image's positions to each other.
final class AttentionStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint positions.

  let name: String
  let inputs: [Place]
  let output: Place
  private let attention: AttentionKernel
  private var maps: [(input: FeatureMap, output: FeatureMap)] = []
  private var scratch: PlanScratch?
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameter input: for each head its queries, keys and values, `width` channels each.
  init(name: String, heads: Int, input: Place, output: Place) {
    self.name = name
    inputs = [input]
    self.output = output
    attention = AttentionKernel(
      heads: heads, queries: input.pixels, keys: input.pixels, width: output.channels / heads)
    body = { [unowned self] item, worker in compute(item, worker) }
  }

  var kernel: String { "attention" }
  /// Scores and sums of values.
  var operations: Int {
    MemoryBudget.product(4, output.images, output.channels, output.pixels, output.pixels)
  }
  var scratchBytes: Int { attention.scratchBytes }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
    maps = (0..<output.images).map {
      (memory.map(inputs[0], image: $0), memory.map(output, image: $0))
    }
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    pool.run(maps.count * attention.itemCount, body)
  }

  private func compute(_ item: Int, _ worker: Int) {
    guard let scratch else { return }
    let (input, output) = maps[item / attention.itemCount]
    let width = attention.width
    func part(_ index: Int) -> HeadRows {
      HeadRows(
        input.base + index * width, positionStride: input.pixelStride, headStride: 3 * width)
    }
    attention.run(
      item: item % attention.itemCount, queries: part(0), keys: part(1), values: part(2),
      to: output.base, positionStride: output.pixelStride, headStride: width,
      scratch: scratch.memory(worker))
  }
}
