// From joint rotations to what skinning needs: corrective features and joint transforms.
//
// Matches: the `smplx` package, lbs.batch_rodrigues and lbs.batch_rigid_transform.
// Differs: double precision; one frame at a time.

import Compute

/// Writes the nine entries of R - I row by row.
@inline(__always)
func writeFeatures(_ r: RotationMatrix, _ output: UnsafeMutableBufferPointer<Float>) {
  output[0] = Float(r.row0.x - 1)
  output[1] = Float(r.row0.y)
  output[2] = Float(r.row0.z)
  output[3] = Float(r.row1.x)
  output[4] = Float(r.row1.y - 1)
  output[5] = Float(r.row1.z)
  output[6] = Float(r.row2.x)
  output[7] = Float(r.row2.y)
  output[8] = Float(r.row2.z - 1)
}

/// A rotation and a position.
struct RigidTransform: BitwiseCopyable {
  var rotation: RotationMatrix
  var position: SIMD3<Double>
}

/// Chains the joints' rotations from the pelvis outward.
///
/// - Parameters:
///   - rotations: (J) relative to the parent.
///   - rest: (J) rest positions, metres.
///   - parents: (J), each before its child; the root's is not read.
///   - world: (J) the result: orientation and position of each joint, without the translation of
///     the body.
@inline(__always)
func chainJoints(
  _ rotations: UnsafePointer<RotationMatrix>, _ rest: UnsafePointer<SIMD3<Double>>,
  _ parents: UnsafePointer<Int>, _ count: Int, _ world: UnsafeMutablePointer<RigidTransform>
) {
  world[0] = RigidTransform(rotation: rotations[0], position: rest[0])
  for joint in 1..<count {
    let parent = parents[joint]
    let from = world[parent]
    world[joint] = RigidTransform(
      rotation: from.rotation * rotations[joint],
      position: from.position + from.rotation * (rest[joint] - rest[parent]))
  }
}

/// Writes the upper three rows of the transform that takes a rest position to where the joint takes
/// it: (R | p - R rest), twelve floats.
@inline(__always)
func writeSkinningTransform(
  _ world: RigidTransform, rest: SIMD3<Double>, _ output: UnsafeMutablePointer<Float>
) {
  let r = world.rotation
  let shift = world.position - r * rest
  output[0] = Float(r.row0.x)
  output[1] = Float(r.row0.y)
  output[2] = Float(r.row0.z)
  output[3] = Float(shift.x)
  output[4] = Float(r.row1.x)
  output[5] = Float(r.row1.y)
  output[6] = Float(r.row1.z)
  output[7] = Float(shift.y)
  output[8] = Float(r.row2.x)
  output[9] = Float(r.row2.y)
  output[10] = Float(r.row2.z)
  output[11] = Float(shift.z)
}
