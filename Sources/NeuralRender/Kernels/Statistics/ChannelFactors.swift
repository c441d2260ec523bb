// activation(scale (x - centre) + offset) by channel, with factors that are known only when the image is:
// what follows the statistics of a norm.

import Compute

/// A centre, a scale and an offset a channel, in memory of the caller.
///
/// The mean is subtracted first: a difference of close numbers is exact, while in scale x + offset numbers
/// of the size of mean / deviation would cancel.
struct ChannelFactors: @unchecked Sendable {
  // Sendable: a view without ownership; kernels that apply it only read.
  let channels: Int
  /// By channel, repeated behind the last one up to `RepeatedTable.floats(channels)`.
  let scale: UnsafeMutablePointer<Float>
  /// The same of offsets and centres.
  let offset: UnsafeMutablePointer<Float>
  let centre: UnsafeMutablePointer<Float>

  /// - Parameter memory: `floats(channels:)` floats.
  init(_ memory: UnsafeMutablePointer<Float>, channels: Int) {
    self.channels = channels
    scale = memory
    offset = memory + RepeatedTable.floats(channels)
    centre = memory + 2 * RepeatedTable.floats(channels)
  }

  /// Floats of the memory, a multiple of sixteen.
  static func floats(channels: Int) -> Int { 3 * RepeatedTable.floats(channels) }

  /// Has to be called when all channels' factors are set, before they are applied.
  func finish() {
    RepeatedTable.repeatFirst(scale, channels)
    RepeatedTable.repeatFirst(offset, channels)
    RepeatedTable.repeatFirst(centre, channels)
  }
}

/// Rows of activation(scale (x - centre) + offset).
struct ChannelFactorRows: Sendable {
  let activation: Activation

  init(activation: Activation = .none) { self.activation = activation }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  /// Pixels `columns` of row `y`. Source and target have the factors' channels and may be the same.
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap,
    factors: ChannelFactors
  ) {
    switch activation {
    case .none: apply(.none, y, columns, source, target, factors)
    case .leakyReLU(let slope, let gain):
      apply(.leakyReLU(slope: slope, gain: gain), y, columns, source, target, factors)
    case .tanh: apply(.tanh, y, columns, source, target, factors)
    case .sigmoid: apply(.sigmoid, y, columns, source, target, factors)
    case .silu: apply(.silu, y, columns, source, target, factors)
    case .clamp(let low, let high):
      apply(.clamp(low, high), y, columns, source, target, factors)
    }
  }

  @inline(__always)
  private func apply(
    _ activation: Activation, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap,
    _ target: FeatureMap, _ factors: ChannelFactors
  ) {
    VectorRuns.forEach(y, columns, source, target) { from, to, count in
      VectorRuns.map(count, period: factors.channels, from, to) { value, place in
        ChannelEpilogue(scale: factors.scale + place, bias: factors.offset + place)
          .apply(activation, value - load16(factors.centre + place))
      }
    }
  }
}
