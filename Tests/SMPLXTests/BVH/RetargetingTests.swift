/// Bones of the posed body point where the file's bones point, whatever the file's zero pose.
import Compute
import Foundation
import TestSupport
import Testing

@testable import SMPLX

@Suite struct RetargetingTests {
  /// Joints of SMPL-X whose bones, to the second, must agree.
  static let limbs = [
    (1, 4), (2, 5), (4, 7), (5, 8), (16, 18), (17, 19), (18, 20), (19, 21), (12, 15),
  ]

  /// The largest angle between bones of the body and of the file, degrees, by SMPL-X's joint.
  static func worst(_ motion: any Motion, _ file: BVHFile, _ rest: RestSkeleton) throws -> [Int:
    Double]
  {
    let map = try SkeletonMap(file.skeleton)
    var worst: [Int: Double] = [:]
    for frame in stride(from: 0, to: file.frameCount, by: max(1, file.frameCount / 60)) {
      let theirs = try file.pose(frame: frame)
      let ours = PosedJoints(try motion.pose(frame: frame), rest)
      for (start, end) in limbs {
        let (from, to) = try (#require(map.joints[start]), #require(map.joints[end]))
        let angle = degreesBetween(
          theirs.positions[to] - theirs.positions[from],
          ours.positions[end] - ours.positions[start])
        worst[start] = max(worst[start] ?? 0, angle)
      }
      if let head = map.joints[15], let end = file.skeleton.joints[head].endSites.first {
        let angle = degreesBetween(
          theirs.rotations[head] * end, ours.rotations[15] * SIMD3(0, 1, 0))
        worst[15] = max(worst[15] ?? 0, angle)
      }
    }
    return worst
  }

  static let recordings: [String] = {
    let folder = Fixtures.root.deletingLastPathComponent().appendingPathComponent("data/motion")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".bvh") }.sorted()
  }()

  @Test(
    .enabled(if: Fixtures.recordingsAreExpected, "recordings"), arguments: recordings)
  func recordedDirections(_ name: String) throws {
    let file = try BVHFile(path: Fixtures.data("motion/\(name)"))
    let motion = try BVHMotion(file)
    for (joint, angle) in try Self.worst(motion, file, .standard) {
      #expect(angle < 0.01, "\(MotionFrame.jointNames[joint])")
    }
    // On a body of other bones as well.
    var joints = RestSkeleton.standard.joints.map { SIMD3<Float>($0 * SIMD3(1.1, 0.95, 1)) }
    joints[4].z += 0.03
    joints[18].y -= 0.04
    let other = try motion.fitted(to: joints)
    for (joint, angle) in try Self.worst(
      other, file, RestSkeleton(joints: joints.map { SIMD3<Double>($0) }))
    {
      #expect(angle < 0.01, "\(MotionFrame.jointNames[joint])")
    }
  }

  @Test(arguments: SyntheticSkeleton.Zero.allCases)
  func syntheticDirections(_ zero: SyntheticSkeleton.Zero) throws {
    let file = try BVHSamples.read(SyntheticSkeleton(zero).text(frames: 48))
    let motion = try BVHMotion(file)
    for (joint, angle) in try Self.worst(motion, file, .standard) {
      #expect(angle < 0.01, "\(MotionFrame.jointNames[joint])")
    }
    #expect(motion.summary.upAxis == .y)
  }

  /// Limbs are not twisted: their rotations are those that made the file, up to what bodies differ by.
  @Test(arguments: SyntheticSkeleton.Zero.allCases)
  func syntheticTwist(_ zero: SyntheticSkeleton.Zero) throws {
    let skeleton = SyntheticSkeleton(zero)
    let file = try BVHSamples.read(skeleton.text(frames: 48))
    let motion = try BVHMotion(file)
    let map = try SkeletonMap(file.skeleton)
    let index = Dictionary(uniqueKeysWithValues: skeleton.joints.enumerated().map { ($1.name, $0) })
    for frame in stride(from: 0, to: 48, by: 5) {
      let ours = PosedJoints(try motion.pose(frame: frame), .standard)
      let truth = skeleton.rotations(frame, of: 48)
      for joint in [0, 1, 2, 4, 5, 7, 8, 9, 15, 16, 17, 18, 19, 20, 21] {
        let theirs = try #require(joint == 9 ? map.spine.last : map.joints[joint])
        let name = file.skeleton.joints[theirs].name
        let wanted = truth[try #require(index[name])]
        let angle = degreesBetween(ours.rotations[joint], wanted)
        #expect(angle < 12, "\(MotionFrame.jointNames[joint]) in frame \(frame)")
      }
    }
  }

  /// Axes and units are found; the body is the same in all of them.
  @Test(arguments: UpAxis.allCases, [0.01, 1, 0.0254])
  func axesAndUnits(_ up: UpAxis, _ unit: Double) throws {
    let turn = up.turn.transposed * RotationMatrix.yaw(0.3)
    let plain = try BVHMotion(
      BVHSamples.read(
        SyntheticSkeleton(.tPose, turn: RotationMatrix.yaw(0.3)).text(frames: 24)))
    for zero in [SyntheticSkeleton.Zero.tPose, .alongY, .alongX] {
      for turnsZero in [true, false] {
        let text = SyntheticSkeleton(zero, turn: turn, unit: unit, turnsZero: turnsZero)
          .text(frames: 24)
        let motion = try BVHMotion(BVHSamples.read(text))
        #expect(motion.summary.upAxis == up, "\(zero) \(turnsZero)")
        for frame in [0, 11, 23] {
          let ours = PosedJoints(try motion.pose(frame: frame), .standard)
          let wanted = PosedJoints(try plain.pose(frame: frame), .standard)
          let place = up.turn * ours.positions[0] - wanted.positions[0]
          #expect(place.length < (zero == .tPose ? 1e-4 : 0.02))
          for (start, end) in Self.limbs {
            let angle = degreesBetween(
              up.turn * (ours.positions[end] - ours.positions[start]),
              wanted.positions[end] - wanted.positions[start])
            #expect(angle < 0.01)
          }
        }
      }
    }
  }

  /// Twice the size in the file, or a person of half the legs: the way is in proportion to the legs.
  @Test func wayFollowsLegs() throws {
    let text = SyntheticSkeleton(.tPose).text(frames: 24)
    let motion = try BVHMotion(BVHSamples.read(text))
    let (first, last) = try (motion.pose(frame: 0), motion.pose(frame: 23))
    let way = Double((last.translation - first.translation).z)
    let legs = 0.43 + (0.42 * 0.42 + 0.01 * 0.01).squareRoot()
    #expect(abs(way - 1.5 * 23 / 24 * RestSkeleton.standard.legLength / legs) < 0.02)
    let small = RestSkeleton.standard.joints.map { SIMD3<Float>($0 * 0.5) }
    let half = try motion.fitted(to: small)
    let halfWay = try half.pose(frame: 23).translation - half.pose(frame: 0).translation
    #expect(abs(Double(halfWay.z) - way / 2) < 0.01)
  }

  /// A hand's turn about the forearm is shared with the forearm; its own direction stays.
  @Test func wristTwistIsSpread() throws {
    let text = SyntheticSkeleton(.tPose).text(frames: 2)
    let file = try BVHSamples.read(text)
    // The hand's X rotation is its twist; ZXY with Z = small.
    let hand = try #require(file.skeleton.joints.firstIndex { $0.name == "LeftHand" })
    let column = file.skeleton.joints[hand].firstColumn
    func twisted(_ degrees: Double) throws -> PosedJoints {
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      let at = try #require(lines.firstIndex { $0.hasPrefix("Frame Time") }) + 1
      var numbers = lines[at].split(separator: " ").map(String.init)
      for offset in 0..<3 { numbers[column + offset] = offset == 1 ? "\(degrees)" : "0" }
      lines[at] = numbers.joined(separator: " ")
      return PosedJoints(
        try BVHMotion(BVHSamples.read(lines.joined(separator: "\n"))).pose(frame: 0), .standard)
    }
    let plain = try twisted(0)
    for degrees in [30.0, -60, 90] {
      let turned = try twisted(degrees)
      #expect(abs(degreesBetween(plain.rotations[20], turned.rotations[20]) - abs(degrees)) < 0.1)
      #expect(abs(degreesBetween(plain.rotations[18], turned.rotations[18]) - abs(degrees) / 2) < 2)
      #expect(
        degreesBetween(
          turned.positions[20] - turned.positions[18], plain.positions[20] - plain.positions[18])
          < 0.01)
    }
    // At half a turn the sign means nothing, and nothing jumps.
    let (before, after) = try (twisted(179.9), twisted(-179.9))
    #expect(degreesBetween(before.rotations[18], after.rotations[18]) < 1)
  }

  /// A bone that has no length is named with its line; helpers without length are fine.
  @Test func zeroLengthBones() throws {
    let text = SyntheticSkeleton(.tPose).text(frames: 2)
    let file = try BVHSamples.read(text)
    let knee = try #require(file.skeleton.joints.first { $0.name == "LeftLeg" })
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines[knee.line + 1] = "OFFSET 0 0 0"
    let error = programError { _ = try BVHMotion(BVHSamples.read(lines.joined(separator: "\n"))) }
    #expect(error?.key == "line \(knee.line)" && error?.what.contains("no length") == true)
  }
}
