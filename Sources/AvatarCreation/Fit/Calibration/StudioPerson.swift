import Compute
import Foundation
import SMPLX

/// A made-up person who stands before a made-up camera: everything about the picture is known.
package struct StudioPerson: Sendable {
  package var betas: [Float]
  /// In the axes of the camera.
  package var pose: BodyPose
  package var camera: PinholeCamera
  package var width: Int
  package var height: Int
  /// Towards the floor, in the axes of the camera; a unit vector.
  package var gravity: SIMD3<Double>
  /// Thickness of clothes, metres, by joint that a vertex follows.
  package var thickness: [Float]

  package init(
    body: BodyModel, seed: UInt64, number: Int, stance: Stance, dressed: Bool = false,
    width: Int = 576, height: Int = 768
  ) throws {
    var random = StudioRandom(seed: seed, number: number)
    betas = (0..<min(10, body.shapeCount)).map { _ in Float(random.normal()) }
    self.width = width
    self.height = height
    thickness = [Float](repeating: 0, count: BodyPose.jointCount)
    let clothes = (random.uniform(0.005...0.035), random.uniform(0.005...0.025))
    if dressed {
      for joint in [0, 3, 6, 9] { thickness[joint] = Float(clothes.0) }
      for joint in [16, 17] { thickness[joint] = Float(clothes.0 * 0.6) }
      for joint in [1, 2, 4, 5] { thickness[joint] = Float(clothes.1) }
    }
    let joints = stance.joints(&random)
    let shaped = try ShapedBody(model: body, betas: betas)
    let yaw = random.normal(stance.turn)
    let stand = try Standing(shaped, joints: joints, yaw: yaw, isBalanced: stance != .free)

    // The camera at some height, aimed at the middle of the person.
    let longer = Double(max(width, height))
    let focal = 1.2 * longer * random.uniform(0.8...1.6)
    let share = random.uniform(0.72...0.9)
    let distance = focal * stand.height / (share * Double(height))
    let cameraHeight = random.uniform(0.8...1.65)
    let pitch =
      atan2(cameraHeight - stand.height / 2, distance) + random.normal(0.02)
    let roll = random.normal(0.015)
    // Rows: the camera's axes in those of the world; pitch downwards is positive.
    let (s, c) = (sin(pitch), cos(pitch))
    let level = RotationMatrix(SIMD3(1, 0, 0), SIMD3(0, -c, s), SIMD3(0, -s, -c))
    let turn =
      RotationMatrix(axisAngle: SIMD3(0, 0, roll)) * level
    let eye = SIMD3(random.normal(0.1), cameraHeight, distance)
    gravity = turn * SIMD3(0, -1, 0)
    let pelvis = SIMD3<Double>(shaped.restJoints[0])
    let place = turn * (stand.pelvis - eye)
    var rotations = stand.rotations
    rotations[0] = (turn * RotationMatrix(axisAngle: rotations[0])).axisAngle
    pose = BodyPose(
      rotations: rotations.map { SIMD3<Float>($0) },
      translation: SIMD3<Float>(place - pelvis))
    camera = .aligned(
      focalLength: SIMD2(repeating: Float(focal)),
      principalPoint: SIMD2(Float(width), Float(height)) / 2)
  }
}

/// A pose on the floor (y = 0); made to stand if wanted, feet flat and the weight above them.
private struct Standing {
  var rotations: [SIMD3<Double>]
  /// World axes: y up, the person faces z.
  var pelvis = SIMD3<Double>.zero
  var height = 1.7

  init(
    _ body: ShapedBody, joints: [SIMD3<Double>], yaw: Double, isBalanced: Bool
  ) throws {
    rotations = joints
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    var pitch = 0.0
    for _ in 0..<(isBalanced ? 4 : 1) {
      rotations[0] =
        (RotationMatrix.yaw(yaw)
        * RotationMatrix(axisAngle: joints[0] + SIMD3(pitch, 0, 0))).axisAngle
      for (hip, knee, ankle) in [(1, 4, 7), (2, 5, 8)] where isBalanced {
        rotations[ankle].x = -(pitch + rotations[hip].x + rotations[knee].x)
        rotations[ankle].z = -rotations[hip].z
      }
      let pose = BodyPose(rotations: rotations.map { SIMD3<Float>($0) })
      try poser.pose(pose)
      let posed = poser.joints(contour: false).map { SIMD3<Double>($0) }
      let forward = SIMD3(sin(yaw), 0, cos(yaw))
      var centre = SIMD3<Double>.zero
      for (joint, share) in BodyBalance.masses { centre += share * posed[joint] }
      // Six centimetres before the ankles is the middle of the feet.
      let feet = (posed[7] + posed[8]) / 2 + 0.06 * forward
      let lever = centre.y - feet.y
      pitch -= (centre - feet).dot(forward) / max(lever, 0.3)
      let vertices = poser.vertices()
      var (low, high) = (Float.infinity, -Float.infinity)
      for vertex in 0..<vertices.count {
        low = min(low, vertices.y[vertex])
        high = max(high, vertices.y[vertex])
      }
      height = Double(high - low)
      pelvis = SIMD3<Double>(body.restJoints[0]) - SIMD3(0, Double(low), 0)
    }
  }
}
