import Compute
import Foundation

/// A rotation by its axis-angle vector, and how it turns when the vector changes.
///
/// R(r + d) = R(r) exp([J d]x) for small d; the columns of J (the right Jacobian of the rotation group)
/// are `axes`. Barfoot, "State Estimation for Robotics", section 7.1.
struct RotationDerivative {
  let rotation: RotationMatrix
  let axes: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

  init(axisAngle r: SIMD3<Double>) {
    rotation = RotationMatrix(axisAngle: r)
    let square = r.dot(r)
    let angle = square.squareRoot()
    // J = I - b K + c K^2, K the cross product with r. Below 1e-2 the next terms are under 1e-10.
    let small = angle < 1e-2
    let b = small ? 0.5 - square / 24 * (1 - square / 30) : (1 - cos(angle)) / square
    let c = small ? 1.0 / 6 - square / 120 : (angle - sin(angle)) / (square * angle)
    func column(_ e: SIMD3<Double>) -> SIMD3<Double> {
      let k = r.cross(e)
      return e - b * k + c * r.cross(k)
    }
    axes = (column(SIMD3(1, 0, 0)), column(SIMD3(0, 1, 0)), column(SIMD3(0, 0, 1)))
  }

  /// The derivative of the matrix by component k of the vector: R times the cross product with an axis.
  func matrix(_ axis: SIMD3<Double>) -> RotationMatrix {
    func row(_ r: SIMD3<Double>) -> SIMD3<Double> { r.cross(axis) }
    return RotationMatrix(row(rotation.row0), row(rotation.row1), row(rotation.row2))
  }
}
