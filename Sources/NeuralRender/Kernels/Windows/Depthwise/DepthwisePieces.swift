// What a depthwise convolution's tiles take from the kernel and the maps.

import Compute

/// Some channels of a depthwise convolution: one vector of a pixel.
struct DepthwisePiece<Lanes: FloatLanes> {
  let first: Int
  /// Channels at the front that the vector before has written.
  let shared: Int
  /// [tap][16].
  let weights: UnsafePointer<Float>
  private let scale: UnsafePointer<Float>
  private let bias: UnsafePointer<Float>

  @inline(__always)
  init(_ kernel: DepthwiseConvolution, _ first: Int, _ shared: Int) {
    self.first = first
    self.shared = shared
    // Fewer than sixteen channels are one vector of the tables, of which several pieces are taken.
    let vector = Lanes.width == 16 ? (first &+ 15) &>> 4 : 0
    let lane = Lanes.width == 16 ? 0 : first
    weights = kernel.weights.pointer + (vector &* kernel.shape.taps &* 16 &+ lane)
    let start = 16 &* vector &+ lane
    scale = kernel.scale.pointer + start
    bias = kernel.bias.pointer + start
  }

  @inline(__always)
  var epilogue: ChannelEpilogue { ChannelEpilogue(scale: scale, bias: bias) }
}

/// The images of a row's computation.
struct DepthwiseMaps {
  let source: FeatureMap
  let target: FeatureMap
  let residual: FeatureMap?

  /// Whether the floats of neighbouring pixels follow each other in all images.
  @inline(__always)
  var arePacked: Bool {
    source.pixelStride == target.channels && target.pixelStride == target.channels
      && residual?.pixelStride ?? target.channels == target.channels
  }

  /// Adds the residual to a piece of a pixel and writes it. Channels already written stay, because the
  /// residual may be the target.
  @inline(__always)
  func write<Lanes: FloatLanes>(
    _ value: Lanes, _ y: Int, _ x: Int, _ piece: DepthwisePiece<Lanes>
  ) {
    var result = value
    if let residual {
      let place = y &* residual.rowStride &+ x &* residual.pixelStride &+ piece.first
      result = result.plus(Lanes(at: residual.base + place))
    }
    let pixel = target.base + (y &* target.rowStride &+ x &* target.pixelStride &+ piece.first)
    if piece.shared > 0 { result = result.keeping(piece.shared, of: Lanes(at: pixel)) }
    result.store(to: pixel)
  }
}
