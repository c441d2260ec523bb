import Compute
import Foundation

/// How a file writes the rotation of a joint.
enum RotationKind: Sendable, Equatable, CaseIterable {
  /// Three numbers: the axis times the angle in radians.
  case axisAngle
  /// Nine: a rotation matrix, row by row.
  case matrix
  /// Six: the first two rows of the matrix, as pytorch3d's `matrix_to_rotation_6d` has them.
  case sixRows
  /// Six: the first two columns of the matrix, row by row (3 x 2), as SPIN's `rot6d_to_rotmat` reads them.
  case sixColumns
  /// Four: a quaternion of any length, its real part first (pytorch3d) or last (scipy, ROS).
  case quaternionRealFirst, quaternionRealLast

  var width: Int {
    switch self {
    case .axisAngle: 3
    case .matrix: 9
    case .sixRows, .sixColumns: 6
    case .quaternionRealFirst, .quaternionRealLast: 4
    }
  }

  /// Kinds that only their numbers tell apart.
  static func kinds(width: Int) -> [RotationKind] { allCases.filter { $0.width == width } }

  var label: String {
    switch self {
    case .axisAngle: "rotation vectors"
    case .matrix: "rotation matrices"
    case .sixRows, .sixColumns: "6D rotations"
    case .quaternionRealFirst: "quaternions (w first)"
    case .quaternionRealLast: "quaternions (w last)"
    }
  }

  /// Writes `count` joints of a row as rotation vectors. What is no rotation becomes NaN.
  func convert(
    _ row: UnsafePointer<Float>, count: Int, to output: UnsafeMutablePointer<Float>
  ) {
    guard self != .axisAngle else {
      output.update(from: row, count: 3 * count)
      return
    }
    for joint in 0..<count {
      let r = axisAngle(row + width * joint)
      for axis in 0..<3 { output[3 * joint + axis] = Float(r[axis]) }
    }
  }

  private func axisAngle(_ p: UnsafePointer<Float>) -> SIMD3<Double> {
    func vector(_ a: Int, _ b: Int, _ c: Int) -> SIMD3<Double> {
      SIMD3(Double(p[a]), Double(p[b]), Double(p[c]))
    }
    switch self {
    case .axisAngle: return vector(0, 1, 2)
    case .matrix:
      let (x, y, z) = (vector(0, 1, 2), vector(3, 4, 5), vector(6, 7, 8))
      // Estimators' are rotations but for rounding; zeros, reflections and other numbers are none.
      guard [x, y, z].allSatisfy({ abs($0.length - 1) < 0.2 }), x.cross(y).dot(z) > 0.5 else {
        return SIMD3(repeating: .nan)
      }
      return RotationMatrix(x, y, z).axisAngle
    case .sixRows: return Self.orthonormal(vector(0, 1, 2), vector(3, 4, 5)).axisAngle
    case .sixColumns:
      return Self.orthonormal(vector(0, 2, 4), vector(1, 3, 5)).transposed.axisAngle
    case .quaternionRealFirst: return Self.axisAngle(Double(p[0]), vector(1, 2, 3))
    case .quaternionRealLast: return Self.axisAngle(Double(p[3]), vector(0, 1, 2))
    }
  }

  /// Gram and Schmidt's rows, as Zhou et al. ("On the Continuity of Rotation Representations in Neural
  /// Networks", 2019) have them.
  private static func orthonormal(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> RotationMatrix {
    let x = a / a.length
    let rest = b - x * x.dot(b)
    let y = rest / rest.length
    return RotationMatrix(x, y, x.cross(y))
  }

  private static func axisAngle(_ real: Double, _ imaginary: SIMD3<Double>) -> SIMD3<Double> {
    let size = (real * real + imaginary.dot(imaginary)).squareRoot()
    // Networks give quaternions of any length; only no length has no direction.
    guard size > 1e-6 else { return SIMD3(repeating: .nan) }
    let sine = imaginary.length
    guard sine > 1e-12 * size else { return .zero }
    // q and -q are one rotation: the shorter way.
    let angle = 2 * atan2(sine, abs(real)) * (real < 0 ? -1 : 1)
    return imaginary * (angle / sine)
  }

  /// The kind that rows of joints fit best, of those as wide: people are near their rest pose more often than
  /// not, so the real part of a quaternion is the largest, and vectors of a 6D rotation are unit vectors.
  static func best(width: Int, rows: [Float]) -> RotationKind {
    let kinds = kinds(width: width)
    guard kinds.count > 1 else { return kinds.first ?? .axisAngle }
    func misfit(_ kind: RotationKind) -> Double {
      var sum = 0.0
      for start in stride(from: 0, through: rows.count - width, by: width) {
        func at(_ i: Int) -> Double { Double(rows[start + i]) }
        switch kind {
        case .quaternionRealFirst, .quaternionRealLast:
          let length = quaternionLength(rows, start)
          if length > 0 { sum -= abs(at(kind == .quaternionRealFirst ? 0 : 3)) / length }
        default:
          let places = kind == .sixRows ? [0, 1, 2, 3, 4, 5] : [0, 2, 4, 1, 3, 5]
          let a = SIMD3(at(places[0]), at(places[1]), at(places[2]))
          let b = SIMD3(at(places[3]), at(places[4]), at(places[5]))
          let miss = abs(a.length - 1) + abs(b.length - 1) + abs(a.dot(b))
          if miss.isFinite { sum += miss }
        }
      }
      return sum
    }
    return kinds.dropFirst().reduce(kinds[0]) { misfit($1) < misfit($0) - 1e-6 ? $1 : $0 }
  }

  private static func quaternionLength(_ rows: [Float], _ start: Int) -> Double {
    (0..<4).reduce(0.0) { $0 + Double(rows[start + $1]) * Double(rows[start + $1]) }.squareRoot()
  }

  /// The greatest length of quaternions that are longer or shorter than rounding explains; nil where all
  /// have length 1.
  static func unusualLength(ofQuaternions rows: [Float]) -> Double? {
    let lengths = stride(from: 0, through: rows.count - 4, by: 4).map { quaternionLength(rows, $0) }
      .filter(\.isFinite)
    guard let least = lengths.min(), let most = lengths.max() else { return nil }
    return least < 0.9 || most > 1.1 ? most : nil
  }
}
