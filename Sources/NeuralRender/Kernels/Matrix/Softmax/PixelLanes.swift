// Which lane of a vector of sums of sixteen pixels belongs to each of the pixels' floats.

import CSIMD
import Compute

/// The lanes of what `csimd_sum_rows` and the like make of sixteen packed pixels, by place in their floats.
struct PixelLanes: Sendable {
  /// What those functions are told about the number of channels.
  private let most: Int32
  private let lanes: Table

  /// Not copied with the kernel.
  private final class Table: Sendable {
    let values: AlignedBuffer<Int32>
    init(count: Int, _ value: (Int) -> Int32) {
      values = AlignedBuffer(count: count)
      for i in 0..<count { values[i] = value(i) }
    }
  }

  /// - Parameter channels: up to 64.
  init(channels: Int) {
    let most = channels <= 4 ? 4 : channels <= 8 ? 8 : Int32((channels + 15) & ~15)
    self.most = most
    lanes = Table(count: 16 * channels) { csimd_fold_lane(Int32($0 / channels), most) }
  }

  /// Calls `body` with `most` as a literal.
  @inline(__always)
  func withMost<Result>(_ body: (Int32) -> Result) -> Result {
    switch most {
    case 4: body(4)
    case 8: body(8)
    case 16: body(16)
    case 32: body(32)
    case 48: body(48)
    default: body(64)
    }
  }

  /// The lanes of the pixels to which the sixteen floats from `place` on belong.
  @inline(__always)
  func spread(_ values: SIMD16<Float>, _ place: Int) -> SIMD16<Float> {
    csimd_lookup16_f32(values, loadWords16(UnsafePointer(lanes.values.pointer) + place))
  }
}
