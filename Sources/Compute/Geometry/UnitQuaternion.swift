#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A rotation as a unit quaternion `w + xi + yj + zk`; `q` and `-q` are the same rotation.
///
/// In double precision, like `RotationMatrix`, so that poses stored as floats survive any chain of
/// conversions. Products read from the right: `a * b` turns by `b` first.
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
    let square = r.dot(r)
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
    let length = (w * w + v.dot(v)).squareRoot()
    w /= length
    v /= length
  }

  /// The rotation vector with an angle in [0, pi].
  public var axisAngle: SIMD3<Double> {
    let sign: Double = w < 0 ? -1 : 1
    let sine = v.length
    // 2 atan(s/w)/s = 2/w (1 - t^2/3 + ...), t = s/w.
    guard sine >= 1e-9 else { return (2 / w) * v }
    return (sign * 2 * atan2(sine, sign * w) / sine) * v
  }

  public var conjugate: UnitQuaternion { UnitQuaternion(w: w, v: -v) }

  /// First `b`, then `a`.
  public static func * (a: UnitQuaternion, b: UnitQuaternion) -> UnitQuaternion {
    UnitQuaternion(
      w: a.w * b.w - a.v.dot(b.v), v: a.w * b.v + b.w * a.v + a.v.cross(b.v))
  }

  /// The rotation at `fraction` of the way from `a` (0) to `b` (1) at constant angular speed on
  /// the shorter arc: `a exp(fraction log(a^-1 b))`.
  public static func slerp(
    _ a: UnitQuaternion, _ b: UnitQuaternion, _ fraction: Double
  ) -> UnitQuaternion {
    a * UnitQuaternion(axisAngle: fraction * (a.conjugate * b).axisAngle)
  }
}
