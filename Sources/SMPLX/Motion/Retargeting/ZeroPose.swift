/// The zero pose of a skeleton as a pose of a body.
import Compute

enum ZeroPose {
  /// Whether the zero pose could be somebody's: hips and shoulders lie across the trunk on the same
  /// sides, legs go down from it.
  static func isBody(_ zero: BVHPose, _ table: BoneTable, _ axes: BodyAxes) -> Bool {
    let (left, up) = (axes.left.normalized, axes.up.normalized)
    guard left != .zero, up != .zero, abs(left.dot(up)) < 0.35,
      axes.shoulders.normalized.dot(left) > 0.5
    else { return false }
    return [1, 2, 4, 5].allSatisfy { joint in
      guard let bone = table.bones[joint] else { return false }
      return bone.vector(zero).normalized.dot(up) < -0.35
    }
  }

  /// Whether an arm leaves the trunk on its own side (or goes straight up or down) and does not fold
  /// back.
  static func armIsNatural(
    _ side: Int, _ zero: BVHPose, _ table: BoneTable, _ axes: BodyAxes
  ) -> Bool {
    guard let upper = table.bones[16 + side]?.vector(zero).normalized else { return true }
    let outward = (side == 0 ? 1 : -1) * axes.left.normalized
    let lower = table.bones[18 + side]?.vector(zero).normalized ?? upper
    return upper.dot(outward) > -0.3 && upper.dot(lower) > -0.2
  }

  /// Constant rotations for all joints. `turn`: from SMPL-X's axes to the file's.
  ///
  /// From joint to joint outward each bone of SMPL-X is turned by the smallest rotation to where it
  /// is in the zero pose, its parent's turn before: a pose without twist. Trunk and head stand
  /// upright in both. Soles are flat in both, although the lines from ankle to ball slope differently.
  static func offsets(
    _ zero: BVHPose, _ table: BoneTable, _ rest: RestSkeleton, turn: RotationMatrix
  ) -> ([RotationMatrix?], spine: [RotationMatrix]) {
    var offsets = [RotationMatrix?](repeating: nil, count: 55)
    let up = turn * SIMD3(0, 1, 0)
    for joint in 0..<55 {
      guard let bone = table.bones[joint] else { continue }
      let direction = bone.vector(zero).normalized
      switch joint {
      case 7, 8, 10, 11:
        offsets[joint] =
          isFlat(direction, up)
          ? flat(turn * rest.direction(joint), direction, up) * turn
          : aligned(parent(joint, offsets) ?? turn, rest.direction(joint), direction)
      case 12, 16...21, 1, 2, 4, 5, 25...54:
        offsets[joint] = aligned(
          parent(joint, offsets) ?? turn, rest.direction(joint), direction)
      case 15:
        // An end that lies nearly above the head says how it is held; one far from it does not.
        let isAbove = direction.dot(up) > 0.985
        offsets[joint] = isAbove ? aligned(turn, SIMD3(0, 1, 0), direction) : turn
      default:
        offsets[joint] = turn
      }
    }
    return (offsets, [RotationMatrix](repeating: turn, count: table.map.spine.count))
  }

  /// Limbs hang on each other; collars, neck and hips on the upright trunk.
  private static func parent(_ joint: Int, _ offsets: [RotationMatrix?]) -> RotationMatrix? {
    switch joint {
    case 1, 2, 12, 16, 17: nil
    default: offsets[RestSkeleton.parents[joint]]
    }
  }

  private static func aligned(
    _ parent: RotationMatrix, _ bone: SIMD3<Double>, _ direction: SIMD3<Double>
  ) -> RotationMatrix {
    RotationMatrix(from: parent * bone, to: direction) * parent
  }

  /// Within 50 degrees of the floor.
  private static func isFlat(_ direction: SIMD3<Double>, _ up: SIMD3<Double>) -> Bool {
    direction == .zero || abs(direction.dot(up)) < 0.77
  }

  /// The turn about the vertical that takes one direction over the floor to another.
  private static func flat(
    _ source: SIMD3<Double>, _ target: SIMD3<Double>, _ up: SIMD3<Double>
  ) -> RotationMatrix {
    RotationMatrix(from: source - source.dot(up) * up, to: target - target.dot(up) * up)
  }
}
