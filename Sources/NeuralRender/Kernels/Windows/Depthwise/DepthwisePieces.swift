// What a depthwise convolution's tiles take from the kernel and the maps.

import CSIMD
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

  /// Finishes and writes the sums of a tile whose first pixel is (y, x).
  @inline(__always)
  func write<Sums: TileSums>(
    _ sums: Sums, _ y: Int, _ x: Int, _ piece: DepthwisePiece<Sums.Lanes>,
    _ function: some EpilogueFunction
  ) {
    let epilogue = piece.epilogue
    let first = target.base + (y &* target.rowStride &+ x &* target.pixelStride &+ piece.first)
    let isWhole = residual == nil && piece.shared == 0
    sums.forEach { pixel, sum in
      let value = Sums.Lanes(firstOf: function.apply(epilogue, sum.widened))
      if isWhole {
        value.store(to: first + pixel &* target.pixelStride)
      } else {
        write(value, y, x &+ pixel, piece)
      }
    }
  }
}

extension FeatureMap {
  /// Asks for what a tile some way ahead writes: sums of several rows take so long that stores alone would
  /// wait for their lines.
  @inline(__always)
  func prefetchTarget(_ y: Int, _ x: Int, _ first: Int, _ pixels: Int) {
    let place = y &* rowStride &+ x &* pixelStride &+ first
    prefetch(
      Int(bitPattern: base) &+ 4 &* place &+ prefetchDistance, pixels,
      forWriting: true)
  }

  /// Asks for the lines of sixteen floats of each of some pixels; packed ones of half a line are two a line.
  @inline(__always)
  func prefetch(_ address: Int, _ pixels: Int, forWriting: Bool = false) {
    let areHalves = pixelStride == 8
    let count = areHalves ? pixels / 2 : pixels
    let stride = areHalves ? 64 : 4 &* pixelStride
    if forWriting {
      csimd_prefetch_targets(address, count, stride)
    } else {
      csimd_prefetch_lines(address, count, stride)
    }
  }
}
