/// Constant rotations of joints whose zero pose says nothing: found in the motion.
///
/// Every joint's own axes are fixed to its bone. Which of them is a body's left, up or forward shows in
/// how people move: trunks are upright on average, knees bend back and elbows forward, toes are in
/// front, thumbs on the inside of a hand.
import Compute

struct MotionCalibration {
  private let table: BoneTable
  private let rest: RestSkeleton
  private let samples: [BVHPose]

  /// Sines of bends, on average, above which the side that a joint bends to is believed.
  private static let leastBend = 0.08

  init(_ table: BoneTable, _ rest: RestSkeleton, _ samples: [BVHPose]) {
    self.table = table
    self.rest = rest
    self.samples = samples
  }

  func offsets() -> ([RotationMatrix?], spine: [RotationMatrix]) {
    var offsets = [RotationMatrix?](repeating: nil, count: 55)
    let spine = findTrunk(&offsets)
    for side in 0..<2 {
      findLeg(side, &offsets)
      findArm(side, &offsets)
    }
    return (offsets, spine)
  }

  // MARK: Trunk

  private func findTrunk(_ offsets: inout [RotationMatrix?]) -> [RotationMatrix] {
    let map = table.map
    let axes = samples.map { BodyAxes($0, map) }
    let hips = axes.map { $0.frame(across: $0.left) }
    let chest = axes.map { $0.frame(across: $0.shoulders) }
    offsets[0] = mean(map.joints[0] ?? 0, hips)
    let count = Double(max(map.spine.count, 1))
    let spine = map.spine.enumerated().map { index, joint in
      let fraction = Double(index + 1) / count
      return mean(joint, zip(hips, chest).map { Self.between($0, $1, fraction) }) ?? .identity
    }
    for (joint, place) in [(3, 0.33), (6, 0.67), (9, 1.0)] {
      guard let index = map.joints[joint] else { continue }
      offsets[joint] = mean(index, zip(hips, chest).map { Self.between($0, $1, place) })
    }
    for joint in [12, 13, 14, 15, 22, 23, 24] {
      guard let bone = table.bones[joint] else { continue }
      offsets[joint] = mean(bone.carrier, chest)
    }
    offsets[12] = exact(12, offsets[12])
    // As in zero poses: an end that is nearly above the head says how it is held.
    if let head = offsets[15], let bone = table.bones[15],
      (head * rest.direction(15)).dot(direction(bone)) > 0.985
    {
      offsets[15] = exact(15, head)
    }
    return spine
  }

  private static func between(
    _ a: RotationMatrix?, _ b: RotationMatrix?, _ fraction: Double
  ) -> RotationMatrix? {
    guard let a, let b else { return a ?? b }
    return RotationMatrix(UnitQuaternion.slerp(UnitQuaternion(a), UnitQuaternion(b), fraction))
  }

  /// The mean of what takes SMPL-X's axes to those of a joint of the file.
  private func mean(_ joint: Int, _ wanted: [RotationMatrix?]) -> RotationMatrix? {
    RotationMatrix.mean(
      zip(samples, wanted).compactMap { pose, wanted in
        wanted.map { pose.rotations[joint].transposed * $0 }
      })
  }

  // MARK: Limbs

  /// Hip, knee, ankle, toes.
  private func findLeg(_ side: Int, _ offsets: inout [RotationMatrix?]) {
    guard let thigh = table.bones[1 + side], let shin = table.bones[4 + side] else { return }
    let foot = table.bones[7 + side]
    let forward = SIMD3<Double>(0, 0, 1)
    // Of the shin: to where the toes are, or the thigh's lower end when the knee bends.
    let toes = foot.map { average(shin, of: $0) } ?? .zero
    let bend = average(shin, of: thigh)
    offsets[4 + side] = frame(
      4 + side, shin, forward, toes.length > 0.3 ? toes : bend,
      otherwise: offsets[0], from: 0)
    let back = average(thigh, of: shin)
    offsets[1 + side] = frame(
      1 + side, thigh, forward, -back, otherwise: offsets[4 + side], from: 4 + side)
    for joint in [7 + side, 10 + side] {
      guard table.bones[joint] != nil else { continue }
      let parent = RestSkeleton.parents[joint]
      offsets[joint] = exact(joint, carried(joint, from: parent, offsets[parent]))
    }
  }

  /// Shoulder, elbow, wrist, fingers.
  func findArm(_ side: Int, _ offsets: inout [RotationMatrix?]) {
    guard let upper = table.bones[16 + side] else { return }
    let chest = table.map.joints[13 + side] ?? table.map.spine.last ?? table.map.joints[0]
    let chestOffset =
      offsets[13 + side]
      ?? chest.flatMap { joint in
        mean(joint, samples.map { BodyAxes($0, table.map) }.map { $0.frame(across: $0.shoulders) })
      }
    let forward = SIMD3<Double>(0, 0, 1)
    let lower = table.bones[18 + side]
    let bend = lower.map { average(upper, of: $0) } ?? .zero
    offsets[16 + side] = frame(
      16 + side, upper, forward, bend, otherwise: chestOffset, fromJoint: chest)
    guard let lower else { return }
    offsets[18 + side] = frame(
      18 + side, lower, forward, -average(lower, of: upper), otherwise: offsets[16 + side],
      from: 16 + side)
    guard table.bones[20 + side] != nil else { return }
    offsets[20 + side] = hand(
      side, otherwise: carried(20 + side, from: 18 + side, offsets[18 + side]))
    let first = 25 + 15 * side
    for joint in first..<first + 15 where table.bones[joint] != nil {
      let parent = RestSkeleton.parents[joint]
      offsets[joint] = exact(joint, carried(joint, from: parent, offsets[parent]))
    }
  }

  /// A hand by its knuckles, or its thumb.
  private func hand(_ side: Int, otherwise: RotationMatrix?) -> RotationMatrix? {
    let wrist = 20 + side
    let first = 25 + 15 * side
    guard let bone = table.bones[wrist], bone.end != nil else { return otherwise }
    for (a, b) in [(first, first + 6), (first + 12, wrist)] {
      guard let from = table.map.joints[b], let to = table.map.joints[a] else { continue }
      let across = sum { pose in
        pose.rotations[bone.carrier].transposed * (pose.positions[to] - pose.positions[from])
      }
      guard across.length > 0 else { continue }
      return frame(
        wrist, bone, rest.joints[a] - rest.joints[b], across / across.length, otherwise: otherwise,
        fromJoint: nil)
    }
    return exact(wrist, otherwise)
  }

  /// In the axes of `bone`'s joint, the mean over the motion of where another bone points, without its
  /// part along `bone`.
  private func average(_ bone: MatchedBone, of other: MatchedBone) -> SIMD3<Double> {
    sum { pose in
      let (along, direction) = (bone.vector(pose).normalized, other.vector(pose).normalized)
      return pose.rotations[bone.carrier].transposed * (direction - direction.dot(along) * along)
    } / Double(max(samples.count, 1))
  }

  private func sum(_ value: (BVHPose) -> SIMD3<Double>) -> SIMD3<Double> {
    samples.reduce(.zero) { $0 + value($1) }
  }

  /// Where the bone points in its joint's own axes.
  private func direction(_ bone: MatchedBone) -> SIMD3<Double> {
    sum { $0.rotations[bone.carrier].transposed * bone.vector($0).normalized }.normalized
  }

  /// The rotation that takes the bone of SMPL-X to the file's, and a second direction of SMPL-X to
  /// `second` as far as the first allows; where `second` is too short to be believed, the smallest
  /// from another joint's.
  private func frame(
    _ joint: Int, _ bone: MatchedBone, _ ours: SIMD3<Double>, _ second: SIMD3<Double>,
    otherwise: RotationMatrix?, from parent: Int? = nil, fromJoint: Int? = nil
  ) -> RotationMatrix? {
    let direction = direction(bone)
    if second.length >= Self.leastBend,
      let theirs = RotationMatrix(first: direction, second: second),
      let mine = RotationMatrix(first: rest.direction(joint), second: ours)
    {
      return theirs * mine.transposed
    }
    let carrier = fromJoint ?? parent.flatMap { table.bones[$0]?.carrier }
    return exact(joint, carrier.map { carried(joint, fromCarrier: $0, otherwise) } ?? otherwise)
  }

  /// The offset that joint `joint` has if, on average, it is turned as little as can be from another.
  private func carried(
    _ joint: Int, from parent: Int, _ offset: RotationMatrix?
  ) -> RotationMatrix? {
    guard let carrier = table.bones[parent]?.carrier else { return offset }
    return carried(joint, fromCarrier: carrier, offset)
  }

  private func carried(
    _ joint: Int, fromCarrier carrier: Int, _ offset: RotationMatrix?
  ) -> RotationMatrix? {
    guard let offset, let bone = table.bones[joint] else { return offset }
    let ours = rest.direction(joint)
    return mean(
      bone.carrier,
      samples.map { pose in
        let parent = pose.rotations[carrier] * offset
        return RotationMatrix(from: parent * ours, to: bone.vector(pose)) * parent
      })
  }

  /// `offset` so turned that the bone itself is met exactly.
  private func exact(_ joint: Int, _ offset: RotationMatrix?) -> RotationMatrix? {
    guard let offset, let bone = table.bones[joint], bone.end != nil else { return offset }
    return RotationMatrix(from: offset * rest.direction(joint), to: direction(bone)) * offset
  }
}
