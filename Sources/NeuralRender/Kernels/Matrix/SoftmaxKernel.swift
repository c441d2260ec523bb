// Softmax: exponentials divided by their sum (`torch.softmax`). The largest value is subtracted
// first, so that nothing overflows; sums are partial sums in lanes, added up in double precision.

import CSIMD
import Compute

/// Softmax over the channels of each pixel. Source and target may be the same.
struct ChannelSoftmax: Sendable {
  let channels: Int

  /// Up to so many a lane is a pixel: less than a kilobyte, which Swift allocates on the stack.
  private static let fewChannels = 15
  /// Vectors summed in single precision.
  private static let partialVectors = 32

  init(channels: Int) {
    precondition(channels > 0)
    self.channels = channels
  }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  /// Computes some pixels of row `y`.
  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    if channels <= Self.fewChannels {
      var x = columns.lowerBound
      while x < columns.upperBound {
        let count = min(16, columns.upperBound - x)
        fewChannels(
          source.pixel(y, x), source.pixelStride, target.pixel(y, x), target.pixelStride, count)
        x += 16
      }
    } else {
      for x in columns { vector(source.pixel(y, x), target.pixel(y, x)) }
    }
  }

  /// Softmax of one vector of at least sixteen elements. Meanwhile the floats behind it are asked for: they
  /// are the next vector's as a rule.
  @inline(never)
  private func vector(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
    let largest = SIMD16<Float>(repeating: self.largest(source))
    let whole = channels & ~15
    // What is left over is the end of a vector that overlaps the one before.
    var last = SIMD16<Float>.zero
    var part = SIMD16<Float>.zero
    if whole < channels {
      last = exponentialOfDifference(load16(source + (channels &- 16)) - largest)
      part = last.keeping(16 &- (channels &- whole), of: .zero)
    }
    var sum = 0.0
    var c = 0
    while c < whole {
      let end = min(whole, c &+ 16 &* Self.partialVectors)
      while c < end {
        prefetch(Int(bitPattern: source) &+ 4 &* (c &+ channels), 64)
        let value = exponentialOfDifference(load16(source + c) - largest)
        store16(value, target + c)
        part += value
        c &+= 16
      }
      sum += Double(sumOfLanes(part))
      part = .zero
    }
    let factor = SIMD16<Float>(repeating: Float(1 / sum))
    c = 0
    while c < whole {
      store16(load16(target + c) * factor, target + c)
      c &+= 16
    }
    if whole < channels { store16(last * factor, target + (channels &- 16)) }
  }

  @inline(__always)
  private func largest(_ source: UnsafePointer<Float>) -> Float {
    var a = load16(source)
    // The last vector overlaps the one before: a maximum may see elements twice.
    var b = load16(source + (channels &- 16))
    var c = 16
    while c &+ 32 <= channels {
      a = larger(a, load16(source + c))
      b = larger(b, load16(source + (c &+ 16)))
      c &+= 32
    }
    if c &+ 16 <= channels { a = larger(a, load16(source + c)) }
    return largestLane(larger(a, b))
  }

  /// Up to sixteen pixels of few channels, a lane a pixel.
  @inline(never)
  private func fewChannels(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ target: UnsafeMutablePointer<Float>,
    _ targetStride: Int, _ count: Int
  ) {
    withUnsafeTemporaryAllocation(of: SIMD16<Float>.self, capacity: Self.fewChannels) { memory in
      guard let base = memory.baseAddress else { return }
      let planes = UnsafeMutableRawPointer(base)
        .bindMemory(to: Float.self, capacity: 16 * Self.fewChannels)
      let isWhole = count == 16 && channels >= 8
      var largest = SIMD16<Float>(repeating: -.infinity)
      if isWhole {
        transpose(source, sourceStride, to: planes)
        forEachChannel(of: planes) { _, plane in largest = larger(largest, load16(plane)) }
      } else {
        forEachChannel(of: planes) { c, plane in
          let value = gather(source + c, sourceStride, count)
          store16(value, plane)
          largest = larger(largest, value)
        }
      }
      var sum = SIMD16<Float>.zero
      forEachChannel(of: planes) { _, plane in
        let value = exponentialOfDifference(load16(plane) - largest)
        store16(value, plane)
        sum += value
      }
      let factor = csimd_divide_f32(SIMD16(repeating: 1), sum)
      if isWhole {
        forEachChannel(of: planes) { _, plane in store16(load16(plane) * factor, plane) }
        transpose(planes, to: target, targetStride)
      } else {
        forEachChannel(of: planes) { c, plane in
          scatter(load16(plane) * factor, target + c, targetStride, count)
        }
      }
    }
  }

  /// Calls `body` with each channel and its sixteen pixels.
  @inline(__always)
  private func forEachChannel(
    of planes: UnsafeMutablePointer<Float>,
    _ body: (_ channel: Int, _ plane: UnsafeMutablePointer<Float>) -> Void
  ) {
    var c = 0
    while c < channels {
      body(c, planes + 16 &* c)
      c &+= 1
    }
  }

  /// Sixteen pixels of at least eight channels, which are taken by eights; the last overlap those before.
  @inline(__always)
  private func transpose(
    _ source: UnsafePointer<Float>, _ stride: Int, to planes: UnsafeMutablePointer<Float>
  ) {
    SIMD8<Float>.forEach(channels) { c, _ in
      transposeTile8(source + c, stride, planes + 16 &* c, 16)
      transposeTile8(source + (8 &* stride &+ c), stride, planes + (16 &* c &+ 8), 16)
    }
  }

  @inline(__always)
  private func transpose(
    _ planes: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    SIMD8<Float>.forEach(channels) { c, _ in
      transposeTile8(planes + 16 &* c, 16, target + c, stride)
      transposeTile8(planes + (16 &* c &+ 8), 16, target + (8 &* stride &+ c), stride)
    }
  }
}

/// source[i * stride] in lane i for the first `count` lanes, zeros behind them.
@inline(__always)
private func gather(_ source: UnsafePointer<Float>, _ stride: Int, _ count: Int) -> SIMD16<Float> {
  guard count == 16 else {
    var result = SIMD16<Float>.zero
    for lane in 0..<count { result[lane] = source[lane &* stride] }
    return result
  }
  @inline(__always)
  func four(_ first: Int) -> SIMD4<Float> {
    let p = source + first &* stride
    return SIMD4(p[0], p[stride], p[2 &* stride], p[3 &* stride])
  }
  return SIMD16(
    lowHalf: SIMD8(lowHalf: four(0), highHalf: four(4)),
    highHalf: SIMD8(lowHalf: four(8), highHalf: four(12)))
}

/// The first `count` lanes to target[i * stride].
@inline(__always)
private func scatter(
  _ value: SIMD16<Float>, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ count: Int
) {
  guard count == 16 else {
    for lane in 0..<count { target[lane &* stride] = value[lane] }
    return
  }
  @inline(__always)
  func four(_ value: SIMD4<Float>, _ first: Int) {
    let p = target + first &* stride
    p[0] = value[0]
    p[stride] = value[1]
    p[2 &* stride] = value[2]
    p[3 &* stride] = value[3]
  }
  four(value.lowHalf.lowHalf, 0)
  four(value.lowHalf.highHalf, 4)
  four(value.highHalf.lowHalf, 8)
  four(value.highHalf.highHalf, 12)
}
