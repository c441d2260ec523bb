// Weights in the order in which the micro-kernel reads them.

import Compute

/// Weights [block of 32 outputs][segment][input channel][32], with a scale and a bias an output.
///
/// A last block of at most sixteen outputs is sixteen wide. Outputs that do not exist have zero
/// weights. Packed once per plan; kernels only read it.
public final class PackedWeights: Sendable {
  /// Outputs, not padded.
  public let outputs: Int
  /// Input channels over all segments.
  public let depth: Int
  let values: AlignedBuffer<Float>
  private let scales: AlignedBuffer<Float>
  private let biases: AlignedBuffer<Float>

  /// Weights of outputs that exist are undefined: all are to be written.
  ///
  /// - Parameters:
  ///   - scale: one an output, multiplied to the sums (a folded norm); nil for 1.
  ///   - bias: one an output, added after the scale; nil for 0.
  init(outputs: Int, depth: Int, scale: [Float]?, bias: [Float]?) {
    precondition(outputs > 0 && depth > 0)
    precondition(scale.map { $0.count == outputs } ?? true)
    precondition(bias.map { $0.count == outputs } ?? true)
    self.outputs = outputs
    self.depth = depth
    let padded = (outputs + 31) & ~31
    values = AlignedBuffer(count: padded * depth)
    scales = AlignedBuffer(count: padded, filledWith: 1)
    biases = AlignedBuffer(count: padded, filledWith: 0)
    for output in 0..<outputs {
      if let scale { scales[output] = scale[output] }
      if let bias { biases[output] = bias[output] }
    }
    clearPadding()
  }

  /// Weights of outputs that do not exist.
  private func clearPadding() {
    let last = blocks - 1
    let (columns, width) = (columns(last), width(last))
    guard columns < width else { return }
    let start = values.pointer + 32 * last * depth
    for index in 0..<depth {
      for output in columns..<width { start[index * width + output] = 0 }
    }
  }

  /// Packs weights (outputs, channels, taps), PyTorch's order, with a segment a tap.
  convenience init(
    convolution source: UnsafePointer<Float>, outputs: Int, channels: Int, taps: Int,
    scale: [Float]?, bias: [Float]?
  ) {
    self.init(outputs: outputs, depth: taps * channels, scale: scale, bias: bias)
    for output in 0..<outputs {
      let start = place(output: output, depth: 0)
      let step = width(output / 32)
      for channel in 0..<channels {
        let kernel = source + (output * channels + channel) * taps
        for tap in 0..<taps { start[(tap * channels + channel) * step] = kernel[tap] }
      }
    }
  }

  /// Blocks of outputs.
  var blocks: Int { (outputs + 31) / 32 }

  /// Outputs of a block that exist.
  func columns(_ block: Int) -> Int { min(32, outputs - 32 * block) }

  /// Floats between input channels of a block: 32 or 16.
  func width(_ block: Int) -> Int { columns(block) > 16 ? 32 : 16 }

  func block(_ block: Int) -> UnsafePointer<Float> {
    UnsafePointer(values.pointer + 32 * block * depth)
  }

  func scale(_ block: Int) -> UnsafePointer<Float> { UnsafePointer(scales.pointer + 32 * block) }

  func bias(_ block: Int) -> UnsafePointer<Float> { UnsafePointer(biases.pointer + 32 * block) }

  var factors: OutputFactors {
    OutputFactors(scale: UnsafePointer(scales.pointer), bias: UnsafePointer(biases.pointer))
  }

  /// Where the weight of an output and a depth (segments one after the other) lies.
  func place(output: Int, depth index: Int) -> UnsafeMutablePointer<Float> {
    let block = output / 32
    return values.pointer + (32 * block * depth + index * width(block) + output % 32)
  }
}
