// Resampling of few channels: neighbours side by side in one vector, gathered from a stretch of the source.

import CSIMD
import Compute

/// As many neighbours of few channels as fill sixteen lanes, and what each lane is.
struct NeighbourLanes {
  let channels: Int
  /// Neighbours of a vector.
  let pixels: Int
  private let pixelOfLane: SIMD16<Int32>
  private let channelOfLane: SIMD16<Int32>
  /// Floats of the source that one vector is gathered from.
  private static let window = 32

  /// Only where lanes are gathered in one instruction, and for what fills few lanes by itself.
  @inline(__always)
  static func supports(channels: Int, reach: KernelTable<Int32>) -> Bool {
    csimd_vector_bytes() == 64 && (2...5).contains(channels)
      && (Int(reach[16 / channels]) &+ 1) &* channels <= window
  }

  @inline(__always)
  init(channels: Int) {
    self.channels = channels
    pixels = 16 / channels
    var (pixel, channel) = (SIMD16<Int32>.zero, SIMD16<Int32>.zero)
    for lane in 0..<16 {
      pixel[lane] = Int32(truncatingIfNeeded: min(lane / channels, 16 / channels &- 1))
      channel[lane] = Int32(truncatingIfNeeded: lane % channels)
    }
    (pixelOfLane, channelOfLane) = (pixel, channel)
  }

  /// Asks for what lies ahead of a window.
  @inline(__always)
  func prefetch(_ place: UnsafePointer<Float>) {
    let ahead = UnsafeRawPointer(place) + prefetchDistance
    csimd_prefetch(ahead)
    csimd_prefetch(ahead + 64)
  }

  /// The number of each lane's pixel.
  @inline(__always)
  func spread(_ numbers: UnsafePointer<Float>) -> SIMD16<Float> {
    csimd_lookup16_f32(load16(numbers), pixelOfLane)
  }

  /// Where each lane's column lies in a stretch that begins with column `first`.
  @inline(__always)
  func places(_ columns: UnsafePointer<Int32>, from first: Int32) -> SIMD16<Int32> {
    let column = csimd_lookup16_i32(loadWords16(columns), pixelOfLane)
    let width = SIMD16<Int32>(repeating: Int32(truncatingIfNeeded: channels))
    return (column &- SIMD16(repeating: first)) &* width &+ channelOfLane
  }

  /// Writes the first pixels of a vector, of `left` that are still to be written.
  @inline(__always)
  func store(_ value: SIMD16<Float>, to target: UnsafeMutablePointer<Float>, left: Int) {
    if left &* channels >= 16 {
      // What lies behind is overwritten.
      store16(value, target)
    } else {
      storeFirst16(value, target, min(left, pixels) &* channels)
    }
  }

  /// The most columns between the one that an output reads first and the one that the last of `count`
  /// neighbours reads last, for counts up to sixteen.
  static func reach(first: KernelTable<Int32>, last: KernelTable<Int32>, _ outputs: Int)
    -> KernelTable<Int32>
  {
    KernelTable(count: 17) { count in
      var most: Int32 = 0
      for x in 0..<outputs {
        most = max(most, last[min(x + max(count - 1, 0), outputs - 1)] - first[x])
      }
      return most
    }
  }
}

/// A stretch of a row of few channels.
struct NeighbourWindow {
  private let low: SIMD16<Float>
  private let high: SIMD16<Float>

  /// - Parameter count: floats from `first` to the end of the row: nothing behind it is read.
  @inline(__always)
  init(_ first: UnsafePointer<Float>, count: Int) {
    if count >= 32 {
      (low, high) = (load16(first), load16(first + 16))
    } else {
      low = loadFirst16(first, count)
      high = count > 16 ? loadFirst16(first + 16, count &- 16) : .zero
    }
  }

  @inline(__always)
  subscript(places: SIMD16<Int32>) -> SIMD16<Float> { csimd_lookup32_f32(low, high, places) }
}
