// A convolution of few channels as a product of patches: what a window reads is put side by side, so that few
// products are all of one length and borders cost what the rest costs.

import CSIMD
import Compute

/// activation(scale * sum + bias) of windows of any size and stride; zeros outside.
///
/// A pixel's sum takes its window row by row, the channels of a pixel in order, one fused multiply-add each.
final class PatchConvolution: Sendable {
  let shape: ConvolutionShape
  private let channels: Int
  private let product: PointwiseConvolution
  private let activation: Activation

  /// Pixels whose patches are made at once: they stay in the first-level cache.
  private static let pixelsAtOnce = 96
  /// With more, gathering them takes longer than it saves.
  private static let mostChannels = 4
  private static let longestPatch = 128

  static func supports(_ shape: ConvolutionShape, channels: Int, _ activation: Activation) -> Bool {
    shape.border == .zero && shape.taps > 1 && shape.dilation == 1 && channels <= mostChannels
      && channels * shape.taps <= longestPatch && PointwiseConvolution.supports(activation)
  }

  /// - Parameters:
  ///   - weights: (outputs, channels, kernelHeight, kernelWidth), PyTorch's order.
  ///   - scale: one an output, multiplied to the sum.
  ///   - bias: one an output, added after the scale.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    scale: [Float], bias: [Float], activation: Activation
  ) {
    self.shape = shape
    self.channels = channels
    self.activation = activation
    let taps = shape.taps
    let length = taps * channels
    let rows = (0..<outputs * length).map { index in
      let (output, place) = index.quotientAndRemainder(dividingBy: length)
      return weights[output * length + place % channels * taps + place / channels]
    }
    product = PointwiseConvolution(
      rows, outputs: outputs, channels: length, scale: scale, bias: bias)
  }

  private var length: Int { shape.taps * channels }

  /// Bytes of scratch that a worker needs, a multiple of 64.
  var scratchBytes: Int { (Self.pixelsAtOnce * length * 4 + 63) & ~63 }

  /// Computes all outputs of some pixels of a row.
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap,
    scratch: UnsafeMutableRawPointer
  ) {
    precondition(source.channels == channels)
    let patches = scratch.assumingMemoryBound(to: Float.self)
    var x = columns.lowerBound
    while x < columns.upperBound {
      let count = min(columns.upperBound - x, Self.pixelsAtOnce)
      gather(y, x, count, source, patches)
      product.run(
        PixelRun(
          source: UnsafePointer(patches), step: length, count: count, target: target.pixel(y, x),
          places: EvenPlaces(step: target.pixelStride)),
        activation: activation)
      x += count
    }
  }

  /// Puts what pixels read side by side, a row of all windows after the other.
  private func gather(
    _ y: Int, _ x: Int, _ count: Int, _ source: FeatureMap,
    _ patches: UnsafeMutablePointer<Float>
  ) {
    let across = shape.kernelWidth * channels
    for row in 0..<shape.kernelHeight {
      let sourceY = y * shape.stride - shape.top + row
      var patch = patches + row * across
      for pixel in x..<x + count {
        let sourceX = pixel * shape.stride - shape.left
        if sourceY >= 0 && sourceY < source.height && sourceX >= 0
          && sourceX + shape.kernelWidth <= source.width && source.pixelStride == channels
        {
          copy(source.pixel(sourceY, sourceX), patch, across)
        } else {
          gatherSlowly(sourceY, sourceX, source, patch)
        }
        patch += length
      }
    }
  }

  @inline(__always)
  private func copy(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var first = 0
    while first &+ 8 <= count {
      SIMD8<Float>(at: source + first).store(to: target + first)
      first &+= 8
    }
    while first < count {
      target[first] = source[first]
      first &+= 1
    }
  }

  @inline(never)
  private func gatherSlowly(
    _ y: Int, _ x: Int, _ source: FeatureMap, _ target: UnsafeMutablePointer<Float>
  ) {
    for column in 0..<shape.kernelWidth {
      let isInside = y >= 0 && y < source.height && x + column >= 0 && x + column < source.width
      for channel in 0..<channels {
        target[column * channels + channel] = isInside ? source.pixel(y, x + column)[channel] : 0
      }
    }
  }
}

extension PatchConvolution: RowKernel {
  func rowsRead(_ y: Int) -> Range<Int> { shape.rowsRead(y) }
  func columnsRead(_ x: Int) -> Range<Int> { shape.columnsRead(x) }

  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer
  ) {
    row(y, columns, from: source, to: target, scratch: scratch)
  }
}
