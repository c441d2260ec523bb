// The packed weights of a convolution, floats or bytes, as its loops see them.

import CSIMD
import Compute

/// A block of outputs. A step is four bytes of a pixel, one float or four bytes, and `width` times four
/// bytes of weights.
struct WeightPanel {
  /// [tap][step][width].
  var values: UnsafeRawPointer
  /// What is subtracted from sums of bytes; nil for floats.
  var offsets: UnsafePointer<Int32>?
  var scale: UnsafePointer<Float>
  var bias: UnsafePointer<Float>
  /// Outputs that exist.
  var columns: Int
  /// 32 or 16.
  var width: Int

  /// Whether `multiplyRunTile` takes it.
  @inline(__always)
  var takesRuns: Bool { offsets != nil && width == 32 && csimd_vector_bytes() == 64 }

  /// The panel of a block with a run's own factors, if it has any.
  @inline(__always)
  func with(_ factors: OutputFactors?, block: Int) -> WeightPanel {
    guard let factors else { return self }
    var result = self
    result.scale = factors.scale + 32 * block
    result.bias = factors.bias + 32 * block
    return result
  }

  /// The weights and offsets of a tap alone, of `steps` steps.
  @inline(__always)
  func tap(_ tap: Int, steps: Int) -> WeightPanel {
    var result = self
    result.values += tap * steps * width * 4
    result.offsets = offsets.map { $0 + 32 * tap }
    return result
  }
}

/// Weights of either kind.
enum ConvolutionWeights: Sendable {
  case floats(PackedWeights)
  case bytes(QuantizedWeights)

  var blocks: Int {
    switch self {
    case .floats(let weights): weights.blocks
    case .bytes(let weights): weights.blocks
    }
  }

  func panel(_ block: Int) -> WeightPanel {
    switch self {
    case .floats(let weights):
      WeightPanel(
        values: UnsafeRawPointer(weights.block(block)), offsets: nil, scale: weights.scale(block),
        bias: weights.bias(block), columns: weights.columns(block), width: weights.width(block))
    case .bytes(let weights): weights.panel(block)
    }
  }
}

/// Sums of up to twelve pixels and a panel's outputs, as floats.
@inline(__always)
func multiplyTile(
  _ panel: WeightPanel, table: UnsafePointer<Int>, steps: UnsafePointer<Int>, segments: Int,
  pixels: Int, target: UnsafeMutablePointer<Float>, stride: Int
) {
  let operands = TileOperands(
    table: table, channels: steps, segments: segments,
    weights: panel.values.assumingMemoryBound(to: Float.self))
  if let offsets = panel.offsets {
    multiplyQuantizedTile(
      operands, offsets: offsets, pixels: pixels, width: panel.width, target: target,
      stride: stride)
  } else {
    multiplyTile(operands, pixels: pixels, width: panel.width, target: target, stride: stride)
  }
}
