/// Maps of joints that people write.
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct JointMapTests {
  static func map(_ text: String) throws -> JointMap {
    try JointMap(text: Array(text.utf8), path: "map.json")
  }

  @Test func commentsAndNulls() throws {
    let map = try Self.map(
      "// first\n{ // why\n \"pelvis\": \"a // b\\\"\", \"head\": null }\n// end")
    #expect(map.names == ["pelvis": "a // b\""])
  }

  @Test(arguments: [
    ("[]", nil), ("{", nil), ("", nil), ("{\"pelvis\": 3}", "pelvis"),
    ("{\"left_wing\": \"a\"}", "left_wing"), ("{\"head\": \"a\", \"head\": \"b\"}", "head"),
    ("{\"pelvis\": {\"a\": 1}}", "pelvis"),
  ])
  func wrongMaps(text: String, key: String?) {
    let error = programError { _ = try Self.map(text) }
    #expect(error?.code == .dataError && error?.key == key && error?.file == "map.json")
  }

  /// What is written for a skeleton is read back as what was found; unknown names get their lines too.
  /// A map that is cut off says where, comments counted.
  @Test func mapsThatAreCutOff() {
    let error = programError { _ = try Self.map("// a\n{\"pelvis\": \"Hips\", \"head\": ") }
    #expect(error?.what == "the map of joints is damaged" && error?.found == "its end")
    let damaged = programError { _ = try Self.map("// a\n{\"pelvis\" \"Hips\"}") }
    #expect(damaged?.expected == "`:`" && damaged?.found == "byte 34 at 15")
  }

  @Test func exampleRoundTrip() throws {
    for zero in [SyntheticSkeleton.Zero.tPose, .alongX] {
      let file = try BVHSamples.read(SyntheticSkeleton(zero).text(frames: 8))
      let text = JointMap.example(for: file.skeleton, file: "walk.bvh")
      let map = try SkeletonMap(Self.map(text), file.skeleton)
      let found = try SkeletonMap(file.skeleton)
      for joint in 0..<55 where ![3, 6, 9].contains(joint) {
        #expect(map.joints[joint] == found.joints[joint])
      }
      #expect(map.spine == found.spine)
      let (a, b) = try (BVHMotion(file, map: map), BVHMotion(file))
      for frame in 0..<8 {
        let poses = try (a.pose(frame: frame), b.pose(frame: frame))
        for (p, q) in zip(poses.0.rotations, poses.1.rotations) {
          // Spine joints that are named are averaged on their own where the zero pose says nothing.
          #expect((p - q).length < (zero == .tPose ? 1e-6 : 0.05))
        }
      }
    }
    let strange = SyntheticSkeleton(.tPose).text(frames: 2) { "x \\\"" + String($0.reversed()) }
    let skeleton = try BVHSamples.read(strange).skeleton
    let text = JointMap.example(for: skeleton, file: "strange\n.bvh")
    #expect(text.components(separatedBy: "\": null").count == 56)
    #expect(try Self.map(text).names.isEmpty)
  }

  /// A map makes unknown names playable, and the result is that of known names.
  @Test func unknownNamesByMap() throws {
    let plain = try BVHSamples.read(SyntheticSkeleton(.tPose).text(frames: 4))
    let strange = try BVHSamples.read(
      SyntheticSkeleton(.tPose).text(frames: 4) { String($0.reversed()) })
    let found = try SkeletonMap(plain.skeleton)
    let lines = (0..<55).compactMap { joint in
      found.joints[joint].map {
        "\"\(MotionFrame.jointNames[joint])\": \"\(String(plain.skeleton.joints[$0].name.reversed()).uppercased())\""
      }
    }
    let map = try SkeletonMap(Self.map("{\(lines.joined(separator: ",\n"))}"), strange.skeleton)
    let (a, b) = try (BVHMotion(strange, map: map), BVHMotion(plain))
    #expect(try a.pose(frame: 3) == b.pose(frame: 3))
  }

  @Test func namesThatTheFileDoesNotHave() throws {
    let skeleton = try BVHSamples.read(SyntheticSkeleton(.tPose).text(frames: 2)).skeleton
    let missing = programError {
      _ = try SkeletonMap(Self.map("{\"pelvis\": \"Hipps\"}"), skeleton)
    }
    #expect(missing?.key == "pelvis" && missing?.found == "Hipps" && missing?.file == "map.json")
    let few = programError { _ = try SkeletonMap(Self.map("{\"pelvis\": \"Hips\"}"), skeleton) }
    #expect(few?.key == "left_hip")
    // A joint above the one that it hangs on would be a circle.
    let cyclic = """
      {"left_hip": "LeftLeg", "left_knee": "LeftUpLeg", "left_ankle": "LeftFoot",
       "right_hip": "RightUpLeg", "right_knee": "RightLeg", "right_ankle": "RightFoot"}
      """
    let circle = programError { _ = try SkeletonMap(Self.map(cyclic), skeleton) }
    #expect(circle?.key == "left_knee" && circle?.what.contains("not below") == true)
    let same = cyclic.replacing("\"LeftUpLeg\"", with: "\"LeftLeg\"")
    #expect(programError { _ = try SkeletonMap(Self.map(same), skeleton) }?.key == "left_knee")
  }
}
