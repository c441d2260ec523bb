// The weights of a 3 x 3 convolution as whole numbers of 16 bits, in the order in which they are transformed.
//
// Winograd's transform of filters by F(4, 3) down and F(2, 3) across, less its factors, is of whole numbers:
// (1 0 0), (1 1 1), (1 -1 1), (1 2 4), (1 -2 4), (0 0 1). Rounded filters so have exact transforms, and what
// rounding changed is not enlarged by them. The factors are with the pixels (`ShortFilters.factor`).

import CSIMD
import Compute

/// Weights [pair of blocks][stretch of channels][pair of channels][tap][block of 16 outputs][16], with a scale for
/// every output and stretch.
final class ShortFilters: Sendable {
  let outputs: Int
  let channels: Int
  let values: AlignedBuffer<Int32>
  /// [block][stretch][16].
  private let inverses: AlignedBuffer<Float>
  private let scales: AlignedBuffer<Float>
  private let biases: AlignedBuffer<Float>

  /// Channels that have a scale and are transformed at once.
  static let stretch = 64
  /// Points of the transform: down, across.
  static let size = (down: 6, across: 4)
  static let points = size.down * size.across
  /// Words between the panels of two points; no power of two, or all points would fight for the same lines.
  static let pointStride = stretch / 2 * 32 + 16
  /// Words of a transformed stretch.
  static let transformedCount = points * pointStride
  static let tapWords = 9 * 16

  /// - Returns: nil for weights that rounding would take too much from.
  init?(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, scale: [Float], bias: [Float],
    pool: WorkerPool
  ) {
    self.outputs = outputs
    self.channels = channels
    let blocks = (outputs + 15) / 16
    values = AlignedBuffer(count: blocks * ShortRows.words(channels) * Self.tapWords)
    inverses = AlignedBuffer(
      count: blocks * ((channels + Self.stretch - 1) / Self.stretch) * 16)
    scales = AlignedBuffer(count: 16 * blocks, filledWith: 1)
    biases = AlignedBuffer(count: 16 * blocks, filledWith: 0)
    for output in 0..<outputs {
      scales[output] = scale[output]
      biases[output] = bias[output]
    }
    let errors = AlignedBuffer<RoundingError>(count: blocks)
    nonisolated(unsafe) let (source, found) = (weights, errors.pointer)
    pool.run(blocks) { block, _ in found[block] = self.pack(source, block) }
    var error = RoundingError()
    for block in 0..<blocks { error += errors[block] }
    guard error.isSmall else { return nil }
  }

  var blocks: Int { (outputs + 15) / 16 }
  var pairs: Int { (blocks + 1) / 2 }
  var stretches: Int { (channels + Self.stretch - 1) / Self.stretch }
  func width(_ stretch: Int) -> Int { min(Self.stretch, channels - stretch * Self.stretch) }
  /// Blocks of a pair, whose last may have one.
  func blocks(_ pair: Int) -> Int { min(2, blocks - 2 * pair) }

  var factors: OutputFactors {
    OutputFactors(scale: UnsafePointer(scales.pointer), bias: UnsafePointer(biases.pointer))
  }

  /// What sums of a block over a stretch are to be multiplied with.
  @inline(__always)
  func inverses(_ block: Int, _ stretch: Int) -> UnsafeMutablePointer<Float> {
    inverses.pointer + (block * stretches + stretch) * 16
  }

  /// What was left out of the transform at a point.
  static func factor(_ point: Int) -> Float {
    let down: Float =
      switch point / size.across {
      case 0: 1 / 4
      case 1, 2: -1 / 6
      case 3, 4: 1 / 24
      default: 1
      }
    return [1, 2].contains(point % size.across) ? down / 2 : down
  }

  /// The first word of a stretch of a pair of blocks.
  func first(_ pair: Int, _ stretch: Int) -> Int {
    let words = ShortRows.words(channels)
    return Self.tapWords * (2 * pair * words + blocks(pair) * stretch * Self.stretch / 2)
  }

  /// Asks for a part of the filters that follow those of a stretch.
  @inline(__always)
  func prefetchNext(_ pair: Int, _ stretch: Int, part: Int, of parts: Int) {
    let bytes = ShortRows.words(width(stretch)) * Self.tapWords * blocks(pair) * 4
    let next = Int(bitPattern: values.pointer + first(pair, stretch)) + bytes
    prefetch(next + part * bytes / parts, bytes / parts)
  }
}
