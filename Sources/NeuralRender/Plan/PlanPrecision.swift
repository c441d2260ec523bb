// What a plan computes in float32 and what in fewer bits. What is in bytes is data, so that it can be stored
// beside an avatar.

import Compute

/// The arithmetic of a plan.
public enum PlanPrecision: Sendable {
  /// float32 throughout.
  case exact
  /// Weights of 16 bits wherever rounding takes little from them, and products of 16-bit numbers where that
  /// is faster: nothing has to be known of the values, and half of the memory is needed.
  case sixteenBits
  /// The layers of a plan in bytes, the others in float32.
  case fast(QuantizationPlan)
}

/// Which convolutions are computed in bytes, and how their inputs become bytes.
public struct QuantizationPlan: Sendable, Hashable, Codable {
  /// By the name of the convolution, as `PlanProfile` has it.
  public var layers: [String: LayerQuantization]

  public init(layers: [String: LayerQuantization]) { self.layers = layers }
}

/// How a convolution's inputs become bytes.
public struct LayerQuantization: Sendable, Hashable, Codable {
  /// One, or two whose channels follow each other.
  public var inputs: [ChannelQuantization]

  public init(inputs: [ChannelQuantization]) { self.inputs = inputs }
}
