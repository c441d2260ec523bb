// activation(scale (x - centre) + offset) sigmoid(gate) + residual: what follows the statistics of a norm in
// gated and in residual layers, in one pass.

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
    let channels = factors.channels
    for first in stride(from: 0, to: channels, by: 16) {
      let count = min(16, channels - first)
      let epilogue = ChannelEpilogue(scale: factors.scale + first, bias: factors.offset + first)
      let centre = load16(factors.centre + first)
      switch (gate, residual) {
      case (let gate?, let residual?):
        each(y, columns, first, count, source, target) { value, x in
          let normal = function.apply(epilogue, value - centre)
          let open = logistic(loadFirst16(gate.pixel(y, x) + first, count))
          return multiplyAdd(normal, open, loadFirst16(residual.pixel(y, x) + first, count))
        }
      case (let gate?, nil):
        each(y, columns, first, count, source, target) { value, x in
          let normal = function.apply(epilogue, value - centre)
          return normal * logistic(loadFirst16(gate.pixel(y, x) + first, count))
        }
      case (nil, let residual?):
        each(y, columns, first, count, source, target) { value, x in
          let normal = function.apply(epilogue, value - centre)
          return normal + loadFirst16(residual.pixel(y, x) + first, count)
        }
      case (nil, nil):
        each(y, columns, first, count, source, target) { value, _ in
          function.apply(epilogue, value - centre)
        }
      }
    }
  }

  @inline(__always)
  private func each(
    _ y: Int, _ columns: Range<Int>, _ first: Int, _ count: Int, _ source: FeatureMap,
    _ target: FeatureMap, _ body: (_ value: SIMD16<Float>, _ x: Int) -> SIMD16<Float>
  ) {
    for x in columns {
      storeFirst16(
        body(loadFirst16(source.pixel(y, x) + first, count), x), target.pixel(y, x) + first, count)
    }
  }
}
