// Softmax: exponentials divided by their sum (`torch.softmax`). The largest value is subtracted
// first, so that nothing overflows; sums are partial sums in lanes, added up in double precision.

import CSIMD
import Compute

/// Softmax over the channels of each pixel. Source and target may be the same.
struct ChannelSoftmax: Sendable {
  let channels: Int

  /// Up to so many a lane is a pixel.
  private static let fewChannels = 31
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
      fewChannels(y, columns, source, target)
    } else {
      manyChannels(y, columns, source, target)
    }
  }

  /// Vectors of at least sixteen elements, some at a time: the processor need not wait for the end of one
  /// before it begins the next. Meanwhile the floats behind them are asked for.
  @inline(never)
  private func manyChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: PixelBatch.pixels) { numbers in
      PixelBatch.forEach(columns, channels: channels) { x, count in
        for pixel in 0..<count { numbers[pixel] = largest(source.pixel(y, x &+ pixel)) }
        let ahead = count &* source.pixelStride
        for pixel in 0..<count {
          let sum = exponentials(
            source.pixel(y, x &+ pixel), target.pixel(y, x &+ pixel), numbers[pixel], ahead)
          numbers[pixel] = Float(1 / sum)
        }
        for pixel in 0..<count {
          let factor = SIMD16<Float>(repeating: numbers[pixel])
          let values = target.pixel(y, x &+ pixel)
          VectorRuns.map(channels, values, values) { $0 * factor }
        }
      }
    }
  }

  /// Writes the exponentials of a vector less its largest element, and returns their sum.
  @inline(__always)
  private func exponentials(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ largest: Float,
    _ ahead: Int
  ) -> Double {
    let largest = SIMD16<Float>(repeating: largest)
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
        prefetch(Int(bitPattern: source) &+ 4 &* (c &+ ahead), 64)
        let value = exponentialOfDifference(load16(source + c) - largest)
        store16(value, target + c)
        part += value
        c &+= 16
      }
      sum += Double(sumOfLanes(part))
      part = .zero
    }
    if whole < channels { store16(last, target + (channels &- 16)) }
    return sum
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

  /// A lane a pixel. Planes are of sixteen pixels as long as they find room, then of eight: those of two
  /// channels are one vector.
  @inline(never)
  private func fewChannels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    PixelPlanes.withPlanes(channels, pixels: channels <= 16 ? 16 : 8) { planes in
      planes.forEach(columns) { x, count in
        planes.load(source.pixel(y, x), source.pixelStride, count)
        if planes.pixels == 16 {
          softmax(of: planes, largest: { $0 }, add: { $0 += $1 })
        } else {
          if channels & 1 == 1 { planes[channels, 0] = SIMD8(repeating: -.infinity) }
          softmax(
            of: planes,
            largest: { larger($0, SIMD16(lowHalf: $0.highHalf, highHalf: $0.lowHalf)) },
            add: {
              $0 += SIMD16(lowHalf: $1.lowHalf, highHalf: $1.lowHalf)
              $0 += SIMD16(lowHalf: $1.highHalf, highHalf: $1.highHalf)
            })
        }
        planes.store(to: target.pixel(y, x), target.pixelStride, count)
      }
    }
  }

  /// - Parameters:
  ///   - largest: makes the largest values of all lanes' pixels from those of the lanes.
  ///   - add: adds a vector to the sums of all lanes' pixels.
  @inline(__always)
  private func softmax(
    of planes: PixelPlanes, largest: (SIMD16<Float>) -> SIMD16<Float>,
    add: (inout SIMD16<Float>, SIMD16<Float>) -> Void
  ) {
    let end = planes.planes + planes.pixels &* channels
    @inline(__always)
    func forEachVector(_ body: (UnsafeMutablePointer<Float>) -> Void) {
      var place = planes.planes
      while place < end {
        body(place)
        place += 16
      }
    }
    var most = SIMD16<Float>(repeating: -.infinity)
    forEachVector { most = larger(most, load16($0)) }
    most = largest(most)
    var sum = SIMD16<Float>.zero
    forEachVector {
      let value = exponentialOfDifference(load16($0) - most)
      store16(value, $0)
      add(&sum, value)
    }
    let factor = csimd_divide_f32(SIMD16(repeating: 1), sum)
    forEachVector { store16(load16($0) * factor, $0) }
  }
}
