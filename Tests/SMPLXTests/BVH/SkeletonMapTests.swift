/// Joints are found whatever a program calls them.
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct SkeletonMapTests {
  /// Names of one program: pelvis; spine; neck and head; then, with `S` for the side, hip to toe and
  /// collar to wrist (an empty name is a joint that is not there); fingers of two joints each.
  struct Convention: Sendable, CustomTestStringConvertible {
    var name: String
    var sides = ("Left", "Right")
    var root: String?
    var trunk: [String]
    var top: [String]
    var leg: [String]
    var arm: [String]
    var fingers: [[String]] = []
    var testDescription: String { name }

    func text(_ pattern: String, _ side: Int) -> String {
      pattern.replacing("S", with: side == 0 ? sides.0 : sides.1)
    }

    /// Every joint with its parent, none of it drawn to scale.
    var skeleton: BVHSkeleton {
      var joints: [BVHSkeleton.Joint] = []
      func add(_ name: String, _ parent: Int) -> Int {
        joints.append(
          .init(
            name: name, parent: parent, offset: SIMD3(0, 1, 0), channels: [.zRotation],
            firstColumn: joints.count))
        return joints.count - 1
      }
      let base = root.map { add($0, -1) } ?? -1
      var chain = trunk.reduce(into: [Int]()) { $0.append(add($1, $0.last ?? base)) }
      let chest = chain[chain.count - 1]
      for name in top { chain.append(add(name, chain.last ?? 0)) }
      for side in 0..<2 {
        var at = chain[0]
        for name in leg where !name.isEmpty { at = add(text(name, side), at) }
        at = chest
        for name in arm where !name.isEmpty { at = add(text(name, side), at) }
        for finger in fingers {
          var tip = at
          for name in finger { tip = add(text(name, side), tip) }
        }
      }
      return BVHSkeleton(joints: joints)
    }
  }

  static let conventions: [Convention] = [
    Convention(
      name: "Mixamo", sides: ("mixamorig:Left", "mixamorig:Right"),
      trunk: ["mixamorig:Hips", "mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Spine2"],
      top: ["mixamorig:Neck", "mixamorig:Head"], leg: ["SUpLeg", "SLeg", "SFoot", "SToeBase"],
      arm: ["SShoulder", "SArm", "SForeArm", "SHand"],
      fingers: [
        ["SHandIndex1", "SHandIndex2", "SHandIndex3", "SHandIndex4"],
        ["SHandThumb1", "SHandThumb2"],
      ]),
    Convention(
      name: "Mixamo", sides: ("mixamorigLeft", "mixamorigRight"),
      trunk: ["mixamorigHips", "mixamorigSpine"], top: ["mixamorigNeck", "mixamorigHead"],
      leg: ["SUpLeg", "SLeg", "SFoot", "SToeBase"], arm: ["SShoulder", "SArm", "SForeArm", "SHand"]),
    Convention(
      name: "LaFAN1", trunk: ["Hips", "Spine", "Spine1", "Spine2"], top: ["Neck", "Head"],
      leg: ["SUpLeg", "SLeg", "SFoot", "SToe"], arm: ["SShoulder", "SArm", "SForeArm", "SHand"]),
    Convention(
      name: "MotionBuilder", sides: ("Character1_Left", "Character1_Right"),
      root: "Character1_Reference",
      trunk: ["Character1_Hips", "Character1_Spine"], top: ["Character1_Neck", "Character1_Head"],
      leg: ["SUpLeg", "SLeg", "SFoot", "SToeBase"], arm: ["SShoulder", "SArm", "SForeArm", "SHand"]),
    Convention(
      name: "Xsens", trunk: ["Hips", "Chest", "Chest2", "Chest3", "Chest4"], top: ["Neck", "Head"],
      leg: ["SHip", "SKnee", "SAnkle", "SToe"], arm: ["SCollar", "SShoulder", "SElbow", "SWrist"]),
    Convention(
      name: "Xsens", trunk: ["Pelvis", "L5", "L3", "T12", "T8"], top: ["Neck", "Head"],
      leg: ["SUpperLeg", "SLowerLeg", "SFoot", "SToe"],
      arm: ["SShoulder", "SUpperArm", "SForeArm", "SHand"]),
    Convention(
      name: "Rokoko", trunk: ["Hips", "Spine", "Spine2", "Spine3", "Spine4"],
      top: ["Neck", "Head"],
      leg: ["SThigh", "SShin", "SFoot", "SToe"], arm: ["SShoulder", "SArm", "SForeArm", "SHand"],
      fingers: [
        ["SFinger1Metacarpal", "SFinger1Proximal", "SFinger1Distal"],
        ["SFinger2Proximal", "SFinger2Medial", "SFinger2Distal"],
      ]),
    Convention(
      name: "Perception Neuron", trunk: ["Robot_Hips", "Robot_Spine", "Robot_Spine1"],
      top: ["Robot_Neck", "Robot_Head"],
      leg: ["Robot_SUpLeg", "Robot_SLeg", "Robot_SFoot"],
      arm: ["Robot_SShoulder", "Robot_SArm", "Robot_SForeArm", "Robot_SHand"],
      fingers: [["Robot_SInHandIndex", "Robot_SHandIndex1", "Robot_SHandIndex2"]]),
    Convention(
      name: "3ds Max Biped", sides: ("L", "R"), root: "Bip01",
      trunk: ["Bip01 Pelvis", "Bip01 Spine", "Bip01 Spine1"], top: ["Bip01 Neck", "Bip01 Head"],
      leg: ["Bip01 S Thigh", "Bip01 S Calf", "Bip01 S Foot", "Bip01 S Toe0"],
      arm: ["Bip01 S Clavicle", "Bip01 S UpperArm", "Bip01 S Forearm", "Bip01 S Hand"],
      fingers: [["Bip01 S Finger0", "Bip01 S Finger01"], ["Bip01 S Finger1", "Bip01 S Finger11"]]),
    Convention(
      name: "Unreal", sides: ("l", "r"), root: "root", trunk: ["pelvis", "spine_01", "spine_02"],
      top: ["neck_01", "head"], leg: ["thigh_S", "calf_S", "foot_S", "ball_S"],
      arm: ["clavicle_S", "upperarm_S", "lowerarm_S", "hand_S"],
      fingers: [["index_01_S", "index_02_S", "index_03_S"], ["thumb_01_S", "thumb_02_S"]]),
    Convention(
      name: "DAZ", sides: ("l", "r"), trunk: ["hip", "abdomen", "chest"], top: ["neck", "head"],
      leg: ["SButtock", "SThigh", "SShin", "SFoot"],
      arm: ["SCollar", "SShldr", "SForeArm", "SHand"],
      fingers: [["SIndex1", "SIndex2"], ["SThumb1", "SThumb2"]]),
    Convention(
      name: "Rigify", sides: ("L", "R"), trunk: ["hips", "spine", "chest"], top: ["neck", "head"],
      leg: ["thigh.S", "shin.S", "foot.S", "toe.S"],
      arm: ["shoulder.S", "upper_arm.S", "forearm.S", "hand.S"]),
    Convention(
      name: "SMPL", sides: ("L", "R"), trunk: ["Pelvis", "Spine1", "Spine2", "Spine3"],
      top: ["Neck", "Head"], leg: ["S_Hip", "S_Knee", "S_Ankle", "S_Foot"],
      arm: ["S_Collar", "S_Shoulder", "S_Elbow", "S_Wrist"]),
    Convention(
      name: "generic", trunk: ["Hips", "Spine", "Chest", "UpperChest"], top: ["Neck", "Head"],
      leg: ["SUpperLeg", "SLowerLeg", "SFoot", "SToes"],
      arm: ["", "SUpperArm", "SLowerArm", "SHand"],
      fingers: [["SIndexProximal", "SIndexIntermediate", "SIndexDistal"]]),
    Convention(
      name: "generic", sides: ("Left", "Right"), trunk: ["SpineBase", "SpineMid"],
      top: ["Neck", "Head"], leg: ["HipS", "KneeS", "AnkleS", "FootS"],
      arm: ["", "ShoulderS", "ElbowS", "WristS"]),
  ]

  @Test(arguments: conventions)
  func namesAreFound(_ convention: Convention) throws {
    let skeleton = convention.skeleton
    let map = try SkeletonMap(skeleton)
    func name(_ joint: Int) -> String? { map.joints[joint].map { skeleton.joints[$0].name } }
    #expect(name(0) == convention.trunk[0])
    #expect(name(12) == convention.top[0] && name(15) == convention.top[1])
    #expect(map.spine.map { skeleton.joints[$0].name } == Array(convention.trunk.dropFirst()))
    for side in 0..<2 {
      let leg = convention.leg.filter { !$0.contains("Buttock") }
      for (joint, pattern) in zip([1, 4, 7, 10], leg) {
        #expect(name(joint + side) == convention.text(pattern, side))
      }
      for (joint, pattern) in zip([13, 16, 18, 20], convention.arm) {
        #expect(name(joint + side) == (pattern.isEmpty ? nil : convention.text(pattern, side)))
      }
      for finger in convention.fingers {
        let isThumb =
          finger[0].contains("humb") || finger[0].contains("Finger1M")
          || finger[0].hasSuffix("Finger0")
        let first = 25 + 15 * side + (isThumb ? 12 : 0)
        let joints = finger.filter { !$0.contains("InHand") }.prefix(3)
        for (offset, pattern) in joints.enumerated() {
          #expect(name(first + offset) == convention.text(pattern, side))
        }
      }
    }
    #expect(map.convention == convention.name)
    #expect(map.missing.isEmpty)
  }

  @Test func unknownNamesAreRefused() throws {
    var skeleton = Self.conventions[2].skeleton
    for index in skeleton.joints.indices { skeleton.joints[index].name = "bone\(index)" }
    let error = programError { _ = try SkeletonMap(skeleton) }
    #expect(error?.code == .dataError && error?.hint?.contains("`map`") == true)
    #expect(error?.what.contains("left_hip") == true && error?.found?.contains("bone3") == true)
  }

  @Test func missingArmsAreSaid() throws {
    var convention = Self.conventions[2]
    convention.arm = [""]
    let map = try SkeletonMap(convention.skeleton)
    #expect(map.missing == [16, 17, 18, 19, 20, 21].map { MotionFrame.jointNames[$0] })
  }
}
