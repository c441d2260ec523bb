import CSIMD
import Compute

/// The arithmetic that takes vertices to the screen.
///
/// It is written once and used by the fast path for all vertices and by clipping for the corners of one
/// triangle: a vertex must lie on the same sub-pixel in every triangle that it belongs to, or a closed
/// mesh shows holes.
struct VertexProjection {
  /// Rows of the camera's rotation, its translation and pivot.
  private let rotation: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)
  private let translation: SIMD3<Float>
  private let pivot: SIMD3<Float>
  /// Metres.
  let near: Float
  /// In sub-pixels, as the principal point.
  let focalLength: SIMD2<Float>
  let principalPoint: SIMD2<Float>
  /// The picture's middle in sub-pixels.
  let middle: SIMD2<Int64>
  /// Sub-pixels between which vertices need no clipping. The clipping planes lie a 32nd of the guard
  /// band farther out, and its end as much again: more than coordinates are off by rounding.
  private let low: SIMD2<Float>
  private let high: SIMD2<Float>

  /// Greatest distance of a screen coordinate from the middle, sub-pixels.
  static let reach = Int64(RasterConstants.guardBand * RasterConstants.subpixels)

  /// - Parameter camera: a near plane nearer than `RasterConstants.leastNear` counts as there.
  init(camera: PinholeCamera, width: Int, height: Int) {
    rotation = camera.rotation
    translation = camera.translation
    pivot = camera.pivot
    let least = RasterConstants.leastNear
    near = camera.near > least ? camera.near : least
    focalLength = camera.focalLength * RasterConstants.subpixels
    principalPoint = camera.principalPoint * RasterConstants.subpixels
    middle = SIMD2(Int64(width), Int64(height)) &* (Int64(RasterConstants.subpixels) / 2)
    let inner = SIMD2<Float>(repeating: Float(Self.reach) * 15 / 16)
    low = SIMD2<Float>(middle) - inner
    high = SIMD2<Float>(middle) + inner
  }

  /// Camera coordinates of world points, metres.
  @inline(__always)
  func cameraCoordinates(
    _ x: SIMD16<Float>, _ y: SIMD16<Float>, _ z: SIMD16<Float>
  ) -> (x: SIMD16<Float>, y: SIMD16<Float>, z: SIMD16<Float>) {
    typealias V = SIMD16<Float>
    let (px, py, pz) = (x - pivot.x, y - pivot.y, z - pivot.z)
    @inline(__always) func row(_ r: SIMD3<Float>, _ t: Float) -> V {
      multiplyAdd(
        px, V(repeating: r.x),
        multiplyAdd(py, V(repeating: r.y), multiplyAdd(pz, V(repeating: r.z), V(repeating: t))))
    }
    return (
      row(rotation.0, translation.x), row(rotation.1, translation.y),
      row(rotation.2, translation.z)
    )
  }

  /// Camera coordinates on the screen: sub-pixels, not yet rounded, and 1 / depth; lanes that are not
  /// inside may hold anything.
  @inline(__always)
  func screen(
    _ point: (x: SIMD16<Float>, y: SIMD16<Float>, z: SIMD16<Float>)
  ) -> (x: SIMD16<Float>, y: SIMD16<Float>, inverseDepth: SIMD16<Float>, inside: Mask16) {
    typealias V = SIMD16<Float>
    let inverse = 1 / point.z
    let x = multiplyAdd(
      point.x * inverse, V(repeating: focalLength.x), V(repeating: principalPoint.x))
    let y = multiplyAdd(
      point.y * inverse, V(repeating: focalLength.y), V(repeating: principalPoint.y))
    // Written so that a NaN anywhere, and an infinite depth, count as outside.
    let inside =
      (point.z .>= V(repeating: near)) .& (inverse .> V.zero)
      .& (x .>= V(repeating: low.x)) .& (x .<= V(repeating: high.x))
      .& (y .>= V(repeating: low.y)) .& (y .<= V(repeating: high.y))
    return (x, y, inverse, inside)
  }

  /// The nearest sub-pixel of the guard band; a number that is none counts as its low end.
  func nearest(_ value: SIMD2<Double>) -> SIMD2<Int64> {
    func nearest(_ value: Double, _ middle: Int64) -> Int64 {
      let reach = Double(Self.reach)
      let distance = value - Double(middle)
      guard distance > -reach else { return middle &- Self.reach }
      guard distance < reach else { return middle &+ Self.reach }
      return Int64(value.rounded(.toNearestOrEven))
    }
    return SIMD2(nearest(value.x, middle.x), nearest(value.y, middle.y))
  }
}
