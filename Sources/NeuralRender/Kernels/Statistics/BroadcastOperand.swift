// One operand of arithmetic between images: along axes where it has one row, column or channel, that one
// stands for all.

import CSIMD
import Compute

/// An operand's row, seen at the extents of the result.
struct BroadcastOperand {
  private let base: UnsafePointer<Float>
  /// Floats between pixels; 0 where one column stands for all.
  private let pixelStep: Int
  /// Whether one channel stands for all.
  private let isOneChannel: Bool
  /// Whether neighbouring pixels of a packed result read a stretch without a gap, or one number.
  let isRun: Bool
  /// Whether all channels of neighbouring pixels follow each other.
  var isPacked: Bool { isRun && !isOneChannel }
  /// Whether there is one number a pixel, one after the other.
  var isMask: Bool { isOneChannel && pixelStep == 1 }

  @inline(__always)
  init(_ map: FeatureMap, _ y: Int, like target: FeatureMap) {
    base = UnsafePointer(map.pixel(map.height == 1 ? 0 : y, 0))
    pixelStep = map.width == 1 ? 0 : map.pixelStride
    let isPacked = map.channels == target.channels && pixelStep == target.channels
    isOneChannel = map.channels == 1 && !isPacked
    isRun = isPacked || (isOneChannel && pixelStep == 0)
  }

  @inline(__always)
  func pixel(_ x: Int) -> UnsafePointer<Float> { base + x * pixelStep }

  /// Sixteen floats from `index` on.
  @inline(__always)
  func load(_ pixel: UnsafePointer<Float>, _ index: Int) -> SIMD16<Float> {
    isOneChannel ? SIMD16(repeating: pixel[0]) : load16(pixel + index)
  }

  @inline(__always)
  func loadFirst(_ pixel: UnsafePointer<Float>, _ count: Int) -> SIMD16<Float> {
    isOneChannel ? SIMD16(repeating: pixel[0]) : loadFirst16(pixel, count)
  }
}

/// Which of sixteen pixels of few channels each lane belongs to, vector by vector.
struct LanePixels {
  private let channels: Float
  private let lanes = SIMD16<Float>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

  @inline(__always)
  init(channels: Int) { self.channels = 1 / Float(channels) }

  /// The middle of a lane keeps the quotient away from whole numbers.
  @inline(__always)
  subscript(vector: Int) -> SIMD16<Int32> {
    let first = SIMD16<Float>(repeating: Float(16 &* vector) + 0.5)
    return csimd_truncate_i32((first + lanes) * SIMD16(repeating: channels))
  }
}

/// Sixteen pixels of an operand: stretches without a gap, or a number for the channels of each.
struct MaskedOperand {
  private let pixel: UnsafePointer<Float>
  private let isMask: Bool
  private let numbers: SIMD16<Float>

  @inline(__always)
  init(_ operand: BroadcastOperand, _ x: Int, _ pixels: Int) {
    pixel = operand.pixel(x)
    isMask = operand.isMask
    numbers = isMask ? loadFirst16(pixel, pixels) : .zero
  }

  /// Sixteen floats, of `rest` that are left.
  @inline(__always)
  func load(_ vector: Int, _ rest: Int, _ places: LanePixels) -> SIMD16<Float> {
    isMask ? csimd_lookup16_f32(numbers, places[vector]) : loadFirst16(pixel + 16 &* vector, rest)
  }
}
