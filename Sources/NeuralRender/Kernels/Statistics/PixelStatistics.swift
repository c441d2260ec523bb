// Norms over the channels of each pixel.

import CSIMD
import Compute

/// Fewer channels than this are transposed: they would not fill a vector.
private let fewestForVectors = 16

/// Rows of `PixelNormalization`: x / sqrt(mean over the channels of x^2 + epsilon). Source and target may
/// be the same.
struct PixelNormalizationRows: Sendable {
  let epsilon: Float

  init(epsilon: Float = 1e-8) { self.epsilon = epsilon }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    if target.channels < fewestForVectors {
      fewChannels(y, columns, source, target)
    } else {
      manyChannels(y, columns, source, target)
    }
  }

  @inline(__always)
  private func factors(_ pixels: some EightPixels) -> SIMD8<Float> {
    let means = pixels.squares / Double(pixels.channels)
    return SIMD8(1 / csimd_sqrt_f64(means + Double(epsilon)))
  }

  @inline(never)
  private func manyChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let channels = target.channels
    PixelBatch.forEach(columns, channels: channels) { x, count in
      let from = source.pixel(y, x)
      let factors = factors(
        PixelBatch(first: from, stride: source.pixelStride, count: count, channels: channels))
      for pixel in 0..<count {
        let factor = SIMD16<Float>(repeating: factors[pixel])
        VectorRuns.map(channels, source.pixel(y, x &+ pixel), target.pixel(y, x &+ pixel)) {
          $0 * factor
        }
      }
    }
  }

  @inline(never)
  private func fewChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    PixelPlanes.withPlanes(target.channels, pixels: 8) { planes in
      planes.forEach(columns) { x, count in
        planes.load(source.pixel(y, x), source.pixelStride, count)
        let factors = factors(planes)
        for channel in 0..<planes.channels {
          planes[channel, 0] = planes[channel, 0].times(factors)
        }
        planes.store(to: target.pixel(y, x), target.pixelStride, count)
      }
    }
  }
}

/// Rows of layer normalisation over the channels of each pixel or token (`LayerNormalization` where
/// channels are the last axis): (x - mean) / sqrt(variance + epsilon) weight + bias. Source and target
/// may be the same.
struct LayerNormalizationRows: Sendable {
  let channels: Int
  let epsilon: Float
  private let weight: RepeatedTable
  private let bias: RepeatedTable

  /// - Parameters:
  ///   - weight: one a channel; nil for 1.
  ///   - bias: one a channel; nil for 0.
  init(channels: Int, weight: [Float]? = nil, bias: [Float]? = nil, epsilon: Float = 1e-5) {
    precondition(channels > 0)
    precondition([weight, bias].allSatisfy { $0 == nil || $0?.count == channels })
    self.channels = channels
    self.epsilon = epsilon
    self.weight = RepeatedTable(weight ?? [Float](repeating: 1, count: channels))
    self.bias = RepeatedTable(bias ?? [Float](repeating: 0, count: channels))
  }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    if channels < fewestForVectors {
      fewChannels(y, columns, source, target)
    } else {
      manyChannels(y, columns, source, target)
    }
  }

  /// (x - centre) scale + rest is the normal value.
  @inline(__always)
  private func factors(
    _ pixels: some EightPixels
  ) -> (centre: SIMD8<Float>, scale: SIMD8<Float>, rest: SIMD8<Float>) {
    let centres = pixels.centres
    let sums = pixels.distances(from: centres)
    let variances = sums.squares / Double(channels)
    let inverse = 1 / csimd_sqrt_f64(variances + Double(epsilon))
    return (centres, SIMD8(inverse), SIMD8((0 - sums.rest) * inverse))
  }

  @inline(never)
  private func manyChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let (weights, biases) = (weight.pointer, bias.pointer)
    PixelBatch.forEach(columns, channels: channels) { x, count in
      let from = source.pixel(y, x)
      let factors = factors(
        PixelBatch(first: from, stride: source.pixelStride, count: count, channels: channels))
      for pixel in 0..<count {
        let centre = SIMD16<Float>(repeating: factors.centre[pixel])
        let scale = SIMD16<Float>(repeating: factors.scale[pixel])
        let rest = SIMD16<Float>(repeating: factors.rest[pixel])
        VectorRuns.map(
          channels, period: channels, source.pixel(y, x &+ pixel), target.pixel(y, x &+ pixel)
        ) { value, place in
          let normal = multiplyAdd(value - centre, scale, rest)
          return multiplyAdd(normal, load16(weights + place), load16(biases + place))
        }
      }
    }
  }

  @inline(never)
  private func fewChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let (weights, biases) = (weight.pointer, bias.pointer)
    PixelPlanes.withPlanes(channels, pixels: 8) { planes in
      planes.forEach(columns) { x, count in
        planes.load(source.pixel(y, x), source.pixelStride, count)
        let factors = factors(planes)
        for channel in 0..<channels {
          let normal = (planes[channel, 0] - factors.centre).times(
            factors.scale, plus: factors.rest)
          planes[channel, 0] = normal.times(
            SIMD8(repeating: weights[channel]), plus: SIMD8(repeating: biases[channel]))
        }
        planes.store(to: target.pixel(y, x), target.pixelStride, count)
      }
    }
  }
}
