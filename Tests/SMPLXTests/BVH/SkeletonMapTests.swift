/// Joints are found whatever a program calls them.
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct SkeletonMapTests {
  /// Names of one program: pelvis; spine; neck and head; then, with `*` for the side, hip to toe and
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
      pattern.replacing("*", with: side == 0 ? sides.0 : sides.1)
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
      top: ["mixamorig:Neck", "mixamorig:Head"], leg: ["*UpLeg", "*Leg", "*Foot", "*ToeBase"],
      arm: ["*Shoulder", "*Arm", "*ForeArm", "*Hand"],
      fingers: [
        ["*HandIndex1", "*HandIndex2", "*HandIndex3", "*HandIndex4"],
        ["*HandThumb1", "*HandThumb2"],
      ]),
    Convention(
      name: "Mixamo", sides: ("mixamorigLeft", "mixamorigRight"),
      trunk: ["mixamorigHips", "mixamorigSpine"], top: ["mixamorigNeck", "mixamorigHead"],
      leg: ["*UpLeg", "*Leg", "*Foot", "*ToeBase"], arm: ["*Shoulder", "*Arm", "*ForeArm", "*Hand"]),
    Convention(
      name: "LaFAN1", trunk: ["Hips", "Spine", "Spine1", "Spine2"], top: ["Neck", "Head"],
      leg: ["*UpLeg", "*Leg", "*Foot", "*Toe"], arm: ["*Shoulder", "*Arm", "*ForeArm", "*Hand"]),
    Convention(
      name: "MotionBuilder", sides: ("Character1_Left", "Character1_Right"),
      root: "Character1_Reference",
      trunk: ["Character1_Hips", "Character1_Spine"], top: ["Character1_Neck", "Character1_Head"],
      leg: ["*UpLeg", "*Leg", "*Foot", "*ToeBase"], arm: ["*Shoulder", "*Arm", "*ForeArm", "*Hand"]),
    Convention(
      name: "Xsens", trunk: ["Hips", "Chest", "Chest2", "Chest3", "Chest4"], top: ["Neck", "Head"],
      leg: ["*Hip", "*Knee", "*Ankle", "*Toe"], arm: ["*Collar", "*Shoulder", "*Elbow", "*Wrist"]),
    Convention(
      name: "Xsens", trunk: ["Pelvis", "L5", "L3", "T12", "T8"], top: ["Neck", "Head"],
      leg: ["*UpperLeg", "*LowerLeg", "*Foot", "*Toe"],
      arm: ["*Shoulder", "*UpperArm", "*ForeArm", "*Hand"]),
    Convention(
      name: "Rokoko", trunk: ["Hips", "Spine", "Spine2", "Spine3", "Spine4"],
      top: ["Neck", "Head"],
      leg: ["*Thigh", "*Shin", "*Foot", "*Toe"], arm: ["*Shoulder", "*Arm", "*ForeArm", "*Hand"],
      fingers: [
        ["*Finger1Metacarpal", "*Finger1Proximal", "*Finger1Distal"],
        ["*Finger2Proximal", "*Finger2Medial", "*Finger2Distal"],
      ]),
    Convention(
      name: "Perception Neuron", trunk: ["Robot_Hips", "Robot_Spine", "Robot_Spine1"],
      top: ["Robot_Neck", "Robot_Head"],
      leg: ["Robot_*UpLeg", "Robot_*Leg", "Robot_*Foot"],
      arm: ["Robot_*Shoulder", "Robot_*Arm", "Robot_*ForeArm", "Robot_*Hand"],
      fingers: [["Robot_*InHandIndex", "Robot_*HandIndex1", "Robot_*HandIndex2"]]),
    Convention(
      name: "3ds Max Biped", sides: ("L", "R"), root: "Bip01",
      trunk: ["Bip01 Pelvis", "Bip01 Spine", "Bip01 Spine1"], top: ["Bip01 Neck", "Bip01 Head"],
      leg: ["Bip01 * Thigh", "Bip01 * Calf", "Bip01 * Foot", "Bip01 * Toe0"],
      arm: ["Bip01 * Clavicle", "Bip01 * UpperArm", "Bip01 * Forearm", "Bip01 * Hand"],
      fingers: [["Bip01 * Finger0", "Bip01 * Finger01"], ["Bip01 * Finger1", "Bip01 * Finger11"]]),
    Convention(
      name: "Unreal", sides: ("l", "r"), root: "root", trunk: ["pelvis", "spine_01", "spine_02"],
      top: ["neck_01", "head"], leg: ["thigh_*", "calf_*", "foot_*", "ball_*"],
      arm: ["clavicle_*", "upperarm_*", "lowerarm_*", "hand_*"],
      fingers: [["index_01_*", "index_02_*", "index_03_*"], ["thumb_01_*", "thumb_02_*"]]),
    Convention(
      name: "DAZ", sides: ("l", "r"), trunk: ["hip", "abdomen", "chest"], top: ["neck", "head"],
      leg: ["*Buttock", "*Thigh", "*Shin", "*Foot"],
      arm: ["*Collar", "*Shldr", "*ForeArm", "*Hand"],
      fingers: [["*Index1", "*Index2"], ["*Thumb1", "*Thumb2"]]),
    Convention(
      name: "Rigify", sides: ("L", "R"), trunk: ["hips", "spine", "chest"], top: ["neck", "head"],
      leg: ["thigh.*", "shin.*", "foot.*", "toe.*"],
      arm: ["shoulder.*", "upper_arm.*", "forearm.*", "hand.*"]),
    Convention(
      name: "SMPL", sides: ("L", "R"), trunk: ["Pelvis", "Spine1", "Spine2", "Spine3"],
      top: ["Neck", "Head"], leg: ["*_Hip", "*_Knee", "*_Ankle", "*_Foot"],
      arm: ["*_Collar", "*_Shoulder", "*_Elbow", "*_Wrist"]),
    Convention(
      name: "generic", trunk: ["Hips", "Spine", "Chest", "UpperChest"], top: ["Neck", "Head"],
      leg: ["*UpperLeg", "*LowerLeg", "*Foot", "*Toes"],
      arm: ["", "*UpperArm", "*LowerArm", "*Hand"],
      fingers: [["*IndexProximal", "*IndexIntermediate", "*IndexDistal"]]),
    Convention(
      name: "generic", sides: ("Left", "Right"), trunk: ["SpineBase", "SpineMid"],
      top: ["Neck", "Head"], leg: ["Hip*", "Knee*", "Ankle*", "Foot*"],
      arm: ["", "Shoulder*", "Elbow*", "Wrist*"]),
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
