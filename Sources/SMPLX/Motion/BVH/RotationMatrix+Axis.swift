/// Turns about single axes.
import Compute
import Foundation

extension RotationMatrix {
  /// This matrix times a turn about x, y or z (`axis` 0, 1, 2).
  func turned(axis: Int, degrees: Double) -> RotationMatrix {
    let (s, c) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
    // Columns j and k are mixed.
    let (j, k) = ((axis + 1) % 3, (axis + 2) % 3)
    func row(_ r: SIMD3<Double>) -> SIMD3<Double> {
      var result = r
      result[j] = c * r[j] + s * r[k]
      result[k] = c * r[k] - s * r[j]
      return result
    }
    return RotationMatrix(row(row0), row(row1), row(row2))
  }

  /// The smallest rotation that takes one direction to another; the identity where either has no
  /// length. Opposite directions are turned about an axis at right angles to them.
  init(from source: SIMD3<Double>, to target: SIMD3<Double>) {
    let (a, b) = (source.normalized, target.normalized)
    guard a != .zero, b != .zero else {
      self = .identity
      return
    }
    let cosine = a.dot(b)
    if cosine < -0.999_999_9 {
      let other: SIMD3<Double> = abs(a.x) < 0.6 ? SIMD3(1, 0, 0) : SIMD3(0, 1, 0)
      self.init(UnitQuaternion(w: 0, v: a.cross(other).normalized))
      return
    }
    // (1 + cos, a x b) is twice cos(angle / 2) times the quaternion.
    let (w, v) = (1 + cosine, a.cross(b))
    let length = (w * w + v.dot(v)).squareRoot()
    self.init(UnitQuaternion(w: w / length, v: v / length))
  }

  /// The axes whose first is `first` and whose second lies in the plane of `first` and `second`, as
  /// columns; nil where the two have no plane.
  init?(first: SIMD3<Double>, second: SIMD3<Double>) {
    let x = first.normalized
    let y = (second - second.dot(x) * x).normalized
    guard x != .zero, y != .zero else { return nil }
    self = RotationMatrix(x, y, x.cross(y)).transposed
  }
}
