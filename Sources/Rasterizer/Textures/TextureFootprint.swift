import CSIMD
import Compute

/// The most probes along the long axis of a pixel's footprint.
let greatestAnisotropy: Float = 4

/// Asks the rasterizer for the footprint of a pixel in the texture on every triangle; the frame's
/// attributes 0 and 1 must be texture coordinates.
public struct FootprintRequest: Sendable {
  /// Width and height of the texture.
  public var texels: SIMD2<Float>
  /// Along each axis.
  public var samplesPerPixel: Float

  public init(texels: SIMD2<Float>, samplesPerPixel: Float) {
    self.texels = texels
    self.samplesPerPixel = samplesPerPixel
  }
}

/// What a pixel covers of the texture on sixteen triangles: the mip level that the short axis (or a
/// quarter of the long one) asks for, and the long axis in texture coordinates. The axis is zero
/// where one probe is enough.
///
/// With the Jacobian J of texels by pixels, the axes are J's singular vectors, found from the
/// eigenvalues of J J^T (Heckbert 1989). Constant over a triangle: those of a body cover a few
/// pixels.
///
/// - Parameters:
///   - ux, uy, vx, vy: texture coordinates per sample along x and y.
///   - request: size of the texture and samples per pixel.
@inline(__always)
func textureFootprint(
  ux: SIMD16<Float>, uy: SIMD16<Float>, vx: SIMD16<Float>, vy: SIMD16<Float>,
  request: FootprintRequest
) -> (level: SIMD16<Float>, du: SIMD16<Float>, dv: SIMD16<Float>) {
  typealias V = SIMD16<Float>
  let scale = request.texels * request.samplesPerPixel
  let (sux, suy) = (ux * scale.x, uy * scale.x)
  let (svx, svy) = (vx * scale.y, vy * scale.y)
  // J J^T = [a b; b d], in texels.
  let a = sux * sux + suy * suy
  let b = sux * svx + suy * svy
  let d = svx * svx + svy * svy
  let mean = (a + d) * 0.5
  let half = (a - d) * 0.5
  let root = csimd_sqrt_f32(half * half + b * b)
  let long = mean + root
  let short = mean - root
  // The eigenvector of the long axis, from the row of J J^T - long that is larger.
  let first = half .>= V.zero
  let ex = b.replacing(with: half + root, where: first)
  let ey = (root - half).replacing(with: b, where: first)
  let length = csimd_sqrt_f32(ex * ex + ey * ey)
  let tiny = V(repeating: 1e-20)
  let limited = short.replacing(
    with: long / (greatestAnisotropy * greatestAnisotropy),
    where:
      short .< long / (greatestAnisotropy * greatestAnisotropy))
  let floor = limited.replacing(with: tiny, where: limited .< tiny)
  // log2 of the root, linear between powers of two: continuous, off by at most 0.05.
  let bits = unsafeBitCast(floor, to: SIMD16<Int32>.self)
  let level = (csimd_to_f32(bits) * 0x1p-23 - 127) * 0.5
  let magnitude = csimd_sqrt_f32(long) / length.replacing(with: tiny, where: length .< tiny)
  let probes = long .> 2.25 * floor
  let du = (ex * magnitude / request.texels.x).replacing(with: 0, where: .!probes)
  let dv = (ey * magnitude / request.texels.y).replacing(with: 0, where: .!probes)
  return (level, du, dv)
}
