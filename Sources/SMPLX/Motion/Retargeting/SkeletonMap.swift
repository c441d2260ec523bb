/// Which joint of a BVH skeleton is which of SMPL-X: found by names, checked by the tree.
import Compute

struct SkeletonMap: Sendable, Equatable {
  /// (55) the joint of the file, or nil.
  var joints: [Int?]
  /// Joints of the file between pelvis and chest, the chest last; empty where it has none.
  var spine: [Int]
  /// Whose names these are, for a notice: "Mixamo".
  var convention: String

  /// Joints without which nobody can be posed: legs give the size and the way forward.
  static let needed = [1, 2, 4, 5, 7, 8]

  /// Names of what is missing among the body's joints that a file usually has.
  var missing: [String] {
    [15, 12, 16, 17, 18, 19, 20, 21].filter { joints[$0] == nil }
      .map { MotionFrame.jointNames[$0] }
  }

  var hasFingers: Bool { joints[25...].contains { $0 != nil } }

  mutating func leaveFingersOut() {
    for joint in 25..<joints.count { joints[joint] = nil }
  }

  /// Finds the joints by their names.
  ///
  /// - Throws: `dataError` that says which are missing.
  init(_ skeleton: BVHSkeleton) throws {
    var search = JointSearch(skeleton)
    joints = search.joints()
    convention = search.convention
    spine = []
    let missing = Self.needed.filter { joints[$0] == nil }.map { MotionFrame.jointNames[$0] }
    guard missing.isEmpty else {
      let names = skeleton.joints.prefix(30).map(\.name).joined(separator: ", ")
      throw ProgramError(
        .dataError, "the joints' names are of no known kind: no " + missing.joined(separator: ", "),
        expected: "names such as LeftUpLeg, LeftLeg, LeftFoot (CMU, Mixamo, Xsens, Rokoko ...)",
        found: names + (skeleton.joints.count > 30 ? " ..." : ""),
        hint: "give `map`, a file that says which joint is which; inspecting the motion writes one")
    }
    try settle(skeleton)
  }

  /// Joints that a map file names.
  init(joints: [Int?], skeleton: BVHSkeleton) throws {
    self.joints = joints
    spine = []
    convention = "joints by a map"
    try settle(skeleton)
  }

  /// Completes pelvis and spine by the tree, and checks that each joint is below the one it hangs
  /// on.
  private mutating func settle(_ skeleton: BVHSkeleton) throws {
    for needed in Self.needed where joints[needed] == nil {
      throw ProgramError(
        .dataError, "a joint is needed to retarget the motion",
        key: MotionFrame.jointNames[needed], expected: "a joint of the file")
    }
    if let left = joints[1], let right = joints[2] {
      let above = skeleton.commonAncestor(left, right)
      let isAbove = joints[0].map { skeleton.descends(above, from: $0) } ?? false
      if !isAbove { joints[0] = above }
    }
    for joint in 1..<55 {
      guard let here = joints[joint] else { continue }
      var parent = RestSkeleton.parents[joint]
      while parent > 0, joints[parent] == nil { parent = RestSkeleton.parents[parent] }
      guard let above = joints[parent] else { continue }
      guard here != above, skeleton.descends(here, from: above) else {
        throw ProgramError(
          .dataError, "a joint of the file is not below the one that it hangs on",
          key: MotionFrame.jointNames[joint],
          expected: "a joint below \(skeleton.joints[above].name) "
            + "(\(MotionFrame.jointNames[parent]))",
          found: skeleton.joints[here].name)
      }
    }
    spine = spineChain(skeleton)
  }

  /// From below the pelvis to the joint that carries arms and neck.
  private func spineChain(_ skeleton: BVHSkeleton) -> [Int] {
    guard let pelvis = joints[0] else { return [] }
    let ends = [joints[13] ?? joints[16], joints[14] ?? joints[17], joints[12] ?? joints[15]]
      .compactMap { $0 }
    guard let first = ends.first else { return [] }
    var chest = ends.dropFirst().reduce(first) { skeleton.commonAncestor($0, $1) }
    if ends.count == 1 { chest = skeleton.joints[first].parent }
    guard skeleton.descends(chest, from: pelvis) else { return [] }
    return skeleton.pathToRoot(chest).prefix { $0 != pelvis }.reversed()
  }
}
