// Activations as types, one for each loop.

/// An activation as a type, so that loops hold the code of one only: beside calls the optimiser keeps
/// their sums in memory.
protocol EpilogueFunction {
  func apply(_ value: SIMD16<Float>) -> SIMD16<Float>
}

extension EpilogueFunction {
  /// Of a sum, with the scale and the bias of its channels.
  @inline(__always)
  func apply(_ epilogue: ChannelEpilogue, _ sum: SIMD16<Float>) -> SIMD16<Float> {
    apply(epilogue.apply(.none, sum))
  }
}

struct NoActivation: EpilogueFunction {
  @inline(__always)
  func apply(_ value: SIMD16<Float>) -> SIMD16<Float> { value }
}

struct LeakyActivation: EpilogueFunction {
  let slope: Float
  let gain: Float

  @inline(__always)
  func apply(_ value: SIMD16<Float>) -> SIMD16<Float> {
    Activation.leakyReLU(slope: slope, gain: gain).apply(value)
  }
}

struct ClampActivation: EpilogueFunction {
  let low: Float
  let high: Float

  @inline(__always)
  func apply(_ value: SIMD16<Float>) -> SIMD16<Float> { Activation.clamp(low, high).apply(value) }
}

/// Any activation, as a call.
struct AnyActivation: EpilogueFunction {
  let activation: Activation

  @inline(never)
  func apply(_ value: SIMD16<Float>) -> SIMD16<Float> { activation.apply(value) }
}
