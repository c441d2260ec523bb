/// A motion as it is to be written: which frames, on which body, which way up.
import Compute

/// Frames of a motion for a file. They are made one at a time, whatever the motion's length.
public struct MotionRecording: Sendable {
  public let motion: ResampledMotion
  /// The body's joints at rest (55), metres.
  public let restJoints: [SIMD3<Float>]
  /// The axis of the file that points up.
  public let up: UpAxis
  /// Of whom the file says it is; nil is neutral.
  public let gender: String?
  public let betas: [Float]
  private let turn: UnitQuaternion?
  private let turnMatrix: RotationMatrix

  public init(
    _ motion: ResampledMotion, restJoints: [SIMD3<Float>], up: UpAxis, gender: String? = nil,
    betas: [Float] = []
  ) {
    self.motion = motion
    self.restJoints = restJoints
    self.up = up
    self.gender = gender
    self.betas = betas
    turnMatrix = up.turn.transposed
    turn = up == .y ? nil : UnitQuaternion(turnMatrix)
  }

  public var frameCount: Int { motion.frameCount }

  /// Frame `index` (`0..<frameCount`) in the axes of the file.
  public func pose(_ index: Int, into pose: inout BodyPose) throws {
    try motion.pose(index, into: &pose)
    guard let turn, let pelvis = restJoints.first.map({ SIMD3<Double>($0) }) else { return }
    let root = turn * UnitQuaternion(axisAngle: SIMD3<Double>(pose.rotations[0]))
    pose.rotations[0] = SIMD3<Float>(root.axisAngle)
    let moved = turnMatrix * (pelvis + SIMD3<Double>(pose.translation)) - pelvis
    pose.translation = SIMD3<Float>(moved)
  }
}
