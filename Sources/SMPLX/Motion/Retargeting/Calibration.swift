/// What turns a joint of the file into one of SMPL-X: a constant rotation each, found once.
///
/// With G the rotation of a joint in a frame (from its own axes to the file's), the rotation of
/// the matching SMPL-X joint is G B. B comes from the zero pose (all channels zero) where that is a
/// body standing in any way (T, A, arms hanging, legs apart): it is the pose that SMPL-X would need to
/// look like it, without twist. Many skeletons have no such zero pose: every bone lies along one of
/// its joint's axes. There B comes from the motion: from the side to which elbows and knees bend, from
/// where toes and thumbs are, from how the trunk stands on average.
import Compute

struct Calibration: Sendable {
  /// (55) B; nil for joints that the file does not have.
  var offsets: [RotationMatrix?]
  /// B of the joints in `SkeletonMap.spine`.
  var spine: [RotationMatrix]
  /// The axis of the file that points up.
  var up: UpAxis
  /// Whether the motion bears the axis out.
  var upIsCertain: Bool
  /// Whether the zero pose is that of a body.
  var zeroPoseIsBody: Bool

  /// - Parameter samples: poses out of the whole motion.
  init(_ table: BoneTable, rest: RestSkeleton, samples: [BVHPose]) {
    let zero = table.zeroPose
    let axes = BodyAxes(zero, table.map)
    let posedUp = Self.posedUp(samples, table.map)
    offsets = [RotationMatrix?](repeating: nil, count: 55)
    spine = []
    zeroPoseIsBody = ZeroPose.isBody(zero, table, axes)
    // From SMPL-X's axes to the file's.
    if zeroPoseIsBody, let turn = axes.restFrame {
      (offsets, spine) = ZeroPose.offsets(zero, table, rest, turn: turn)
      (up, upIsCertain) = Self.up(posed: posedUp, rest: turn * SIMD3(0, 1, 0))
      for side in 0..<2 where !ZeroPose.armIsNatural(side, zero, table, axes) {
        MotionCalibration(table, rest, samples).findArm(side, &offsets)
      }
    } else {
      (up, upIsCertain) = Self.up(posed: posedUp, rest: nil)
      (offsets, spine) = MotionCalibration(table, rest, samples).offsets()
    }
  }

  /// Where trunks and legs point on average, at most 1 long.
  private static func posedUp(_ samples: [BVHPose], _ map: SkeletonMap) -> SIMD3<Double> {
    var sum = SIMD3<Double>.zero
    for pose in samples {
      let hips = BodyAxes(pose, map)
      var feet = SIMD3<Double>.zero
      for (hip, ankle) in [(1, 7), (2, 8)] {
        guard let hip = map.joints[hip], let ankle = map.joints[ankle] else { continue }
        feet += (pose.positions[hip] - pose.positions[ankle]).normalized / 2
      }
      sum += (hips.up.normalized + feet) / 2
    }
    return sum / Double(max(samples.count, 1))
  }

  /// The axis nearest to how the body stands; the zero pose's own unless the motion contradicts it.
  private static func up(
    posed: SIMD3<Double>, rest: SIMD3<Double>?
  ) -> (UpAxis, isCertain: Bool) {
    let best = UpAxis.allCases.max { posed.dot($0.direction) < posed.dot($1.direction) } ?? .y
    let score = posed.dot(best.direction)
    if let rest, let own = UpAxis.allCases.first(where: { rest.dot($0.direction) > 0.9 }) {
      let isContradicted = score >= 0.8 && posed.dot(own.direction) < 0.3
      return isContradicted ? (best, true) : (own, posed.dot(own.direction) > 0.3)
    }
    return score >= 0.5 ? (best, true) : (.y, false)
  }
}

extension BoneTable {
  /// All channels zero, joints that have positions in their channels at their offsets.
  var zeroPose: BVHPose {
    var positions: [SIMD3<Double>] = []
    for joint in skeleton.joints {
      positions.append((joint.parent < 0 ? .zero : positions[joint.parent]) + joint.offset)
    }
    return BVHPose(
      positions: positions,
      rotations: [RotationMatrix](repeating: .identity, count: positions.count))
  }
}
