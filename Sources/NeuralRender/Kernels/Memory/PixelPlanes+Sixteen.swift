// Sixteen pixels at once, in registers of sixteen floats: halves of a plane that are written one after the
// other make the processor wait where a whole plane is read behind them.

import CSIMD
import Compute

extension PixelPlanes {
  /// Takes sixteen pixels, of two channels and more; false where it is left to others.
  @inline(__always)
  func loadSixteen(_ source: UnsafePointer<Float>, _ stride: Int) -> Bool {
    switch channels {
    case 4...:
      SIMD4<Float>.forEach(channels) { c, _ in
        csimd_rows4_to_planes16(source + c, stride, planes + 16 &* c, 16)
      }
    case 3 where stride == 3: csimd_rows3_to_planes16(source, planes, 16)
    case 2 where stride == 2:
      let (first, second) = (load16(source), load16(source + 16))
      store16(SIMD16(lowHalf: first.evenHalf, highHalf: second.evenHalf), planes)
      store16(SIMD16(lowHalf: first.oddHalf, highHalf: second.oddHalf), planes + 16)
    default: return false
    }
    return true
  }

  /// Gives them back.
  @inline(__always)
  func storeSixteen(to target: UnsafeMutablePointer<Float>, _ stride: Int) -> Bool {
    switch channels {
    case 4...:
      SIMD4<Float>.forEach(channels) { c, _ in
        csimd_planes16_to_rows4(planes + 16 &* c, 16, target + c, stride)
      }
    case 3 where stride == 3: csimd_planes16_to_rows3(planes, 16, target)
    default: return false
    }
    return true
  }
}
