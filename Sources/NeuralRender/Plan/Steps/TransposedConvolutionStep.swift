import Compute

/// A transposed convolution of stride s as s x s convolutions: outputs that are s apart are met by the same
/// taps, and lie in one image whose pixels are s apart.
final class TransposedConvolutionStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint pixels.

  /// The outputs of a phase: pixels (y + i s, x + j s), some channels.
  struct Phase {
    let convolution: DirectConvolution
    let y: Int
    let x: Int
    /// First input and output channel.
    let channels: (input: Int, output: Int)
    let counts: (input: Int, output: Int)
    let pieces: RowPieceList
  }

  let name: String
  let inputs: [Place]
  let output: Place
  let operations: Int
  private let stride: Int
  private let phases: [Phase]
  private let factors: RunFactors?
  private let activation: Activation
  private var maps: [[(input: FeatureMap, output: FeatureMap)]] = []
  private var scratch: PlanScratch?
  private var (image, phase) = (0, 0)
  private var epilogue = Epilogue()
  private var body: WorkerPool.Body = { _, _ in }

  init(
    name: String, stride: Int, _ phases: [Phase], input: Place, output: Place,
    factors: RunFactors?, activation: Activation, operations: Int
  ) {
    self.name = name
    self.stride = stride
    self.phases = phases
    self.factors = factors
    self.activation = activation
    self.operations = operations
    inputs = [input] + (factors?.inputs ?? [])
    self.output = output
    body = { [unowned self] item, worker in compute(item, worker) }
  }

  var kernel: String { "direct in phases" }
  var scratchBytes: Int { phases.map(\.convolution.scratchBytes).max() ?? 0 }
  var temporaries: [Place] { factors.map { [$0.room] } ?? [] }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
    factors?.bind(memory)
    maps = (0..<output.images).map { image in
      let (input, target) = (memory.map(inputs[0], image: image), memory.map(output, image: image))
      return phases.map { phase in
        let pixels = FeatureMap(
          target.pixel(phase.y, phase.x) + phase.channels.output,
          height: (target.height - phase.y + stride - 1) / stride,
          width: (target.width - phase.x + stride - 1) / stride, channels: phase.counts.output,
          pixelStride: target.pixelStride * stride, rowStride: target.rowStride * stride)
        return (input.slice(from: phase.channels.input, count: phase.counts.input), pixels)
      }
    }
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    for index in maps.indices {
      image = index
      epilogue = Epilogue(activation: activation, factors: factors?.prepare(index))
      for next in phases.indices {
        phase = next
        pool.run(phases[next].convolution.itemCount(phases[next].pieces.pieces), body)
      }
    }
  }

  private func compute(_ item: Int, _ worker: Int) {
    guard let scratch else { return }
    let map = maps[image][phase]
    phases[phase].convolution.run(
      item: item, pieces: phases[phase].pieces.pieces, inputs: (map.input, nil),
      output: map.output, epilogue: epilogue, scratch: scratch.memory(worker))
  }
}
