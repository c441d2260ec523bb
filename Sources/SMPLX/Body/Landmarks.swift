// Joints as the `smplx` package returns them: 55 joints, 21 vertex joints, 51 face landmarks and,
// if asked for, 17 contour landmarks that slide along the cheeks as the head turns.
//
// Matches: the `smplx` package, vertex_joint_selector, lbs.vertices2landmarks and
// lbs.find_dynamic_lmk_idx_and_bcoords.

import Compute
import Foundation

/// Which row of the contour table the turn of the neck asks for.
enum ContourRow {
  /// Neck angles of 0 to 39 degrees, then -1 to -39.
  static let count = 79
  static let neck = 12

  /// - Parameter neck: orientation of the neck joint, the product of its chain's rotations.
  static func row(neck: RotationMatrix) -> Int {
    let side = (neck.row0.x * neck.row0.x + neck.row1.x * neck.row1.x).squareRoot()
    let degrees = -atan2(-neck.row2.x, side) * 180 / .pi
    // Half to even, as torch rounds.
    let angle = Int(saturating: min(degrees, 39), .toNearestOrEven)
    if angle >= 0 { return angle }
    return angle < -39 ? count - 1 : 39 - angle
  }
}

extension BodyModel {
  /// Number of joints that posing returns: 144 with the contour, 127 without, for a model that has
  /// all landmarks.
  public func jointTotal(contour: Bool) -> Int {
    jointCount + vertexJointIDs.count + landmarks.count
      + (contour ? self.contour.first?.count ?? 0 : 0)
  }

  /// Appends to posed joints what is read off the surface.
  ///
  /// - Parameters:
  ///   - vertex: position of a vertex.
  ///   - output: filled from `jointCount` on, `jointTotal(contour:)` long.
  func writeSurfaceJoints<Scalar: BinaryFloatingPoint & SIMDScalar>(
    contourRow: Int?, _ output: UnsafeMutableBufferPointer<SIMD3<Scalar>>,
    vertex: (Int) -> SIMD3<Scalar>
  ) {
    var next = jointCount
    func append(_ position: SIMD3<Scalar>) {
      output[next] = position
      next += 1
    }
    func append(_ point: SurfacePoint) {
      var sum = SIMD3<Scalar>.zero
      for corner in 0..<3 {
        sum += vertex(Int(point.vertices[corner])) * Scalar(point.weights[corner])
      }
      append(sum)
    }
    for id in vertexJointIDs { append(vertex(id)) }
    for point in landmarks { append(point) }
    if let contourRow, contour.indices.contains(contourRow) {
      for point in contour[contourRow] { append(point) }
    }
  }
}
