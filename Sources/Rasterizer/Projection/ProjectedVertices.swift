import CSIMD
import Compute

/// Vertices on the screen, rows of four words: x and y in 1/256 of a sample, the bits of 1 / depth
/// (1 / metres), and all ones where the vertex is nearer than the near plane, outside the guard band
/// or not a number; such a vertex has no screen coordinates and its triangles are clipped.
///
/// Rows, because set-up picks vertices at random: one load a vertex where planes would take three or
/// four gathers of sixteen.
struct ProjectedVertices {
  static let stride = 4

  let rows: UnsafeMutablePointer<Int32>
}

/// First stage: projects vertices from ..< to (multiples of sixteen) to the screen.
///
/// x, y, z: world coordinates in metres, readable up to the next multiple of sixteen.
///
/// - Parameter count: vertices that there are; what lies behind them in the last sixteen is padding.
/// - Returns: how many of them are outside.
func projectVertices(
  x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafePointer<Float>, from: Int, to: Int,
  count: Int, projection: VertexProjection, into result: ProjectedVertices
) -> Int {
  typealias V = SIMD16<Float>
  var outsideCount = 0
  for start in stride(from: from, to: to, by: 16) {
    @inline(__always) func load(_ plane: UnsafePointer<Float>) -> V {
      UnsafeRawPointer(plane + start).loadUnaligned(as: V.self)
    }
    let screen = projection.screen(projection.cameraCoordinates(load(x), load(y), load(z)))
    let outside = SIMD16<Int32>(repeating: -1).replacing(with: 0, where: screen.inside)
    csimd_store_rows4(
      result.rows + ProjectedVertices.stride &* start,
      csimd_round_i32(screen.x.replacing(with: 0, where: .!screen.inside)),
      csimd_round_i32(screen.y.replacing(with: 0, where: .!screen.inside)),
      unsafeBitCast(screen.inverseDepth, to: SIMD16<Int32>.self), outside)
    let there: UInt32 = count &- start >= 16 ? 0xffff : (1 &<< UInt32(count &- start)) &- 1
    outsideCount &+= (csimd_sign_bits(outside) & there).nonzeroBitCount
  }
  return outsideCount
}
