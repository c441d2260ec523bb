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

  @inline(__always)
  var sum: Double { sum { $0 } }
  @inline(__always)
  var squares: Double { sum { $0 * $0 } }

  /// A float near the mean.
  @inline(__always)
  var centre: Float { Float(sum / Double(channels)) }

  /// What the mean is above a float near it, and the sum of squared distances from the mean.
  @inline(__always)
  func distances(from centre: Float) -> (rest: Double, squares: Double) {
    let centres = SIMD16<Float>(repeating: centre)
    var rest = LaneSums()
    var squares = LaneSums()
    forEachVector(fill: centre) { value, isSecond in
      let distance = value - centres
      rest.add(distance, isSecond)
      squares.add(distance * distance, isSecond)
    }
    let mean = rest.total / Double(channels)
    return (mean, squares.total - mean * mean * Double(channels))
  }

  /// The sum of a function of all channels, that is 0 of 0.
  @inline(__always)
  private func sum(_ function: (SIMD16<Float>) -> SIMD16<Float>) -> Double {
    var sums = LaneSums()
    forEachVector(fill: 0) { value, isSecond in sums.add(function(value), isSecond) }
    return sums.total
  }

  /// Calls `body` with all channels, sixteen at a time and `fill` behind the last, and to which of two sums
  /// they belong.
  @inline(__always)
  private func forEachVector(
    fill: Float, _ body: (_ value: SIMD16<Float>, _ isSecond: Bool) -> Void
  ) {
    var index = 0
    while index &+ 32 <= channels {
      body(load16(pixel + index), false)
      body(load16(pixel + index + 16), true)
      index &+= 32
    }
    if index &+ 16 <= channels {
      body(load16(pixel + index), false)
      index &+= 16
    }
    if index < channels {
      let count = Int32(truncatingIfNeeded: channels &- index)
      let rest = csimd_load_first_f32(pixel + index, count)
      body(csimd_join_f32(rest, SIMD16(repeating: fill), count), true)
    }
  }
}

/// Two sums of vectors, so that an addition need not wait for the one before it.
private struct LaneSums {
  private var first = SIMD16<Float>.zero
  private var second = SIMD16<Float>.zero

  @inline(__always)
  mutating func add(_ value: SIMD16<Float>, _ isSecond: Bool) {
    if isSecond { second += value } else { first += value }
  }

  @inline(__always)
  var total: Double {
    let quarters = SIMD4<Double>(csimd_sum_quarters_f32(first + second))
    return (quarters.x + quarters.y) + (quarters.z + quarters.w)
  }
}

/// Pixels whose sums are found before any of them is written: what follows a sum (a division, a root) takes
/// the processor long, but it does so for several pixels at once.
private enum PixelBatch {
  static let pixels = 8
  /// Floats of a batch: they stay in the first-level cache.
  private static let floats = 4096

  /// Calls `body` with the first and the count of pixels of each batch.
  @inline(__always)
  static func forEach(
    _ columns: Range<Int>, channels: Int, _ body: (_ first: Int, _ count: Int) -> Void
  ) {
    let most = min(pixels, max(1, floats / channels))
    var x = columns.lowerBound
    while x < columns.upperBound {
      let count = min(most, columns.upperBound &- x)
      body(x, count)
      x &+= count
    }
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
    withUnsafeTemporaryAllocation(of: Float.self, capacity: PixelBatch.pixels) { factors in
      PixelBatch.forEach(columns, channels: channels) { x, count in
        for pixel in 0..<count {
          let mean =
            PixelSums(source.pixel(y, x &+ pixel), channels).squares / Double(channels)
          factors[pixel] = Float(1 / (mean + Double(epsilon)).squareRoot())
        }
        for pixel in 0..<count {
          let factor = SIMD16<Float>(repeating: factors[pixel])
          VectorRuns.map(channels, source.pixel(y, x &+ pixel), target.pixel(y, x &+ pixel)) {
            $0 * factor
          }
        }
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
    let (weights, biases) = (weight.pointer, bias.pointer)
    withUnsafeTemporaryAllocation(of: SIMD4<Float>.self, capacity: PixelBatch.pixels) { factors in
      PixelBatch.forEach(columns, channels: channels) { x, count in
        for pixel in 0..<count {
          factors[pixel].x = PixelSums(source.pixel(y, x &+ pixel), channels).centre
        }
        for pixel in 0..<count {
          let centre = factors[pixel].x
          let sums = PixelSums(source.pixel(y, x &+ pixel), channels).distances(from: centre)
          let variance = max(sums.squares, 0) / Double(channels)
          let inverse = 1 / (variance + Double(epsilon)).squareRoot()
          factors[pixel] = SIMD4(centre, Float(inverse), Float(-sums.rest * inverse), 0)
        }
        for pixel in 0..<count {
          let centre = SIMD16<Float>(repeating: factors[pixel].x)
          let scale = SIMD16<Float>(repeating: factors[pixel].y)
          let rest = SIMD16<Float>(repeating: factors[pixel].z)
          VectorRuns.map(
            channels, period: channels, source.pixel(y, x &+ pixel), target.pixel(y, x &+ pixel)
          ) { value, place in
            let normal = multiplyAdd(value - centre, scale, rest)
            return multiplyAdd(normal, load16(weights + place), load16(biases + place))
          }
        }
      }
    }
  }
}
