#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A rotation as a 3x3 matrix by rows, in double precision; acts on column vectors.
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
    SIMD3(m.row0.dot(v), m.row1.dot(v), m.row2.dot(v))
  }

  /// The turn about +Y (up) by `angle` radians; positive takes +Z (forward) towards +X (left).
  public static func yaw(_ angle: Double) -> RotationMatrix {
    let (s, c) = (sin(angle), cos(angle))
    return RotationMatrix(SIMD3(c, 0, s), SIMD3(0, 1, 0), SIMD3(-s, 0, c))
  }
}
