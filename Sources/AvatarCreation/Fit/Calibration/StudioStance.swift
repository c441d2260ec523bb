import Compute
import Foundation
import SMPLX

extension StudioPerson {
  /// How people stand who are made up.
  package enum Stance: String, Sendable {
    /// Arms a little away from the body, for calibration.
    case arms
    /// Arms hanging, at the hips, a hand before the body.
    case varied
    /// The same, and arms, wrists and legs anywhere that joints allow.
    case anyhow
    /// Not standing: knees, hips and trunk bent and leaning as well.
    case free

    /// Deviation of the turn away from the camera, radians.
    var turn: Double {
      switch self {
      case .arms: 0.35
      case .varied: 0.25
      case .anyhow, .free: 0.45
      }
    }
  }
}

extension StudioPerson.Stance {
  /// Rotations of all joints, radians; the root's and the ankles' are made to stand later.
  func joints(_ random: inout StudioRandom) -> [SIMD3<Double>] {
    var joints = Self.legs(&random)
    let isFree = self == .free || self == .anyhow && random.uniform(0...1) < 0.6
    if isFree { Self.stir(&joints, &random) }
    if self == .free { Self.crouch(&joints, &random) }
    arms(&joints, &random, isFree: isFree)
    return joints
  }

  private static func legs(_ random: inout StudioRandom) -> [SIMD3<Double>] {
    var joints = [SIMD3<Double>](repeating: .zero, count: BodyPose.jointCount)
    let stance = abs(random.normal(0.10))
    for (hip, knee, ankle, side) in [(1, 4, 7, 1.0), (2, 5, 8, -1.0)] {
      let bend = abs(random.normal(0.12))
      let out = stance + abs(random.normal(0.03))
      joints[hip] = SIMD3(
        -bend / 2 + random.normal(0.05), side * random.normal(0.12), side * out)
      joints[knee] = SIMD3(bend, 0, 0)
      joints[ankle] = SIMD3(0, side * random.normal(0.06), 0)
    }
    for joint in [3, 6, 9, 12, 15] {
      joints[joint] = SIMD3(random.normal(0.05), random.normal(0.06), random.normal(0.04))
    }
    return joints
  }

  private func arms(
    _ joints: inout [SIMD3<Double>], _ random: inout StudioRandom, isFree: Bool
  ) {
    for (shoulder, elbow, wrist, collar, side) in [
      (16, 18, 20, 13, 1.0), (17, 19, 21, 14, -1.0),
    ] {
      if isFree, random.uniform(0...1) < 0.7 {
        let mirror = SIMD3(1, side, side)
        joints[collar] = SIMD3(random.normal(0.06), random.normal(0.06), random.normal(0.1))
        joints[wrist] = SIMD3(random.normal(0.3), random.normal(0.25), random.normal(0.3))
        joints[shoulder] = mirror * Self.upperArm(&random)
        joints[elbow] = mirror * SIMD3(random.normal(0.1), -random.uniform(0...2.3), 0)
        continue
      }
      joints[collar] = SIMD3(random.normal(0.05), random.normal(0.05), random.normal(0.06))
      joints[wrist] = SIMD3(random.normal(0.15), random.normal(0.15), random.normal(0.15))
      let choice = self == .arms ? 0.5 : random.uniform(0...1)
      let bend = abs(random.normal(0.4))
      let (x, y, z) = (random.normal(0.25), random.normal(0.25), random.normal(0.25))
      switch choice {
      case ..<0.25:
        // A forearm before the body.
        joints[shoulder] = SIMD3(0.4 * x, side * (-0.3 + 0.5 * y), side * (-1.1 + 0.4 * z))
        joints[elbow] = SIMD3(0, side * (-1.3 - bend), 0)
      case ..<0.45:
        // A hand at the hip.
        joints[shoulder] = SIMD3(0.3 * x, side * (0.5 + 0.3 * y), side * (-0.75 + 0.3 * z))
        joints[elbow] = SIMD3(0, side * (-1.6 - 0.3 * bend), 0)
        joints[wrist] = .zero
      default:
        joints[shoulder] = SIMD3(x, side * 0.6 * y, side * (-0.9 + z))
        joints[elbow] = SIMD3(0, side * (-0.1 - bend), 0)
      }
    }
  }

  /// A left upper arm turned anywhere: down to above level, behind the trunk to across it, and about itself.
  private static func upperArm(_ random: inout StudioRandom) -> SIMD3<Double> {
    let fromBelow = 0.15 + 2.1 * pow(random.uniform(0...1), 1.6)
    let forward = random.uniform(-0.6...1.7)
    let direction = SIMD3(
      sin(fromBelow) * cos(forward), -cos(fromBelow), sin(fromBelow) * sin(forward))
    // From the x axis, along which it lies at rest.
    let axis = SIMD3(1, 0, 0).cross(direction)
    let swing = axis * (atan2(axis.length, direction.x) / max(axis.length, 1e-9))
    return
      (RotationMatrix(axisAngle: swing)
      * RotationMatrix(axisAngle: SIMD3(random.normal(0.6), 0, 0))).axisAngle
  }

  /// Legs apart, one before the other, and a trunk that bends and turns.
  private static func stir(_ joints: inout [SIMD3<Double>], _ random: inout StudioRandom) {
    let apart = abs(random.normal(0.2))
    for (hip, knee, side) in [(1, 4, 1.0), (2, 5, -1.0)] {
      joints[hip] += SIMD3(random.normal(0.15), side * random.normal(0.25), side * apart)
      joints[knee].x += abs(random.normal(0.15))
    }
    for joint in [3, 6, 9] {
      joints[joint] += SIMD3(random.normal(0.06), random.normal(0.06), random.normal(0.04))
    }
    for joint in [12, 15] {
      joints[joint] += SIMD3(random.normal(0.15), random.normal(0.2), random.normal(0.08))
    }
  }

  /// Legs that lunge, kneel, sit or step, and a trunk that leans.
  private static func crouch(_ joints: inout [SIMD3<Double>], _ random: inout StudioRandom) {
    let isEven = random.uniform(0...1) < 0.3
    let (hips, knees) = (random.uniform(0...1), random.uniform(0...1))
    for (hip, knee, ankle) in [(1, 4, 7), (2, 5, 8)] {
      let bend = isEven ? hips : random.uniform(0...1)
      joints[hip].x += 0.4 - 2 * bend
      joints[knee].x += 2.1 * (isEven ? knees : random.uniform(0...1))
      joints[ankle] += SIMD3(random.normal(0.3), 0, 0)
    }
    for joint in [3, 6, 9] { joints[joint].x += abs(random.normal(0.1)) }
    joints[0] = SIMD3(random.normal(0.25), 0, random.normal(0.15))
  }
}
