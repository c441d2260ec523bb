/// Positions of joints, which are refused whatever their order, their number and their names.
import Compute
import Foundation
import TensorFiles
import Testing

@testable import SMPLX

@Suite struct MotionPositionTests {
  /// Joints of a body that walks and swings its limbs: (frames, 22, 3).
  static func walking(frames: Int, order: [Int], unit: Double = 1) -> [Double] {
    let rest = RestSkeleton.standard
    return (0..<frames).flatMap { frame -> [Double] in
      let phase = 0.4 * Double(frame)
      var rotations = [RotationMatrix](repeating: .identity, count: 55)
      for (joint, angle) in [
        (1, 0.5 * sin(phase)), (2, -0.5 * sin(phase)), (4, 0.4 + 0.3 * cos(phase)),
        (5, 0.4 - 0.3 * cos(phase)), (18, 0.6), (15, 0.1 * cos(phase)), (3, 0.05 * sin(phase)),
      ] { rotations[joint] = RotationMatrix(axisAngle: SIMD3(angle, 0, 0)) }
      rotations[16] = RotationMatrix(axisAngle: SIMD3(0.4 * sin(phase), 0, -1.1))
      rotations[17] = RotationMatrix(axisAngle: SIMD3(-0.4 * sin(phase), 0, 1.1))
      var world = [RigidTransform](
        repeating: RigidTransform(rotation: .identity, position: .zero), count: 55)
      chainJoints(rotations, rest.joints, RestSkeleton.parents, 55, &world)
      return order.flatMap { joint -> [Double] in
        let p = (world[joint].position + SIMD3(0, 1, 0.05 * Double(frame))) * unit
        return [p.x, p.y, p.z]
      }
    }
  }

  static func refusal(_ value: PickleValue) -> ProgramError? {
    programError { _ = try MotionFormatTests.load(value) }
  }

  /// SMPL's order, its reverse, left and right by turns, and one more as SMPL-H has it.
  @Test func anyOrder() {
    let orders = [
      Array(0..<22), Array((0..<22).reversed()),
      [20, 3, 7, 15, 0, 1, 18, 2, 9, 21, 4, 12, 5, 6, 19, 8, 10, 16, 11, 13, 17, 14],
      Array(0..<22) + [20, 21],
    ]
    for order in orders {
      for unit in [1, 1000.0] {
        let array = TensorData(
          shape: [24, order.count, 3], doubles: Self.walking(frames: 24, order: order, unit: unit))
        for value in [
          PickleValue.tensor(array), MotionFormatTests.group([("poses", .tensor(array))]),
        ] {
          #expect(
            Self.refusal(value)?.what.hasPrefix("these are positions of") == true,
            "\(order.count) joints, \(unit)")
        }
      }
    }
  }

  @Test(arguments: [
    ("joints", [12, 17, 3]), ("keypoints3d", [12, 17, 4]), ("new_joints", [12, 22, 3]),
    ("x", [12, 25, 3]), ("joints3d", [12, 127, 3]), ("positions", [12, 66]),
    ("motion", [4, 22, 3, 60]), ("pose3d", [12, 18, 3]),
  ])
  func namesAndNumbers(name: String, shape: [Int]) {
    let zeros = MotionSystemTests.zeros(shape)
    let error = Self.refusal(MotionFormatTests.group([(name, zeros), ("fps", .int(30))]))
    #expect(error?.what.hasPrefix("these are positions of") == true)
    #expect(error?.key == name && error?.hint?.contains("joints2smpl") == true)
    // One level down, under names of clips.
    let clips = MotionFormatTests.group([("000001", MotionFormatTests.group([(name, zeros)]))])
    #expect(Self.refusal(clips)?.what.hasPrefix("these are positions of") == true)
  }

  @Test func featuresOfHumanML3D() {
    let clip = MotionSystemTests.zeros([40, 263])
    for value in [
      clip, MotionFormatTests.group([("000001", clip), ("000002", clip)]), .list([clip, clip]),
    ] {
      #expect(Self.refusal(value)?.what.hasPrefix("these are HumanML3D's features") == true)
    }
  }

  /// Columns of no rotation: 17 joints in one row.
  @Test func rowsThatMoveAsABody() {
    let order = [0, 1, 4, 7, 2, 5, 8, 3, 9, 12, 15, 16, 18, 20, 17, 19, 21]
    let array = TensorData(shape: [24, 51], doubles: Self.walking(frames: 24, order: order))
    #expect(
      Self.refusal(.tensor(array))?.what
        == "these are positions of joints, which do not say how bones turn about themselves")
  }

  /// Rotations of bodies that move are none: joints that turn alike, fingers that curl together, a body that
  /// turns about.
  @Test func rotationsAreNoPositions() throws {
    for kind in 0..<5 {
      let numbers = (0..<40).flatMap { frame -> [Double] in
        let phase = 0.3 * Double(frame)
        return (0..<55).flatMap { joint -> [Double] in
          func number(_ seed: Int) -> Double { sin(12.9898 * Double(joint * 7 + seed)) }
          return switch kind {
          case 0: [0.3 * sin(phase + Double(joint)), 0.1 * cos(phase), 0.2 * sin(2 * phase)]
          case 1:
            joint >= 25
              ? [0, 0, number(1) + 0.5 * sin(phase)] : joint == 0 ? [0, phase, 0] : [0, 0, 0]
          case 2: (0..<3).map { 0.5 * number($0) + 0.2 * number($0 + 3) * sin(phase) }
          case 3: [sin(phase), sin(phase), sin(phase) + 0.05 * Double(joint)]
          default: (0..<3).map { 0.5 * number($0) + 0.01 * Double(frame) * number($0 + 3) }
          }
        }
      }
      let array = TensorData(shape: [40, 165], doubles: numbers)
      let motion = try MotionFormatTests.load(.tensor(array))
      #expect(motion.frameCount == 40, "\(kind)")
    }
  }
}
