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
  private let values: AlignedBuffer<Int8>
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
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, inputs: [ChannelQuantization], taps: Int,
    isTapwise: Bool, scale: [Float]?, bias: [Float]?
  ) {
    precondition(inputs.count == 1 || inputs.count == 2)
    self.outputs = outputs
    self.taps = taps
    self.isTapwise = isTapwise
    groups = (inputs[0].groups, inputs.count == 2 ? inputs[1].groups : 0)
    depth = taps * (groups.0 + groups.1)
    let padded = (outputs + 31) & ~31
    values = AlignedBuffer(count: padded * depth * 4, filledWith: 0)
    offsets = AlignedBuffer(count: padded * (isTapwise ? taps : 1), filledWith: 0)
    scales = AlignedBuffer(count: padded, filledWith: 1)
    biases = AlignedBuffer(count: padded, filledWith: 0)
    borders = AlignedBuffer(count: 4 * (groups.0 + groups.1), filledWith: 0)
    for (part, input) in inputs.enumerated() {
      for (channel, zero) in input.zero.enumerated() {
        borders[part * 4 * groups.0 + channel] = zero
      }
    }

    let factors = inputs.flatMap(\.scale)
    let zeros = inputs.flatMap(\.zero)
    // Where a channel lies in a tap's bytes of an output.
    let places = inputs.enumerated().flatMap { part, input in
      (0..<input.channels).map { channel in
        (part * groups.0 + channel / 4, channel % 4)
      }
    }
    for output in 0..<outputs {
      let kernel = weights + output * factors.count * taps
      var largest: Float = 0
      for (channel, factor) in factors.enumerated() {
        for tap in 0..<taps { largest = max(largest, abs(kernel[channel * taps + tap]) * factor) }
      }
      let step = largest > 0 ? largest / 127 : 1
      let block = output / 32
      let width = self.width(block)
      let start = values.pointer + (32 * block * depth * 4 + output % 32 * 4)
      for (channel, factor) in factors.enumerated() {
        let (group, byte) = places[channel]
        let zero = Int32(zeros[channel])
        for tap in 0..<taps {
          let weight = Int8((kernel[channel * taps + tap] * factor / step).rounded())
          start[(tap * (groups.0 + groups.1) + group) * width * 4 + byte] = weight
          let place = isTapwise ? (block * taps + tap) * 32 + output % 32 : output
          offsets[place] += Int32(weight) * zero
        }
      }
      scales[output] = step * (scale?[output] ?? 1)
      biases[output] = bias?[output] ?? 0
    }
  }

  /// Bytes held.
  public var byteCount: Int { values.count + (offsets.count + scales.count + biases.count) * 4 }

  var blocks: Int { (outputs + 31) / 32 }

  /// Outputs of a block, rounded up to 16 or 32.
  private func width(_ block: Int) -> Int { outputs - 32 * block > 16 ? 32 : 16 }

  func panel(_ block: Int) -> WeightPanel {
    WeightPanel(
      values: UnsafeRawPointer(values.pointer + 32 * block * depth * 4),
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
