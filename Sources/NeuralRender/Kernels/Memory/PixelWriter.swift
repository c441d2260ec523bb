// Finishes single vectors of sums and writes them to pixels.

import CSIMD
import Compute

/// Scale, bias, activation and residual of sums that are still in registers.
struct PixelWriter {
  private let output: FeatureMap
  private let residual: FeatureMap?
  private let bytes: ByteOutput?
  private let activation: Activation
  /// Of this run, if it has its own.
  let factors: OutputFactors?
  /// The slope below zero and the gain, if the activation is none or leaky.
  private let gains: (below: Float, above: Float)?

  @inline(__always)
  init(_ output: FeatureMap, _ epilogue: Epilogue) {
    self.output = output
    residual = epilogue.residual
    bytes = epilogue.bytes
    factors = epilogue.factors
    activation = epilogue.activation
    switch epilogue.activation {
    case .none: gains = (1, 1)
    case .leakyReLU(let slope, let gain): gains = (gain * slope, gain)
    default: gains = nil
    }
  }

  /// Writes `count` channels from `first` on of pixel (y, x).
  @inline(__always)
  func write(
    _ sum: SIMD16<Float>, _ channel: ChannelEpilogue, _ y: Int, _ x: Int, _ first: Int,
    _ count: Int
  ) {
    var value: SIMD16<Float>
    if let gains {
      value = multiplyAdd(sum, channel.scale, channel.bias)
      value = (value * SIMD16<Float>(repeating: gains.above)).replacing(
        with: value * SIMD16<Float>(repeating: gains.below), where: value .< SIMD16<Float>.zero)
    } else {
      value = applyAny(activation, channel, sum)
    }
    if let residual { value += loadFirst16(residual.pixel(y, x) + first, count) }
    storeFirst16(value, output.pixel(y, x) + first, count)
    if let bytes {
      csimd_store_bytes(
        bytes.map.pixel(y, x) + first, value * load16(bytes.scaling.inverse + first),
        loadWords16(bytes.scaling.zero + first), Int32(count))
    }
  }
}

/// Kept out of line: the rarer activations are long.
@inline(never)
private func applyAny(
  _ activation: Activation, _ channel: ChannelEpilogue, _ sum: SIMD16<Float>
) -> SIMD16<Float> {
  channel.apply(activation, sum)
}
