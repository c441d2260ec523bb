// One operand of arithmetic between images: along axes where it has one row, column or channel, that one
// stands for all.

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
