import CSIMD
import Compute

/// activation(scale x + bias + P) by channel, P an image of one channel: a norm, a noise, an activation that
/// no convolution precedes.
final class ChannelAffineStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let factors: RunFactors?
  private let hasPixels: Bool
  private var prepared: [OutputFactors] = []
  private let scale: AlignedBuffer<Float>
  private let bias: AlignedBuffer<Float>
  private let activation: Activation

  /// - Parameters:
  ///   - chain: scale, bias and activation.
  ///   - factors: scale and bias where a part of them is computed in every run.
  ///   - pixels: P, as many images as the output or one.
  init(
    name: String, input: Place, output: Place, chain: ChannelChain, factors: RunFactors? = nil,
    pixels: Place? = nil
  ) {
    self.factors = factors
    hasPixels = pixels != nil
    let count = chain.scale.count
    scale = AlignedBuffer(count: (count + 15) & ~15, filledWith: 0)
    bias = AlignedBuffer(count: (count + 15) & ~15, filledWith: 0)
    for index in 0..<count {
      scale[index] = chain.scale[index]
      bias[index] = chain.bias[index]
    }
    activation = chain.activation
    super.init(
      name: name, inputs: [input] + [pixels].compactMap { $0 } + (factors?.inputs ?? []),
      output: output)
  }

  override var temporaries: [Place] { factors.map { [$0.room] } ?? [] }

  override var reach: StepReach {
    .pixelwise(output, inputs: Array(inputs.prefix(hasPixels ? 2 : 1))).reading(factors)
  }

  override func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    super.bind(memory, scratch: scratch)
    factors?.bind(memory)
    let packed = OutputFactors(
      scale: UnsafePointer(scale.pointer), bias: UnsafePointer(bias.pointer))
    prepared = targets.map { _ in packed }
  }

  override func run(_ units: RowPieces, on pool: WorkerPool) {
    if let factors {
      for image in prepared.indices { prepared[image] = factors.prepare(image) }
    }
    super.run(units, on: pool)
  }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let (source, target) = (sources[image][0], targets[image])
    let pixels = hasPixels ? sources[image][1] : nil
    let factors = prepared[image]
    for first in stride(from: 0, to: output.channels, by: 16) {
      let count = min(16, output.channels - first)
      let channel = ChannelEpilogue(factors, from: first)
      for x in columns {
        let value = loadFirst16(source.pixel(y, x) + first, count)
        var own = channel
        if let pixels { own.bias += SIMD16(repeating: pixels.pixel(y, x)[0]) }
        storeFirst16(own.apply(activation, value), target.pixel(y, x) + first, count)
      }
    }
  }
}
