// Norms over the channels of each pixel.

import CSIMD
import Compute

/// Sums over the channels of one pixel: lanes in single precision, put together in double precision.
struct PixelSums {
  let pixel: UnsafePointer<Float>
  let channels: Int

  @inline(__always)
  init(_ pixel: UnsafePointer<Float>, _ channels: Int) {
    self.pixel = pixel
    self.channels = channels
  }

  var sum: Double { sum { $0 } }
  var squares: Double { sum { $0 * $0 } }

  /// A float near the mean, what the mean is above it, and the sum of squared distances from the mean.
  @inline(__always)
  func distances() -> (centre: Float, rest: Double, squares: Double) {
    let centre = Float(sum / Double(channels))
    let centres = SIMD16<Float>(repeating: centre)
    let rest = sum(fill: centre) { $0 - centres } / Double(channels)
    let squares = sum(fill: centre) { ($0 - centres) * ($0 - centres) }
    return (centre, rest, squares - rest * rest * Double(channels))
  }

  /// The sum of a function of all channels, that is 0 of `fill`.
  @inline(__always)
  private func sum(
    fill: Float = 0, _ function: (SIMD16<Float>) -> SIMD16<Float>
  ) -> Double {
    var (a, b) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var index = 0
    while index &+ 32 <= channels {
      a += function(load16(pixel + index))
      b += function(load16(pixel + index + 16))
      index &+= 32
    }
    if index &+ 16 <= channels {
      a += function(load16(pixel + index))
      index &+= 16
    }
    if index < channels { b += function(loadFew16(pixel + index, channels &- index, fill: fill)) }
    let quarters = SIMD4<Double>(csimd_sum_quarters_f32(a + b))
    return (quarters.x + quarters.y) + (quarters.z + quarters.w)
  }
}

/// Rows of `PixelNormalization`: x / sqrt(mean over the channels of x^2 + epsilon). Source and target may
/// be the same.
struct PixelNormalizationRows: Sendable {
  let epsilon: Float

  init(epsilon: Float = 1e-8) { self.epsilon = epsilon }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    let channels = target.channels
    for x in columns {
      let from = UnsafePointer(source.pixel(y, x))
      let mean = PixelSums(from, channels).squares / Double(channels)
      let factor = SIMD16<Float>(repeating: Float(1 / (mean + Double(epsilon)).squareRoot()))
      VectorRuns.map(channels, from, target.pixel(y, x)) { $0 * factor }
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
    let (weights, biases) = (weight.pointer, bias.pointer)
    for x in columns {
      let from = UnsafePointer(source.pixel(y, x))
      let sums = PixelSums(from, channels).distances()
      let variance = max(sums.squares, 0) / Double(channels)
      let inverse = 1 / (variance + Double(epsilon)).squareRoot()
      let centre = SIMD16<Float>(repeating: sums.centre)
      let scale = SIMD16<Float>(repeating: Float(inverse))
      let rest = SIMD16<Float>(repeating: Float(-sums.rest * inverse))
      VectorRuns.map(channels, period: channels, from, target.pixel(y, x)) { value, place in
        let normal = multiplyAdd(value - centre, scale, rest)
        return multiplyAdd(normal, load16(weights + place), load16(biases + place))
      }
    }
  }
}
