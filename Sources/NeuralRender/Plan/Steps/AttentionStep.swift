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
  private var image = 0
  private var pack: WorkerPool.Body = { _, _ in }
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameter input: for each head its queries, keys and values, `width` channels each.
  init(name: String, heads: Int, input: Place, output: Place) {
    self.name = name
    inputs = [input]
    self.output = output
    attention = AttentionKernel(
      heads: heads, queries: input.pixels, keys: input.pixels, width: output.channels / heads)
    pack = { [unowned self] item, _ in pack(item) }
    body = { [unowned self] item, worker in compute(item, worker) }
  }

  var kernel: String { "attention" }
  /// Scores and sums of values.
  var operations: Int {
    MemoryBudget.product(4, output.images, output.channels, output.pixels, output.pixels)
  }
  var scratchBytes: Int { attention.scratchBytes }
  var sharedFloats: Int { attention.panelFloats }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
    maps = (0..<output.images).map {
      (memory.map(inputs[0], image: $0), memory.map(output, image: $0))
    }
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    for index in maps.indices {
      image = index
      pool.run(attention.packItemCount, pack)
      pool.run(attention.itemCount, body)
    }
  }

  /// Queries, keys or values of the image.
  private func part(_ index: Int) -> HeadRows {
    let input = maps[image].input
    return HeadRows(
      input.base + index * attention.width, positionStride: input.pixelStride,
      headStride: 3 * attention.width)
  }

  private func pack(_ item: Int) {
    guard let scratch else { return }
    attention.pack(item: item, keys: part(1), values: part(2), into: scratch.shared)
  }

  private func compute(_ item: Int, _ worker: Int) {
    guard let scratch else { return }
    let output = maps[image].output
    attention.run(
      item: item, queries: part(0), panels: UnsafePointer(scratch.shared), to: output.base,
      positionStride: output.pixelStride, headStride: attention.width,
      scratch: scratch.memory(worker))
  }
}
