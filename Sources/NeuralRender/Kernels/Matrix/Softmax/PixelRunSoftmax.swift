// Softmax of pixels of few channels: neighbours are one run of floats, of which every lane is used.

import CSIMD
import Compute

/// Up to 64 channels, in blocks of about a thousand floats: exponentials straight down the run, to scratch in
/// the first-level cache; then, of sixteen pixels at a time, sums over the channels, one division, and
/// products. A load of what two stores have just written would wait for both: hence the blocks.
struct PixelRunSoftmax: Sendable {
  private static let mostChannels = 64
  private static let floats = 1024
  /// What may be read and written behind a block.
  private static let margin = 32
  /// Bytes of a worker's scratch, a multiple of 64.
  static let scratchBytes = (floats + margin) * 4

  private let channels: Int
  /// A multiple of sixteen.
  private let pixelsOfBlock: Int
  private let lanes: PixelLanes
  private let limit: Float

  /// nil where there are too many channels.
  init?(channels: Int) {
    guard channels <= Self.mostChannels else { return nil }
    self.channels = channels
    pixelsOfBlock = Self.floats / channels & ~15
    lanes = PixelLanes(channels: channels)
    limit = SoftmaxExponential.limit(channels)
  }

  @inline(never)
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap,
    scratch: UnsafeMutableRawPointer
  ) {
    let buffer = scratch.bindMemory(to: Float.self, capacity: Self.floats + Self.margin)
    // Where values are large, more are likely to be so.
    var areLarge = false
    var x = columns.lowerBound
    while x < columns.upperBound {
      let count = min(pixelsOfBlock, columns.upperBound &- x)
      let (from, to) = (source.pixel(y, x), target.pixel(y, x))
      if areLarge || !boundedExponentials(from, source.pixelStride, count, buffer) {
        copy(from, source.pixelStride, buffer, channels, count)
        areLarge = shiftedExponentials(buffer, count)
      }
      if target.pixelStride == channels {
        divide(buffer, count, to)
      } else {
        divide(buffer, count, buffer)
        copy(buffer, channels, to, target.pixelStride, count)
      }
      x &+= count
    }
  }

  /// Exponentials of `count` pixels; false where one of their values is too large.
  @inline(__always)
  private func boundedExponentials(
    _ pixels: UnsafePointer<Float>, _ stride: Int, _ count: Int,
    _ buffer: UnsafeMutablePointer<Float>
  ) -> Bool {
    var source = pixels
    if stride != channels {
      copy(pixels, stride, buffer, channels, count)
      source = UnsafePointer(buffer)
    }
    let floats = count &* channels
    var check = MagnitudeCheck()
    var i = 0
    while i &+ 16 <= floats {
      csimd_prefetch(UnsafeRawPointer(source + i) + prefetchDistance)
      let value = load16(source + i)
      check.add(value)
      store16(SoftmaxExponential.bounded(value), buffer + i)
      i &+= 16
    }
    if i < floats {
      let value = loadFirst16(source + i, floats &- i)
      check.add(value)
      store16(SoftmaxExponential.bounded(value), buffer + i)
    }
    return check.isWithin(limit)
  }

  /// Exponentials of what lies in the buffer, less what each pixel needs. Returns whether one may have
  /// needed it: the last pixels' neighbours up to sixteen are whatever lies there.
  @inline(never)
  private func shiftedExponentials(_ buffer: UnsafeMutablePointer<Float>, _ count: Int) -> Bool {
    let length = Int32(truncatingIfNeeded: channels)
    return lanes.withMost { most in
      var check = MagnitudeCheck()
      var first = 0
      while first < count &* channels {
        let group = buffer + first
        let shift = SoftmaxExponential.shift(
          csimd_largest_of_rows(group, length, most), csimd_smallest_of_rows(group, length, most),
          limit)
        check.add(shift)
        var i = 0
        while i < 16 &* channels {
          let value = load16(group + i) - lanes.spread(shift, i)
          store16(SoftmaxExponential.whole(value), group + i)
          i &+= 16
        }
        first &+= 16 &* channels
      }
      return !check.isWithin(0)
    }
  }

  /// Divides the exponentials of pixels by their sums.
  @inline(never)
  private func divide(
    _ buffer: UnsafeMutablePointer<Float>, _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let end = count &* channels
    let length = Int32(truncatingIfNeeded: channels)
    lanes.withMost { most in
      var first = 0
      while first < end {
        let sums = csimd_sum_rows(buffer + first, length, most)
        let factors = csimd_divide_f32(SIMD16(repeating: 1), sums)
        let floats = min(16 &* channels, end &- first)
        var i = 0
        while i &+ 16 <= floats {
          let place = first &+ i
          store16(load16(buffer + place) * lanes.spread(factors, i), target + place)
          i &+= 16
        }
        if i < floats {
          let place = first &+ i
          let value = load16(buffer + place) * lanes.spread(factors, i)
          storeFirst16(value, target + place, floats &- i)
        }
        first &+= 16 &* channels
      }
    }
  }

  /// Copies pixels at other distances.
  @inline(never)
  private func copy(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ target: UnsafeMutablePointer<Float>,
    _ targetStride: Int, _ count: Int
  ) {
    @inline(__always)
    func copy<Lanes: FloatLanes>(by lanes: Lanes.Type) {
      for pixel in 0..<count {
        let (from, to) = (source + pixel &* sourceStride, target + pixel &* targetStride)
        Lanes.forEach(channels) { c, _ in Lanes(at: from + c).store(to: to + c) }
      }
    }
    if sourceStride == targetStride {
      return copyRun(source, target, count &* channels)
    }
    switch channels {
    case 16...: copy(by: SIMD16<Float>.self)
    case 8...: copy(by: SIMD8<Float>.self)
    case 4...: copy(by: SIMD4<Float>.self)
    case 3: copy(by: ThreeLanes.self)
    default: copy(by: Float.self)
    }
  }

  /// Copies a run; what lies behind it in the target is overwritten, too.
  @inline(__always)
  private func copyRun(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var i = 0
    while i < count {
      csimd_prefetch(UnsafeRawPointer(source + i) + prefetchDistance)
      store16(loadFirst16(source + i, count &- i), target + i)
      i &+= 16
    }
  }
}
