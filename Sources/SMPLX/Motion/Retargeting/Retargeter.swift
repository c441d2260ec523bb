/// One frame of a BVH skeleton, as a pose of SMPL-X.
///
/// The direction of every limb bone and of the neck is that of the file's bone; the rotation about it
/// is that of the file's joint, spread where anatomy spreads it.
import Compute
import Foundation

struct Retargeter: Sendable {
  let table: BoneTable
  let calibration: Calibration
  let rest: RestSkeleton
  /// Metres in a unit of the file.
  let metresPerUnit: Double
  /// Rotations of fingers that the file does not have (55): a relaxed hand.
  let relaxed: [RotationMatrix]
  private let kinematics: BVHKinematics
  private let spine: SpineBlend
  /// Whether the file is a skeleton of SMPL-X's own, which needs no twist spread.
  private let spreadsTwist: Bool
  private let restDirections: [SIMD3<Double>]
  private let bones: [MatchedBone?]

  init(
    table: BoneTable, calibration: Calibration, rest: RestSkeleton, metresPerUnit: Double,
    relaxed: [RotationMatrix]
  ) {
    self.table = table
    self.calibration = calibration
    self.rest = rest
    self.metresPerUnit = metresPerUnit
    self.relaxed = relaxed
    kinematics = BVHKinematics(table.skeleton)
    spine = SpineBlend(table, calibration, rest)
    spreadsTwist = !["SMPL-X", "SMPL"].contains(table.map.convention)
    restDirections = (0..<55).map(rest.direction)
    bones = table.bones
  }

  /// Joints whose bone is turned to where the file's bone points, whatever its channels do.
  private static func isDirected(_ joint: Int) -> Bool {
    switch joint {
    case 1, 2, 4, 5, 12, 16...19: true
    default: false
    }
  }

  /// - Parameters:
  ///   - row: the channels of a frame.
  ///   - frame: the result, laid out as `Motion` says, in the file's own axes.
  func pose(_ row: UnsafePointer<Float>, into frame: UnsafeMutablePointer<Float>) {
    let count = kinematics.jointCount
    withUnsafeTemporaryAllocation(of: SIMD3<Double>.self, capacity: count) { positions in
      withUnsafeTemporaryAllocation(of: RotationMatrix.self, capacity: count + 55) { rotations in
        guard let positions = positions.baseAddress, let rotations = rotations.baseAddress else {
          return
        }
        kinematics.pose(row, positions: positions, rotations: rotations)
        let world = rotations + count
        match(positions, rotations, world)
        write(positions, world, into: frame)
      }
    }
  }

  /// The rotation of each of SMPL-X's joints, from its rest axes to the file's.
  private func match(
    _ positions: UnsafePointer<SIMD3<Double>>, _ rotations: UnsafePointer<RotationMatrix>,
    _ world: UnsafeMutablePointer<RotationMatrix>
  ) {
    for joint in 0..<55 {
      let parent = RestSkeleton.parents[joint]
      if let bone = bones[joint], let offset = calibration.offsets[joint] {
        var rotation = rotations[bone.carrier] * offset
        if Self.isDirected(joint) {
          let direction = bone.vector(positions, rotations)
          rotation =
            RotationMatrix(from: rotation * restDirections[joint], to: direction) * rotation
        }
        world[joint] = rotation
      } else if let rotation = spine.rotation(joint, rotations) {
        world[joint] = rotation
      } else {
        world[joint] = parent < 0 ? .identity : world[parent] * relaxed[joint]
      }
    }
    guard spreadsTwist else { return }
    for side in 0..<2 where bones[18 + side] != nil && bones[20 + side] != nil {
      spread(from: 20 + side, to: 18 + side, about: restDirections[18 + side], world)
    }
    if bones[12] != nil, bones[15] != nil { spreadNeck(world) }
  }

  /// A wrist does not twist, a forearm does: half of what the hand twists goes to the forearm.
  private func spread(
    from end: Int, to joint: Int, about axis: SIMD3<Double>,
    _ world: UnsafeMutablePointer<RotationMatrix>
  ) {
    let twist = Twist.angle(world[joint].transposed * world[end], about: axis)
    world[joint] = world[joint] * RotationMatrix(axisAngle: Twist.half(twist) * axis)
  }

  /// Half of a head's turn happens in the neck; a file whose neck does its part is left as it is.
  private func spreadNeck(_ world: UnsafeMutablePointer<RotationMatrix>) {
    let axis = restDirections[12]
    let head = Twist.angle(world[12].transposed * world[15], about: axis)
    let neck = Twist.angle(world[9].transposed * world[12], about: axis)
    guard abs(head) > abs(neck) else { return }
    world[12] = world[12] * RotationMatrix(axisAngle: Twist.half(head - neck) * axis)
  }

  private func write(
    _ positions: UnsafePointer<SIMD3<Double>>, _ world: UnsafePointer<RotationMatrix>,
    into frame: UnsafeMutablePointer<Float>
  ) {
    for joint in 0..<55 {
      let parent = RestSkeleton.parents[joint]
      let local = parent < 0 ? world[joint] : world[parent].transposed * world[joint]
      let vector = local.axisAngle
      for axis in 0..<3 { frame[3 * joint + axis] = Float(vector[axis]) }
    }
    let translation = translation(positions, world[0])
    for axis in 0..<3 { frame[MotionFrame.translation + axis] = Float(translation[axis]) }
  }

  /// Of the body, so that the middle of its hips is where the file's is, in proportion to its legs:
  /// that place means the same on every skeleton, "pelvis" does not.
  private func translation(
    _ positions: UnsafePointer<SIMD3<Double>>, _ pelvis: RotationMatrix
  ) -> SIMD3<Double> {
    guard let left = bones[1], let right = bones[2] else { return .zero }
    let middle = (positions[left.start] + positions[right.start]) * (metresPerUnit / 2)
    let ours = (rest.joints[1] + rest.joints[2]) / 2 - rest.joints[0]
    return middle - pelvis * ours - rest.joints[0]
  }
}

/// Rotations about a bone.
enum Twist {
  /// The part of a rotation about `axis` (of length one), radians in -pi...pi.
  static func angle(_ rotation: RotationMatrix, about axis: SIMD3<Double>) -> Double {
    let q = UnitQuaternion(rotation)
    let sine = q.v.dot(axis)
    let angle = 2 * atan2(sine, q.w)
    return angle > .pi ? angle - 2 * .pi : angle < -.pi ? angle + 2 * .pi : angle
  }

  /// Half an angle; less beyond a right angle and none at half a turn, whose sign means nothing.
  static func half(_ angle: Double) -> Double {
    let size = abs(angle)
    let half = size <= .pi / 2 ? size / 2 : max(0, (.pi - size) / 2)
    return angle < 0 ? -half : half
  }
}
