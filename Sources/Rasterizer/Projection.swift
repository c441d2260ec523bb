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
func projectVertices(
  x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafePointer<Float>, from: Int, to: Int,
  camera: PinholeCamera, into result: ProjectedVertices
) {
  typealias V = SIMD16<Float>
  let (r0, r1, r2) = camera.rotation
  let (t, pivot) = (camera.translation, camera.pivot)
  let near = V(repeating: camera.near)
  let limit = V(repeating: RasterConstants.guardBand * RasterConstants.subpixels)
  let fx = V(repeating: camera.focalLength.x * RasterConstants.subpixels)
  let fy = V(repeating: camera.focalLength.y * RasterConstants.subpixels)
  let cx = V(repeating: camera.principalPoint.x * RasterConstants.subpixels)
  let cy = V(repeating: camera.principalPoint.y * RasterConstants.subpixels)
  for start in stride(from: from, to: to, by: 16) {
    let px = UnsafeRawPointer(x + start).loadUnaligned(as: V.self) - pivot.x
    let py = UnsafeRawPointer(y + start).loadUnaligned(as: V.self) - pivot.y
    let pz = UnsafeRawPointer(z + start).loadUnaligned(as: V.self) - pivot.z
    @inline(__always) func row(_ r: SIMD3<Float>, _ t: Float) -> V {
      multiplyAdd(
        px, V(repeating: r.x),
        multiplyAdd(py, V(repeating: r.y), multiplyAdd(pz, V(repeating: r.z), V(repeating: t))))
    }
    let qx = row(r0, t.x)
    let qy = row(r1, t.y)
    let qz = row(r2, t.z)
    let inverse = 1 / qz
    let sx = multiplyAdd(qx * inverse, fx, cx)
    let sy = multiplyAdd(qy * inverse, fy, cy)
    // Written so that a NaN anywhere counts as outside.
    let inside =
      (qz .>= near) .& (sx .<= limit) .& (sx .>= -limit) .& (sy .<= limit) .& (sy .>= -limit)
    csimd_store_rows4(
      result.rows + ProjectedVertices.stride &* start,
      csimd_round_i32(sx.replacing(with: 0, where: .!inside)),
      csimd_round_i32(sy.replacing(with: 0, where: .!inside)),
      unsafeBitCast(inverse, to: SIMD16<Int32>.self),
      SIMD16<Int32>(repeating: -1).replacing(with: 0, where: inside))
  }
}
