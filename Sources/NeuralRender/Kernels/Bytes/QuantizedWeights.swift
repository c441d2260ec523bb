// Weights of bytes in the order in which the byte tile reads them.

import Compute

/// Signed bytes [block of 32 outputs][tap][group of 4 channels][32][4], with an offset, a scale and a
/// bias an output.
///
/// For inputs x = s (q - z), by channel, and bytes W with w s = t W, by output, the convolution is
/// t (sum of W q - sum of W z): t is the scale here, the sum of W z the offset. A last block of at
/// most sixteen outputs is sixteen wide. Outputs and channels that do not exist have zero weights.
public final class QuantizedWeights: Sendable {
  /// Outputs, not padded.
  public let outputs: Int
  /// Groups of four channels of each part of the input.
  let groups: (Int, Int)
  let taps: Int
  /// Groups over all taps and parts.
  let depth: Int
  /// Words of four channels, as products read them.
  private let values: AlignedBuffer<Int32>
  /// By output, or [block][tap][32].
  private let offsets: AlignedBuffer<Int32>
  private let isTapwise: Bool
  private let scales: AlignedBuffer<Float>
  private let biases: AlignedBuffer<Float>
  /// The bytes that stand for 0 in each part, one part after the other.
  private let borders: AlignedBuffer<UInt8>

  /// - Parameters:
  ///   - weights: (outputs, channels of all inputs, taps), PyTorch's order.
  ///   - inputs: one, or two whose channels follow each other.
  ///   - isTapwise: sums are made of each tap alone.
  ///   - scale: one an output, multiplied to the sums (a folded norm); nil for 1.
  ///   - bias: one an output, added after the scale; nil for 0.
  ///   - pool: shares out the blocks of outputs.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, inputs: [ChannelQuantization], taps: Int,
    isTapwise: Bool, scale: [Float]?, bias: [Float]?, pool: WorkerPool? = nil
  ) {
    precondition(inputs.count == 1 || inputs.count == 2)
    self.outputs = outputs
    self.taps = taps
    self.isTapwise = isTapwise
    groups = (inputs[0].groups, inputs.count == 2 ? inputs[1].groups : 0)
    depth = taps * (groups.0 + groups.1)
    let padded = (outputs + 31) & ~31
    values = AlignedBuffer(count: padded * depth, filledWith: 0)
    offsets = AlignedBuffer(count: padded * (isTapwise ? taps : 1), filledWith: 0)
    scales = AlignedBuffer(count: padded, filledWith: 1)
    biases = AlignedBuffer(count: padded, filledWith: 0)
    borders = AlignedBuffer(count: 4 * (groups.0 + groups.1), filledWith: 0)
    for (part, input) in inputs.enumerated() {
      for (channel, zero) in input.zero.enumerated() {
        borders[part * 4 * groups.0 + channel] = zero
      }
    }

    let source = QuantizedWeightSource(weights: weights, inputs: inputs, taps: taps)
    if let pool {
      pool.run(blocks) { block, _ in self.pack(block, source, scale, bias) }
    } else {
      for block in 0..<blocks { pack(block, source, scale, bias) }
    }
  }

  /// Packs a block of outputs.
  private func pack(
    _ block: Int, _ source: QuantizedWeightSource, _ scale: [Float]?, _ bias: [Float]?
  ) {
    let width = self.width(block)
    let tapBytes = (groups.0 + groups.1) * width * 4
    for output in 32 * block..<min(32 * block + 32, outputs) {
      let step = source.step(output)
      let inverse = 1 / step
      let kernel = source.kernel(output)
      let start = UnsafeMutableRawPointer(values.pointer + (32 * block * depth + output % 32))
      let offset =
        offsets.pointer + (isTapwise ? block * taps * 32 + output % 32 : output)
      for channel in source.factors.indices {
        let factor = source.factors[channel] * inverse
        let zero = source.zeros[channel]
        let target = start + source.places[channel] * width * 4 + source.bytes[channel]
        for tap in 0..<taps {
          let weight = Int8(symmetric: kernel[channel * taps + tap] * factor)
          target.storeBytes(of: weight, toByteOffset: tap * tapBytes, as: Int8.self)
          offset[isTapwise ? tap * 32 : 0] += Int32(weight) * zero
        }
      }
      scales[output] = step * (scale?[output] ?? 1)
      biases[output] = bias?[output] ?? 0
    }
  }

  var blocks: Int { (outputs + 31) / 32 }

  /// Outputs of a block, rounded up to 16 or 32.
  private func width(_ block: Int) -> Int { outputs - 32 * block > 16 ? 32 : 16 }

  func panel(_ block: Int) -> WeightPanel {
    WeightPanel(
      values: UnsafeRawPointer(values.pointer + 32 * block * depth),
      offsets: UnsafePointer(offsets.pointer + 32 * block * (isTapwise ? taps : 1)),
      scale: UnsafePointer(scales.pointer + 32 * block),
      bias: UnsafePointer(biases.pointer + 32 * block),
      columns: min(32, outputs - 32 * block), width: width(block))
  }

  /// What lies beyond a border of zeros.
  func border(_ part: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(borders.pointer + part * 4 * groups.0)
  }
}

/// Weights (outputs, channels, taps) and what the bytes of their inputs mean.
struct QuantizedWeightSource: @unchecked Sendable {
  // Sendable: read-only while weights are packed.
  let weights: UnsafePointer<Float>
  let taps: Int
  /// Scale and zero of each channel.
  let factors: [Float]
  let zeros: [Int32]
  /// Group and byte of each channel in a tap.
  let places: [Int]
  let bytes: [Int]

  init(weights: UnsafePointer<Float>, inputs: [ChannelQuantization], taps: Int) {
    self.weights = weights
    self.taps = taps
    factors = inputs.flatMap(\.scale)
    zeros = inputs.flatMap { $0.zero.map(Int32.init) }
    let second = inputs[0].groups
    places = inputs.enumerated().flatMap { part, input in
      (0..<input.channels).map { part * second + $0 / 4 }
    }
    bytes = inputs.flatMap { input in (0..<input.channels).map { $0 % 4 } }
  }

  func kernel(_ output: Int) -> UnsafePointer<Float> {
    weights + output * factors.count * taps
  }

  /// The step of an output's weights, times the scales of their inputs: the largest is 127 steps.
  func step(_ output: Int) -> Float {
    let kernel = kernel(output)
    var largest: Float = 0
    for channel in factors.indices {
      for tap in 0..<taps {
        largest = max(largest, abs(kernel[channel * taps + tap]) * factors[channel])
      }
    }
    return largest > 0 ? largest / 127 : 1
  }
}
