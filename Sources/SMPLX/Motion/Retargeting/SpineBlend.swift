/// Spines of any number of joints on the three of SMPL-X.
import Compute

/// How each spine joint of SMPL-X is turned: as two neighbouring joints of the file, in parts.
struct SpineBlend: Sendable {
  private struct Blend: Sendable {
    var lower: (joint: Int, offset: RotationMatrix)
    var upper: (joint: Int, offset: RotationMatrix)
    /// 0 is the lower, 1 the upper.
    var fraction: Double
  }

  /// Of joints 3, 6, 9.
  private var blends: [Blend] = []

  /// A spine of three is taken as it is. Others are laid along SMPL-X's by their heights: the rotation
  /// of a vertebra counts in the middle between its joint and the next, the last one is the chest.
  init(_ table: BoneTable, _ calibration: Calibration, _ rest: RestSkeleton) {
    guard let pelvis = table.map.joints[0], let offset = calibration.offsets[0] else { return }
    let nodes =
      [(joint: pelvis, offset: offset)]
      + zip(table.map.spine, calibration.spine).map {
        (joint: $0, offset: $1)
      }
    if nodes.count == 4 {
      blends = nodes.dropFirst().map { Blend(lower: $0, upper: $0, fraction: 0) }
      return
    }
    let heights = Self.middles(nodes.map(\.joint), table)
    // Middles of the segments from pelvis, spine1, spine2, spine3.
    let ours = [0, 3, 6, 9, 12].map { rest.joints[$0].y }
    let places = (0..<4).map { (ours[$0] + ours[$0 + 1]) / 2 }
    for place in places.dropFirst() {
      let height = (place - places[0]) / (places[3] - places[0])
      let upper = heights.firstIndex { $0 >= height - 1e-9 } ?? nodes.count - 1
      let lower = max(0, upper - 1)
      let span = heights[upper] - heights[lower]
      blends.append(
        Blend(
          lower: nodes[lower], upper: nodes[upper],
          fraction: span > 0 ? (height - heights[lower]) / span : 1))
    }
  }

  /// Where along the spine each joint's rotation counts, from 0 for the pelvis to 1 for the last.
  private static func middles(_ joints: [Int], _ table: BoneTable) -> [Double] {
    let skeleton = table.skeleton
    var starts = [0.0]
    for joint in joints.dropFirst() {
      starts.append(starts[starts.count - 1] + skeleton.joints[joint].offset.length)
    }
    let neck = table.map.joints[12] ?? table.map.joints[15]
    let last = neck.map { skeleton.joints[$0].offset.length } ?? 0
    let ends = starts.dropFirst() + [starts[starts.count - 1] + last]
    let middles = zip(starts, ends).map { ($0 + $1) / 2 }
    let (first, span) = (middles[0], middles[middles.count - 1] - middles[0])
    guard span > 0 else { return middles.indices.map { $0 == 0 ? 0 : 1 } }
    return middles.map { ($0 - first) / span }
  }

  /// Nil for joints that are no spine.
  @inline(__always)
  func rotation(_ joint: Int, _ rotations: UnsafePointer<RotationMatrix>) -> RotationMatrix? {
    guard joint == 3 || joint == 6 || joint == 9, blends.count == 3 else { return nil }
    let blend = blends[joint / 3 - 1]
    if blend.fraction <= 0 { return rotations[blend.lower.joint] * blend.lower.offset }
    let upper = rotations[blend.upper.joint] * blend.upper.offset
    if blend.fraction >= 1 { return upper }
    let lower = rotations[blend.lower.joint] * blend.lower.offset
    return RotationMatrix(
      UnitQuaternion.slerp(UnitQuaternion(lower), UnitQuaternion(upper), blend.fraction))
  }
}
