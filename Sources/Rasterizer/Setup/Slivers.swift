import CSIMD
import Compute

/// Lanes whose triangles are slivers (`RasterConstants.sliverRatio`), from the sides at the first corner
/// and the doubled area; those whose area rounding has lost or turned are among them.
@inline(__always)
func sliverLanes(
  _ d1: (x: SIMD16<Float>, y: SIMD16<Float>), _ d2: (x: SIMD16<Float>, y: SIMD16<Float>),
  _ area: SIMD16<Float>
) -> UInt32 {
  let (x, y) = (d2.x - d1.x, d2.y - d1.y)
  let limit = area * RasterConstants.sliverRatio
  let sliver =
    (d1.x * d1.x + d1.y * d1.y .> limit) .| (d2.x * d2.x + d2.y * d2.y .> limit)
    .| (x * x + y * y .> limit)
  return csimd_sign_bits(unsafeBitCast(sliver, to: SIMD16<Int32>.self))
}

extension Mask16 {
  /// The lanes whose bit is set.
  init(lanes: UInt32) {
    let bit = SIMD16<Int32>(
      1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
    let set = csimd_and_i32(bit, SIMD16<Int32>(repeating: Int32(truncatingIfNeeded: lanes)))
    self = set .!= 0
  }
}
