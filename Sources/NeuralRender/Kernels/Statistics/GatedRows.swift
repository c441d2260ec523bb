// activation(scale (x - centre) + offset) sigmoid(gate) + residual: what follows the statistics of a norm in
// gated and in residual layers, in one pass.

import CSIMD
import Compute

/// Rows of a norm's result with a gate, a residual or both.
struct GatedRows: Sendable {
  let activation: Activation

  /// Pixels `columns` of row `y`. All images have the factors' channels; the target may be one of them.
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, gate: FeatureMap?,
    residual: FeatureMap?, to target: FeatureMap, factors: ChannelFactors
  ) {
    switch activation {
    case .none: apply(NoActivation(), y, columns, source, gate, residual, target, factors)
    case .leakyReLU(let slope, let gain):
      apply(
        LeakyActivation(slope: slope, gain: gain), y, columns, source, gate, residual, target,
        factors)
    default:
      apply(
        AnyActivation(activation: activation), y, columns, source, gate, residual, target, factors)
    }
  }

  @inline(__always)
  private func apply(
    _ function: some EpilogueFunction, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap,
    _ gate: FeatureMap?, _ residual: FeatureMap?, _ target: FeatureMap, _ factors: ChannelFactors
  ) {
    switch (gate, residual) {
    case (let gate?, let residual?):
      each(y, columns, source, target, factors, function) { normal, x, channel, count in
        let open = logistic(load(gate, y, x, channel, count))
        return multiplyAdd(normal, open, load(residual, y, x, channel, count))
      }
    case (let gate?, nil):
      each(y, columns, source, target, factors, function) { normal, x, channel, count in
        normal * logistic(load(gate, y, x, channel, count))
      }
    case (nil, let residual?):
      each(y, columns, source, target, factors, function) { normal, x, channel, count in
        normal + load(residual, y, x, channel, count)
      }
    case (nil, nil):
      each(y, columns, source, target, factors, function) { normal, _, _, _ in normal }
    }
  }

  /// Calls `body` with normal values, sixteen channels at a time, pixel by pixel: images are read and written
  /// from front to back.
  @inline(__always)
  private func each(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap,
    _ factors: ChannelFactors, _ function: some EpilogueFunction,
    _ body: (_ normal: SIMD16<Float>, _ x: Int, _ channel: Int, _ count: Int) -> SIMD16<Float>
  ) {
    for x in columns {
      let to = target.pixel(y, x)
      var channel = 0
      while channel < factors.channels {
        let count = min(16, factors.channels &- channel)
        let epilogue = ChannelEpilogue(
          scale: factors.scale + channel, bias: factors.offset + channel)
        let distance = load(source, y, x, channel, count) - load16(factors.centre + channel)
        storeFirst16(
          body(function.apply(epilogue, distance), x, channel, count), to + channel, count)
        channel &+= 16
      }
    }
  }

  /// Channels of a pixel; those a page ahead are asked for.
  @inline(__always)
  private func load(
    _ image: FeatureMap, _ y: Int, _ x: Int, _ channel: Int, _ count: Int
  ) -> SIMD16<Float> {
    let place = image.pixel(y, x) + channel
    csimd_prefetch(UnsafeRawPointer(place) + prefetchDistance)
    return loadFirst16(place, count)
  }
}
