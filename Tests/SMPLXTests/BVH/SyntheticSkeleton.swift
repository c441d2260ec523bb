/// People made up as BVH files: one motion, and skeletons whose zero pose and axes are any.
import Compute
import Foundation

@testable import SMPLX

/// A person of known bones who walks, swings and bends the arms and turns the head.
struct SyntheticSkeleton {
  struct Joint {
    var name: String
    var parent: Int
    /// From the parent in a T pose (metres, Y up, facing +Z).
    var offset: SIMD3<Double>
    /// To the End Site; nil for none.
    var end: SIMD3<Double>?
  }

  /// Which zero pose the file has.
  enum Zero: CaseIterable {
    case tPose
    /// Arms 50 degrees down.
    case aPose
    case armsHanging
    /// Legs slant outward, arms down and forward.
    case slanted
    /// Every bone along its parent joint's Y, as if nothing was posed.
    case alongY
    /// Every bone along X, as LaFAN1 has it.
    case alongX
  }

  let joints: [Joint]
  /// Axes of each joint in a T pose: what makes zero poses differ.
  let frames: [RotationMatrix]
  /// From Y up, facing +Z to the file's axes.
  let turn: RotationMatrix
  let unit: Double

  private static let tPose: [Joint] = {
    var joints: [Joint] = [
      Joint(name: "Hips", parent: -1, offset: SIMD3(0, 0.95, 0)),
      Joint(name: "Spine", parent: 0, offset: SIMD3(0, 0.1, -0.01)),
      Joint(name: "Spine1", parent: 1, offset: SIMD3(0, 0.12, 0)),
      Joint(name: "Spine2", parent: 2, offset: SIMD3(0, 0.13, 0)),
      Joint(name: "Neck", parent: 3, offset: SIMD3(0, 0.2, 0.02)),
      Joint(name: "Head", parent: 4, offset: SIMD3(0, 0.1, 0.02), end: SIMD3(0, 0.2, 0)),
    ]
    for (side, sign) in [("Left", 1.0), ("Right", -1.0)] {
      let first = joints.count
      joints += [
        Joint(name: side + "UpLeg", parent: 0, offset: SIMD3(0.09 * sign, -0.05, 0)),
        Joint(name: side + "Leg", parent: first, offset: SIMD3(0, -0.43, 0)),
        Joint(name: side + "Foot", parent: first + 1, offset: SIMD3(0, -0.42, -0.01)),
        Joint(
          name: side + "ToeBase", parent: first + 2, offset: SIMD3(0.01 * sign, -0.06, 0.14),
          end: SIMD3(0, 0, 0.06)),
        Joint(name: side + "Shoulder", parent: 3, offset: SIMD3(0.03 * sign, 0.14, 0.01)),
        Joint(name: side + "Arm", parent: first + 4, offset: SIMD3(0.14 * sign, 0, 0)),
        Joint(name: side + "ForeArm", parent: first + 5, offset: SIMD3(0.29 * sign, 0, 0)),
        Joint(
          name: side + "Hand", parent: first + 6, offset: SIMD3(0.25 * sign, 0, 0),
          end: SIMD3(0.1 * sign, 0, 0)),
        Joint(
          name: side + "HandThumb1", parent: first + 7, offset: SIMD3(0.03 * sign, -0.01, 0.03),
          end: SIMD3(0.03 * sign, 0, 0.02)),
      ]
    }
    return joints
  }()

  /// - Parameters:
  ///   - turn: to the file's axes.
  ///   - turnsZero: whether the zero pose is in these axes too, or only the root's rotation turns.
  init(
    _ zero: Zero, turn: RotationMatrix = .identity, unit: Double = 0.01, turnsZero: Bool = true
  ) {
    joints = Self.tPose
    self.turn = turn
    self.unit = unit
    let joints = joints
    let axes: [RotationMatrix] = joints.indices.map { index in
      // The file's offset of a child is F^T times its offset in the T pose.
      let name = joints[index].name
      let child = joints.firstIndex { $0.parent == index }
      let bone = (child.map { joints[$0].offset } ?? joints[index].end) ?? SIMD3(0, 1, 0)
      let sign: Double = name.hasPrefix("Right") ? -1 : 1
      let isArm = ["Arm", "ForeArm", "Hand", "Thumb1"].contains { name.hasSuffix($0) }
      let isLeg = name.contains("Leg") || name.contains("Foot") || name.contains("Toe")
      func zRotation(_ degrees: Double) -> RotationMatrix {
        RotationMatrix.identity.turned(axis: 2, degrees: degrees)
      }
      switch zero {
      case .tPose: return .identity
      case .aPose: return isArm ? zRotation(50 * sign) : .identity
      case .armsHanging: return isArm ? zRotation(90 * sign) : .identity
      case .slanted:
        if isArm {
          return RotationMatrix(
            from: SIMD3(sign, 0, 0), to: SIMD3(0.67 * sign, -0.56, 0.48)
          ).transposed
        }
        return isLeg && !name.contains("Foot") && !name.contains("Toe")
          ? zRotation(-20 * sign) : .identity
      case .alongY:
        return index == 0 ? .identity : RotationMatrix(from: SIMD3(0, 1, 0), to: bone)
      case .alongX:
        // A turn about the bone besides, another for each joint.
        return RotationMatrix(from: SIMD3(1, 0, 0), to: bone).turned(
          axis: 0, degrees: 40 * Double(index % 7))
      }
    }
    frames = turnsZero ? axes.map { $0 * turn.transposed } : axes
  }

  /// How each joint is turned in frame `k` of `count`, from a T pose (Y up, facing +Z).
  func rotations(_ k: Int, of count: Int) -> [RotationMatrix] {
    let phase = 4 * Double.pi * Double(k) / Double(count)
    func degrees(_ x: Double) -> Double { x * .pi / 180 }
    var world: [RotationMatrix] = []
    for joint in joints {
      let sign: Double = joint.name.hasPrefix("Right") ? -1 : 1
      let swing = sin(phase) * sign
      let local: RotationMatrix
      switch joint.name.replacing("Left", with: "").replacing("Right", with: "") {
      case "Hips": local = RotationMatrix(axisAngle: SIMD3(0.05, 0.3 + 0.1 * sin(phase), 0))
      case "Spine1": local = RotationMatrix(axisAngle: SIMD3(0, -0.1 * sin(phase), 0))
      case "Neck": local = RotationMatrix(axisAngle: SIMD3(0.1, 0.2 * cos(phase), 0.05))
      case "Head": local = RotationMatrix(axisAngle: SIMD3(-0.1, 0.3 * cos(phase), 0))
      case "UpLeg":
        local = RotationMatrix(axisAngle: SIMD3(-degrees(20 + 30 * swing), 0, 0.05 * sign))
      case "Leg": local = RotationMatrix(axisAngle: SIMD3(degrees(35 + 30 * swing), 0, 0))
      case "Foot": local = RotationMatrix(axisAngle: SIMD3(-degrees(10), 0, 0))
      case "Arm":
        local =
          RotationMatrix(axisAngle: SIMD3(-degrees(30 * swing), 0, 0))
          * RotationMatrix(axisAngle: SIMD3(0, 0, -degrees(65) * sign))
      case "ForeArm":
        local = RotationMatrix(axisAngle: SIMD3(0, -degrees(45 + 40 * cos(phase)) * sign, 0))
      case "Hand": local = RotationMatrix(axisAngle: SIMD3(0, 0, 0.1 * sin(phase)))
      default: local = .identity
      }
      world.append(joint.parent < 0 ? local : world[joint.parent] * local)
    }
    return world
  }

  /// The file's text.
  func text(frames count: Int, name: (String) -> String = { $0 }) -> String {
    var lines = ["HIERARCHY"]
    func offset(_ v: SIMD3<Double>, _ parent: Int) -> String {
      let own = parent < 0 ? turn * v : frames[parent].transposed * v
      let w = own / unit
      return String(format: "OFFSET %.9f %.9f %.9f", w.x, w.y, w.z)
    }
    func write(_ index: Int) {
      let joint = joints[index]
      lines.append((joint.parent < 0 ? "ROOT " : "JOINT ") + name(joint.name))
      lines += ["{", offset(joint.offset, joint.parent)]
      lines.append(
        "CHANNELS " + (joint.parent < 0 ? "6 Xposition Yposition Zposition" : "3")
          + " Zrotation Xrotation Yrotation")
      for child in joints.indices where joints[child].parent == index { write(child) }
      if let end = joint.end { lines += ["End Site", "{", offset(end, index), "}"] }
      lines.append("}")
    }
    write(0)
    lines += ["MOTION", "Frames: \(count)", "Frame Time: 0.0333333"]
    for k in 0..<count { lines.append(row(k, of: count)) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The file's joint rotations are Q F in the T pose's axes, and zero is all of them the identity.
  private func row(_ k: Int, of count: Int) -> String {
    let world = rotations(k, of: count)
    var order: [Int] = []
    func visit(_ index: Int) {
      order.append(index)
      for child in joints.indices where joints[child].parent == index { visit(child) }
    }
    visit(0)
    let place = turn * SIMD3(0.3 * Double(k) / Double(count), 0.93, 1.5 * Double(k) / Double(count))
    var numbers = [place.x / unit, place.y / unit, place.z / unit]
    for index in order {
      let parent = joints[index].parent
      let own = world[index] * frames[index]
      let local =
        parent < 0 ? turn * own : (world[parent] * frames[parent]).transposed * own
      var angles = EulerAngles()
      angles.follow(local)
      numbers += [angles.z, angles.x, angles.y].map { $0 * 180 / .pi }
    }
    return numbers.map { String(format: "%.7f", $0) }.joined(separator: " ")
  }
}
