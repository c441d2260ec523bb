/// The bones that skeletons have in common: where each begins and ends in the file, and which of
/// the file's joints turns it.
import Compute

/// A bone of SMPL-X as the file has it.
struct MatchedBone: Sendable {
  /// The joint of SMPL-X at which it begins.
  let joint: Int
  /// The joint of the file at which it begins.
  let start: Int
  /// The joint of the file whose rotation turns it.
  let carrier: Int
  /// Where it ends: a point fixed to a joint of the file. Nil where the file does not say.
  let end: (joint: Int, offset: SIMD3<Double>)?

  /// The bone's direction in a pose of the file, with its length; zero where it has none.
  @inline(__always)
  func vector(
    _ positions: UnsafePointer<SIMD3<Double>>, _ rotations: UnsafePointer<RotationMatrix>
  ) -> SIMD3<Double> {
    guard let end else { return .zero }
    return positions[end.joint] + rotations[end.joint] * end.offset - positions[start]
  }

  func vector(_ pose: BVHPose) -> SIMD3<Double> { vector(pose.positions, pose.rotations) }
}

/// All bones of a matched skeleton.
struct BoneTable: Sendable {
  /// (55) nil for joints that the file does not have.
  let bones: [MatchedBone?]
  let skeleton: BVHSkeleton
  let map: SkeletonMap

  /// - Parameter length: below it, in the file's unit, an offset is none: joints that share a place.
  init(_ skeleton: BVHSkeleton, _ map: SkeletonMap, length: Double) {
    self.skeleton = skeleton
    self.map = map
    bones = (0..<55).map { joint in
      map.joints[joint].map { start in
        Self.bone(joint, start, skeleton, map, length)
      }
    }
  }

  private static func bone(
    _ joint: Int, _ start: Int, _ skeleton: BVHSkeleton, _ map: SkeletonMap, _ length: Double
  ) -> MatchedBone {
    let end = end(joint, start, skeleton, map, length)
    var carrier = start
    if let end {
      // Joints in one place turn the bone together: the last of them has all their rotations.
      let owner = end.offset == .zero ? skeleton.joints[end.joint].parent : end.joint
      let path = skeleton.pathToRoot(owner).prefix { $0 != start }.reversed()
      for next in path {
        guard skeleton.joints[next].offset.length <= length else { break }
        carrier = next
      }
    }
    return MatchedBone(joint: joint, start: start, carrier: carrier, end: end)
  }

  private static func end(
    _ joint: Int, _ start: Int, _ skeleton: BVHSkeleton, _ map: SkeletonMap, _ length: Double
  ) -> (joint: Int, offset: SIMD3<Double>)? {
    if let tip = RestSkeleton.tip(of: joint), let end = map.joints[tip] { return (end, .zero) }
    // Hands without a middle finger, feet without toes, heads, tips.
    guard [7, 8, 10, 11, 15, 20, 21].contains(joint) || joint >= 25 else { return nil }
    if joint == 20 || joint == 21 {
      let first = joint == 20 ? 25 : 40
      if let finger = [0, 9, 6].lazy.compactMap({ map.joints[first + $0] }).first {
        return (finger, .zero)
      }
    }
    return furthest(below: start, skeleton, length)
  }

  /// The first place that differs from the joint's: an End Site of its own, or a child's; thumbs come
  /// last.
  private static func furthest(
    below start: Int, _ skeleton: BVHSkeleton, _ length: Double
  ) -> (joint: Int, offset: SIMD3<Double>)? {
    if let end = skeleton.joints[start].endSites.first(where: { $0.length > length }) {
      return (start, end)
    }
    let children = skeleton.joints.indices.filter { skeleton.joints[$0].parent == start }
    for thumbs in [false, true] {
      for child in children where isThumb(skeleton, child) == thumbs {
        if skeleton.joints[child].offset.length > length { return (child, .zero) }
        if let found = furthest(below: child, skeleton, length) { return found }
      }
    }
    return nil
  }

  private static func isThumb(_ skeleton: BVHSkeleton, _ joint: Int) -> Bool {
    skeleton.joints[joint].name.lowercased().contains("thumb")
  }
}
