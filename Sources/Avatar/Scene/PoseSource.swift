import Compute
import Foundation
import SMPLX

/// What pose each frame of a sequence has.
public protocol PoseSource: Sendable {
  var frameCount: Int { get }
  /// Frames until the poses repeat: frame k has the pose of frame k % period.
  var period: Int { get }
  /// Every so manieth frame, and the last one of a period, tell how far a sequence reaches.
  var samplingStride: Int { get }
  /// All that the poses follow from besides the content of files, in words: equal words mean equal poses.
  var conditions: String { get }
  /// Fills `pose` for a frame in 0 ..< frameCount, without allocating.
  func pose(frame: Int, into pose: inout BodyPose) throws
}

extension PoseSource {
  public var period: Int { frameCount }
  public var samplingStride: Int { 1 }
  public var conditions: String { "\(self)" }
}

/// The same pose in every frame: turntables and stills.
public struct StillPose: PoseSource {
  public let frameCount: Int
  public let bodyPose: BodyPose
  public var period: Int { 1 }
  public var conditions: String { "\(frameCount) of \(bodyPose)" }

  public init(_ pose: BodyPose, frameCount: Int = 1) {
    bodyPose = pose
    self.frameCount = frameCount
  }

  public func pose(frame: Int, into pose: inout BodyPose) { pose = bodyPose }
}

/// Frames of a motion file, resampled and turned upright.
public struct MotionPoses: PoseSource {
  public let motion: ResampledMotion
  public var frameCount: Int { motion.frameCount }
  public var period: Int { motion.period }

  /// Samples a second of a motion beyond which nothing is seen of what lies between them: at an
  /// acceleration of 100 m/s^2 a point is a tenth of a millimetre off.
  private static let samplesPerSecond = 240.0

  public var samplingStride: Int {
    min(max(1, Int(saturating: 1 / (Self.samplesPerSecond * motion.step), .towardZero)), 1 << 30)
  }

  public var conditions: String {
    "\(frameCount) frames of \(motion.motion.frameCount) at \(motion.motion.frameRate), "
      + "\(motion.playback)"
  }

  public init(_ motion: ResampledMotion) { self.motion = motion }

  public func pose(frame: Int, into pose: inout BodyPose) throws {
    try motion.pose(frame, into: &pose)
  }
}

extension BodyPose {
  /// Standing at ease: collar bones lowered, arms ten degrees off vertical with bent elbows, feet
  /// hip-wide and flat, knees not locked, fingers relaxed as the model's mean has them.
  ///
  /// The rest pose of SMPL-X is a T, whose collar bones are raised and whose feet stand wide;
  /// rotations are axis-angle about the rest axes (left is +X). Hands clear the thighs of the bundled
  /// bodies by a centimetre for shape coefficients up to two.
  public static func standing(_ model: BodyModel) -> BodyPose {
    var pose = BodyPose()
    /// Sets a joint of the left side and its mirror image on the right.
    func set(_ left: Int, _ right: Int, _ rotation: SIMD3<Float>) {
      pose.rotations[left] = rotation
      pose.rotations[right] = rotation * [1, -1, -1]
    }
    set(13, 14, [-0.003, 0.035, -0.157])  // collars
    set(16, 17, [0.183, -0.211, -1.197])  // shoulders
    set(18, 19, [0.138, -0.314, 0.022])  // elbows
    set(20, 21, [0, 0, -0.052])  // wrists
    set(1, 2, [-0.035, 0.001, -0.052])  // hips
    set(4, 5, [0.07, 0, 0])  // knees
    set(7, 8, [-0.035, -0.001, 0.052])  // ankles
    for finger in 0..<15 {
      pose.rotations[25 + finger] = SIMD3(model.leftHandMean, at: finger)
      pose.rotations[40 + finger] = SIMD3(model.rightHandMean, at: finger)
    }
    return pose
  }
}

extension SIMD3<Float> {
  fileprivate init(_ values: [Float], at index: Int) {
    self.init(values[3 * index], values[3 * index + 1], values[3 * index + 2])
  }
}
