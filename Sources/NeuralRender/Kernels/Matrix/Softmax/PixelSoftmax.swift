// Softmax of pixels of many channels: each is some vectors.

import CSIMD
import Compute

/// At least sixteen channels, some pixels at a time, so that the processor need not wait for the sum of one
/// before it begins the next.
struct PixelSoftmax: Sendable {
  private static let mostPixels = 16
  /// Floats of a block of pixels.
  private static let floats = 1024
  /// Channels that are tried without a shift, their exponentials in scratch: room in a near cache.
  private static let mostInScratch = 16384
  /// Vectors summed in single precision.
  private static let partialVectors = 32

  private let channels: Int
  /// Floats of a pixel in scratch.
  private let stride: Int
  private let pixelsOfBlock: Int
  /// Bytes ahead of what is read that are asked for: the time of a pixel's products is to be used, too.
  private let distance: Int

  init(channels: Int) {
    self.channels = channels
    stride = (channels + 15) & ~15
    pixelsOfBlock = max(1, min(Self.mostPixels, Self.floats / stride))
    distance = max(prefetchDistance, min(4 * stride, 4 * prefetchDistance))
  }

  /// What magnitudes are compared with. All pixels are shifted where nothing is tried without.
  private var limit: Float { usesScratch ? SoftmaxExponential.limit(channels) : -1 }
  private var usesScratch: Bool { channels <= Self.mostInScratch }
  private var scratchFloats: Int { Self.mostPixels + (usesScratch ? pixelsOfBlock * stride : 0) }

  /// Bytes of a worker's scratch, a multiple of 64.
  var scratchBytes: Int { scratchFloats * 4 }

  @inline(never)
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap,
    scratch: UnsafeMutableRawPointer
  ) {
    let factors = scratch.bindMemory(to: Float.self, capacity: scratchFloats)
    let buffer = factors + Self.mostPixels
    // Where values are large, more are likely to be so.
    var areLarge = !usesScratch
    var x = columns.lowerBound
    while x < columns.upperBound {
      let count = min(pixelsOfBlock, columns.upperBound &- x)
      let from = Pixels(first: source.pixel(y, x), stride: source.pixelStride, count: count)
      let to = Pixels(first: target.pixel(y, x), stride: target.pixelStride, count: count)
      let packed = Pixels(first: buffer, stride: stride, count: count)
      if !areLarge, boundedExponentials(from, packed, factors) {
        multiply(packed, factors, to)
      } else {
        areLarge = shiftedExponentials(from, to, factors) || !usesScratch
        multiply(to, factors, to)
      }
      x &+= count
    }
  }

  /// Writes exponentials and their sums' reciprocals; false where one of the values is too large.
  @inline(__always)
  private func boundedExponentials(
    _ source: Pixels, _ target: Pixels, _ factors: UnsafeMutablePointer<Float>
  ) -> Bool {
    var check = MagnitudeCheck()
    @inline(__always)
    func exponential(_ value: SIMD16<Float>) -> SIMD16<Float> {
      check.add(value)
      return SoftmaxExponential.bounded(value)
    }
    for pixel in 0..<source.count {
      factors[pixel] = 1 / map(source[pixel], target[pixel], ahead: distance, exponential)
    }
    return check.isWithin(limit)
  }

  /// The same of values less what their pixel needs. Returns whether one needed it.
  @inline(never)
  private func shiftedExponentials(
    _ source: Pixels, _ target: Pixels, _ factors: UnsafeMutablePointer<Float>
  ) -> Bool {
    for pixel in 0..<source.count { factors[pixel] = shift(source[pixel]) }
    var areLarge = false
    for pixel in 0..<source.count {
      let number = factors[pixel]
      areLarge = areLarge || number != 0
      let shift = SIMD16<Float>(repeating: number)
      @inline(__always)
      func exponential(_ value: SIMD16<Float>) -> SIMD16<Float> {
        SoftmaxExponential.whole(value - shift)
      }
      // The next block's largest values are looked for meanwhile.
      factors[pixel] =
        1
        / map(
          source[pixel], target[pixel], ahead: 4 &* source.count &* source.stride, exponential)
    }
    return areLarge
  }

  /// What is to be subtracted from a pixel's values.
  @inline(__always)
  private func shift(_ source: UnsafePointer<Float>) -> Float {
    let largest = largestLane(fold(source, csimd_larger_f32))
    // Seldom are both wanted.
    guard largest <= limit, largest >= -limit else { return largest }
    let smallest = -largestLane(SIMD16.zero - fold(source, csimd_smaller_f32))
    return smallest >= -limit ? 0 : largest
  }

  @inline(__always)
  private func fold(
    _ source: UnsafePointer<Float>,
    _ function: (SIMD16<Float>, SIMD16<Float>) -> SIMD16<Float>
  ) -> SIMD16<Float> {
    // The last vector overlaps the one before: extremes may see elements twice.
    var a = load16(source)
    var b = load16(source + (channels &- 16))
    var c = 16
    while c &+ 32 <= channels {
      a = function(a, load16(source + c))
      b = function(b, load16(source + (c &+ 16)))
      c &+= 32
    }
    if c &+ 16 <= channels { a = function(a, load16(source + c)) }
    return function(a, b)
  }

  /// Writes a function of a pixel's values, and returns its sum.
  @inline(__always)
  private func map(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, ahead: Int,
    _ function: (SIMD16<Float>) -> SIMD16<Float>
  ) -> Float {
    let whole = channels & ~15
    // What is left over is the end of a vector that overlaps the one before.
    var last = SIMD16<Float>.zero
    var part = SIMD16<Float>.zero
    if whole < channels {
      last = function(load16(source + (channels &- 16)))
      part = last.keeping(16 &- (channels &- whole), of: .zero)
    }
    var sum = 0.0
    var c = 0
    while c < whole {
      let end = min(whole, c &+ 16 &* Self.partialVectors)
      while c < end {
        csimd_prefetch(UnsafeRawPointer(source + c) + ahead)
        let value = function(load16(source + c))
        store16(value, target + c)
        part += value
        c &+= 16
      }
      sum += Double(sumOfLanes(part))
      part = .zero
    }
    if whole < channels { store16(last, target + (channels &- 16)) }
    return Float(sum)
  }

  @inline(__always)
  private func multiply(
    _ source: Pixels, _ factors: UnsafePointer<Float>, _ target: Pixels
  ) {
    for pixel in 0..<source.count { multiply(source[pixel], factors[pixel], target[pixel]) }
  }

  /// Never inlined: two pixels' in one loop took a third longer.
  @inline(never)
  private func multiply(
    _ source: UnsafePointer<Float>, _ factor: Float, _ target: UnsafeMutablePointer<Float>
  ) {
    let factor = SIMD16<Float>(repeating: factor)
    let whole = channels & ~15
    var last = SIMD16<Float>.zero
    if whole < channels { last = load16(source + (channels &- 16)) * factor }
    var c = 0
    while c < whole {
      store16(load16(source + c) * factor, target + c)
      c &+= 16
    }
    if whole < channels { store16(last, target + (channels &- 16)) }
  }
}

/// Neighbours at equal distances.
private struct Pixels {
  let first: UnsafeMutablePointer<Float>
  let stride: Int
  let count: Int

  @inline(__always)
  subscript(pixel: Int) -> UnsafeMutablePointer<Float> { first + pixel &* stride }
}
