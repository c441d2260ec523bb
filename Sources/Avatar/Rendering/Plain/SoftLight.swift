import Compute
import SMPLX

/// Light of the plain decoder: a hemisphere (sky above, ground below) and a soft key light that stays
/// with the camera, upper left in front of the person.
///
/// light(n) = ground + (sky - ground) (n.y + 1) / 2 + key max(0, (n . l + w) / (1 + w))^2, in linear
/// light; n is the smooth normal, l the direction to the key light, w how far it reaches round.
struct SoftLight: Sendable {
  var sky: Float = 0.60
  var ground: Float = 0.34
  var key: Float = 0.52
  var wrap: Float = 0.45
  /// Direction to the key light in camera axes (x right, y down, z forward), unit length.
  var direction: SIMD3<Float> = [-0.482, -0.562, -0.672]

  /// Writes the light at every vertex.
  ///
  /// - Parameters:
  ///   - normals: unit normals in world axes.
  ///   - rotation: rows of the camera's rotation.
  ///   - result: one value a vertex, rounded up to a multiple of sixteen.
  func shade(
    normals: PlanarVertices,
    rotation: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>), into result: UnsafeMutablePointer<Float>
  ) {
    typealias V = SIMD16<Float>
    let l =
      rotation.0 * direction.x + rotation.1 * direction.y + rotation.2 * direction.z
    let scale = 1 / (1 + wrap)
    for start in stride(from: 0, to: normals.count, by: 16) {
      let nx = UnsafeRawPointer(normals.x + start).loadUnaligned(as: V.self)
      let ny = UnsafeRawPointer(normals.y + start).loadUnaligned(as: V.self)
      let nz = UnsafeRawPointer(normals.z + start).loadUnaligned(as: V.self)
      let cosine = multiplyAdd(
        nx, V(repeating: l.x), multiplyAdd(ny, V(repeating: l.y), nz * l.z))
      let reach = ((cosine + wrap) * scale).clamped(lowerBound: .zero, upperBound: .one)
      let ambient = multiplyAdd(
        ny, V(repeating: (sky - ground) / 2), V(repeating: (sky + ground) / 2))
      let light = multiplyAdd(reach * reach, V(repeating: key), ambient)
      UnsafeMutableRawPointer(result + start).storeBytes(of: light, as: V.self)
    }
  }
}
