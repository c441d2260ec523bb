import Foundation
import SMPLX

/// What pose each frame of a sequence has.
public protocol PoseSource: Sendable {
  var frameCount: Int { get }
  /// Fills `pose` for a frame in 0 ..< frameCount, without allocating.
  func pose(frame: Int, into pose: inout BodyPose) throws
}

/// The same pose in every frame: turntables and stills.
public struct StillPose: PoseSource {
  public let frameCount: Int
  public let bodyPose: BodyPose

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

  public init(_ motion: ResampledMotion) { self.motion = motion }

  public func pose(frame: Int, into pose: inout BodyPose) throws {
    try motion.pose(frame, into: &pose)
  }
}

extension BodyPose {
  /// Standing at ease: arms lowered and a little bent, fingers relaxed as the model's mean has them.
  ///
  /// The rest pose of SMPL-X is a T; rotations are about the rest axes (left is +X).
  public static func standing(_ model: BodyModel) -> BodyPose {
    var pose = BodyPose()
    func set(_ joint: Int, _ rotation: SIMD3<Float>) { pose.rotations[joint] = rotation }
    set(13, [0, 0, -0.08])  // collars
    set(14, [0, 0, 0.08])
    set(16, [0.12, 0.1, -1.12])  // shoulders
    set(17, [0.12, -0.1, 1.12])
    set(18, [0, -0.28, 0])  // elbows
    set(19, [0, 0.28, 0])
    set(1, [0, 0, 0.035])  // hips: feet a little apart
    set(2, [0, 0, -0.035])
    for finger in 0..<15 {
      set(25 + finger, SIMD3(model.leftHandMean, at: finger))
      set(40 + finger, SIMD3(model.rightHandMean, at: finger))
    }
    return pose
  }
}

extension SIMD3<Float> {
  fileprivate init(_ values: [Float], at index: Int) {
    self.init(values[3 * index], values[3 * index + 1], values[3 * index + 2])
  }
}
