import Compute

/// Sums, means or variances of each channel over an image's pixels.
final class ReductionStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint memory.

  let name: String
  let inputs: [Place]
  let output: Place
  private let reduction: ReductionKernel
  private var maps: [(input: FeatureMap, output: FeatureMap)] = []
  private var image = 0
  private var shared: UnsafeMutableRawPointer?
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameter output: as many images as the input, one pixel each, with its channels.
  init(name: String, _ function: Reduction.Function, input: Place, output: Place) {
    self.name = name
    reduction = ReductionKernel(function, channels: input.channels)
    inputs = [input]
    self.output = output
    body = { [unowned self] item, _ in
      guard let shared else { return }
      reduction.accumulate(item: item, from: maps[image].input, shared: shared)
    }
  }

  var kernel: String { "sums" }
  var operations: Int { 0 }
  var scratchBytes: Int { 0 }
  var reach: StepReach { .whole(inputs) }
  var sharedFloats: Int {
    (reduction.sharedBytes(height: inputs[0].height, width: inputs[0].width) + 3) / 4
  }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    maps = (0..<output.images).map {
      (memory.map(inputs[0], image: $0), memory.map(output, image: $0))
    }
    shared = UnsafeMutableRawPointer(scratch.shared)
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    guard let shared else { return }
    let (height, width) = (inputs[0].height, inputs[0].width)
    for index in maps.indices {
      image = index
      pool.run(reduction.itemCount(height: height, width: width), body)
      reduction.finish(
        height: height, width: width, shared: shared, byChannelTo: maps[index].output.base)
    }
  }
}
