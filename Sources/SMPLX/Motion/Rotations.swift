/// Rotations in three forms (axis-angle, unit quaternion, 3x3 matrix) and the ways between them.
///
/// Used by the motions (resampling, up axis) and by the body model (Rodrigues). All arithmetic is
/// in double precision, so that poses stored as floats survive any chain of conversions.
///
/// Matches: `smplx` lbs.batch_rodrigues for `RotationMatrix(smplxAxisAngle:)`.
import Foundation

/// A unit quaternion `w + xi + yj + zk`; `q` and `-q` are the same rotation.
public struct UnitQuaternion: Sendable, Equatable {
  public var w: Double
  /// The imaginary part x, y, z.
  public var v: SIMD3<Double>

  public static let identity = UnitQuaternion(w: 1, v: .zero)

  /// Takes the components as they are; the caller vouches for unit length.
  public init(w: Double, v: SIMD3<Double>) {
    self.w = w
    self.v = v
  }

  /// The rotation by `|r|` radians about `r / |r|`: exact, also for tiny and zero vectors.
  public init(axisAngle r: SIMD3<Double>) {
    let square = dot(r, r)
    let angle = square.squareRoot()
    w = cos(0.5 * angle)
    // sin(a/2)/a = 1/2 - a^2/48 + a^4/3840; below 1e-3 the rest is under 1e-20.
    let factor =
      angle < 1e-3
      ? 0.5 - square * (1 / 48 - square / 3840) : sin(0.5 * angle) / angle
    v = factor * r
  }

  /// Shepperd's method: the largest of the four components is found first, so nothing cancels at
  /// half turns. `m` may be off orthonormal by rounding.
  public init(_ m: RotationMatrix) {
    let (a, b, c) = (m.row0, m.row1, m.row2)
    let trace = a.x + b.y + c.z
    if trace >= max(a.x, b.y, c.z) {
      w = 1 + trace
      v = SIMD3(c.y - b.z, a.z - c.x, b.x - a.y)
    } else if a.x >= max(b.y, c.z) {
      w = c.y - b.z
      v = SIMD3(1 + a.x - b.y - c.z, a.y + b.x, a.z + c.x)
    } else if b.y >= c.z {
      w = a.z - c.x
      v = SIMD3(a.y + b.x, 1 + b.y - a.x - c.z, b.z + c.y)
    } else {
      w = b.x - a.y
      v = SIMD3(a.z + c.x, b.z + c.y, 1 + c.z - a.x - b.y)
    }
    let length = (w * w + dot(v, v)).squareRoot()
    w /= length
    v /= length
  }

  /// The rotation vector with an angle in [0, pi].
  public var axisAngle: SIMD3<Double> {
    let sign: Double = w < 0 ? -1 : 1
    let sine = dot(v, v).squareRoot()
    // 2 atan(s/w)/s = 2/w (1 - t^2/3 + ...), t = s/w.
    guard sine >= 1e-9 else { return (2 / w) * v }
    return (sign * 2 * atan2(sine, sign * w) / sine) * v
  }

  public var conjugate: UnitQuaternion { UnitQuaternion(w: w, v: -v) }

  /// First `b`, then `a`.
  public static func * (a: UnitQuaternion, b: UnitQuaternion) -> UnitQuaternion {
    UnitQuaternion(
      w: a.w * b.w - dot(a.v, b.v), v: a.w * b.v + b.w * a.v + cross(a.v, b.v))
  }

  /// The rotation at `fraction` of the way from `a` (0) to `b` (1) at constant angular speed on
  /// the shorter arc: `a exp(fraction log(a^-1 b))`.
  public static func slerp(
    _ a: UnitQuaternion, _ b: UnitQuaternion, _ fraction: Double
  ) -> UnitQuaternion {
    a * UnitQuaternion(axisAngle: fraction * (a.conjugate * b).axisAngle)
  }
}

/// A 3x3 rotation matrix by rows; acts on column vectors.
public struct RotationMatrix: Sendable, Equatable, BitwiseCopyable {
  public var row0, row1, row2: SIMD3<Double>

  public static let identity = RotationMatrix(
    SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1))

  /// Takes the rows as they are; the caller vouches that they are orthonormal.
  public init(_ row0: SIMD3<Double>, _ row1: SIMD3<Double>, _ row2: SIMD3<Double>) {
    self.row0 = row0
    self.row1 = row1
    self.row2 = row2
  }

  /// Rodrigues' formula, exact: `|r|` radians about `r / |r|`, the identity for zero.
  public init(axisAngle r: SIMD3<Double>) {
    self.init(UnitQuaternion(axisAngle: r))
  }

  /// Rodrigues' formula as the `smplx` package computes it: the angle is `|r + 1e-8|` (added to
  /// each component), the axis `r / angle`, `I + sin K + (1 - cos) K^2`. Differs from the exact
  /// rotation by at most about 2e-8, and by being not quite orthonormal.
  public init(smplxAxisAngle r: SIMD3<Double>) {
    let shifted = r + 1e-8
    let angle = dot(shifted, shifted).squareRoot()
    let k = r / angle
    let (s, c) = (sin(angle), 1 - cos(angle))
    // K^2 = k k^T - |k|^2 I with |k| as it is, not 1.
    let n = dot(k, k)
    self.init(
      SIMD3(1 + c * (k.x * k.x - n), c * k.x * k.y - s * k.z, c * k.x * k.z + s * k.y),
      SIMD3(c * k.x * k.y + s * k.z, 1 + c * (k.y * k.y - n), c * k.y * k.z - s * k.x),
      SIMD3(c * k.x * k.z - s * k.y, c * k.y * k.z + s * k.x, 1 + c * (k.z * k.z - n)))
  }

  public init(_ q: UnitQuaternion) {
    let (w, x, y, z) = (q.w, q.v.x, q.v.y, q.v.z)
    self.init(
      SIMD3(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
      SIMD3(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
      SIMD3(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)))
  }

  /// The rotation vector with an angle in [0, pi]; robust near 0 and near pi.
  public var axisAngle: SIMD3<Double> { UnitQuaternion(self).axisAngle }

  /// The inverse.
  public var transposed: RotationMatrix {
    RotationMatrix(
      SIMD3(row0.x, row1.x, row2.x), SIMD3(row0.y, row1.y, row2.y), SIMD3(row0.z, row1.z, row2.z))
  }

  /// First `b`, then `a`.
  public static func * (a: RotationMatrix, b: RotationMatrix) -> RotationMatrix {
    func row(_ r: SIMD3<Double>) -> SIMD3<Double> { r.x * b.row0 + r.y * b.row1 + r.z * b.row2 }
    return RotationMatrix(row(a.row0), row(a.row1), row(a.row2))
  }

  public static func * (m: RotationMatrix, v: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(dot(m.row0, v), dot(m.row1, v), dot(m.row2, v))
  }

  /// The turn about +Y (up) by `angle` radians; positive takes +Z (forward) towards +X (left).
  public static func yaw(_ angle: Double) -> RotationMatrix {
    let (s, c) = (sin(angle), cos(angle))
    return RotationMatrix(SIMD3(c, 0, s), SIMD3(0, 1, 0), SIMD3(-s, 0, c))
  }
}

@inline(__always)
func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }

@inline(__always)
func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}
