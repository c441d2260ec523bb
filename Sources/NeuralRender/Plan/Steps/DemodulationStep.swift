import CSIMD
import Compute

/// What a modulated convolution's outputs are divided by, as a factor: 1 / sqrt(sum over channels and taps of
/// (scale w s)^2 + 1e-8), for each image and output (StyleGAN2).
final class DemodulationStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint floats.

  let name: String
  let inputs: [Place]
  let output: Place
  let operations: Int
  /// (outputs, channels): sums of squares over the taps.
  private let squares: AlignedBuffer<Float>
  private var maps: [(style: FeatureMap, output: FeatureMap)] = []
  private var body: WorkerPool.Body = { _, _ in }
  private static let outputsPerItem = 32

  /// - Parameter weights: (Cout, Cin, k, k).
  init(name: String, _ weights: Tensor, scale: Float, style: Place, output: Place) {
    self.name = name
    inputs = [style]
    self.output = output
    let taps = weights.shape[2] * weights.shape[3]
    let squares = AlignedBuffer<Float>(count: weights.count / taps)
    weights.withUnsafeBuffer { values in
      for index in 0..<squares.count {
        var sum = 0.0
        for tap in 0..<taps {
          let weight = Double(scale) * Double(values[index * taps + tap])
          sum += weight * weight
        }
        squares[index] = Float(sum)
      }
    }
    operations = MemoryBudget.product(2, output.images, squares.count)
    self.squares = squares
    body = { [unowned self] item, _ in compute(item) }
  }

  var kernel: String { "demodulation" }
  var scratchBytes: Int { 0 }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    maps = (0..<output.images).map {
      (memory.map(inputs[0], image: $0), memory.map(output, image: $0))
    }
  }

  private var itemsPerImage: Int {
    (output.channels + Self.outputsPerItem - 1) / Self.outputsPerItem
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    pool.run(output.images * itemsPerImage, body)
  }

  private func compute(_ item: Int) {
    let map = maps[item / itemsPerImage]
    let (style, channels) = (map.style.base, map.style.channels)
    let first = item % itemsPerImage * Self.outputsPerItem
    for output in first..<min(first + Self.outputsPerItem, output.channels) {
      let row = UnsafePointer(squares.pointer + output * channels)
      var sums = SIMD16<Float>.zero
      for channel in stride(from: 0, to: channels, by: 16) {
        let count = min(16, channels - channel)
        let s = loadFirst16(style + channel, count)
        sums = multiplyAdd(loadFirst16(row + channel, count), s * s, sums)
      }
      map.output.base[output] = 1 / (sums.sum() + 1e-8).squareRoot()
    }
  }
}
