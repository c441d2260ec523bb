/// Joints of SMPL-X where a pose puts them.
import Compute
import Foundation

@testable import SMPLX

struct PosedJoints {
  var positions: [SIMD3<Double>] = []
  var rotations: [RotationMatrix] = []

  init(_ pose: BodyPose, _ rest: RestSkeleton) {
    for joint in 0..<BodyPose.jointCount {
      let local = RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[joint]))
      let parent = RestSkeleton.parents[joint]
      if parent < 0 {
        rotations.append(local)
        positions.append(rest.joints[0] + SIMD3<Double>(pose.translation))
      } else {
        rotations.append(rotations[parent] * local)
        positions.append(
          positions[parent] + rotations[parent] * (rest.joints[joint] - rest.joints[parent]))
      }
    }
  }
}

/// Degrees between two directions; zero where one has no length.
func degreesBetween(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
  guard a.length > 0, b.length > 0 else { return 0 }
  // Exact for small angles, unlike an arc cosine.
  return 2 * atan2((a.normalized - b.normalized).length, (a.normalized + b.normalized).length) * 180
    / .pi
}

/// Degrees between two rotations.
func degreesBetween(_ a: RotationMatrix, _ b: RotationMatrix) -> Double {
  (a.transposed * b).axisAngle.length * 180 / .pi
}
