/// A motion as it is shown: turned upright, cut, sped up, repeated, and sampled at the output's
/// rate. Poses are made one at a time; the motion is never stored at the output's rate.
///
/// Sits between `Motion` and the frame loop. Sample k shows the time `start + k speed / fps`;
/// joints go between two recorded frames by SLERP, the translation linearly; then the body is
/// turned (`UpAxis`, `Facing`).
import Compute
import Foundation

/// A `Motion` sampled for output. Poses may be asked for in any order and from several threads.
public struct ResampledMotion: Sendable {
  public let motion: any Motion
  /// What was asked for.
  public let playback: Playback
  public let fps: Double
  /// Output frames, repeats included; at least 1.
  public let frameCount: Int
  /// The axis of the file that became +Y.
  public let up: UpAxis
  /// The turn about the vertical, degrees, counter-clockwise from above.
  public let facingDegrees: Double
  /// Whether the axis was found in the motion rather than given.
  public let upIsAutomatic: Bool
  /// The motion's notices and those of its playback.
  public let notices: [String]

  /// Output frames that are allowed, a month at 30 a second: a frame's number and time stay exact, and
  /// what is kept of each frame fits a machine.
  static let mostFrames = 100_000_000

  private let facesCamera: Bool
  private let turn: UnitQuaternion?
  private let turnMatrix: RotationMatrix
  private let restPelvis: SIMD3<Double>
  private let interval: ClosedRange<Double>
  private var floor: FloorTrack?
  /// Where the body stays; nil where it goes its way.
  private var anchor: SIMD3<Float>?
  /// Seconds of motion between two output frames.
  public let step: Double
  /// Output frames until the motion repeats: frame k has the pose of frame k % period.
  public let period: Int

  /// - Parameters:
  ///   - restPelvis: joint 0 of the shaped body at rest (metres): the pivot.
  /// - Throws: `ProgramError` of code `usage` for a rate, speed, count or range that makes no
  ///   sense.
  public init(_ motion: any Motion, playback: Playback, restPelvis: SIMD3<Float>) throws {
    let fps = playback.fps
    guard (1e-6...1e6).contains(fps) else {
      throw ProgramError(
        .usage, "the output rate must be positive", key: "fps",
        expected: "frames a second, for example 30", found: "\(fps)")
    }
    guard (1e-6...1e6).contains(playback.speed) else {
      throw ProgramError(
        .usage, "the speed must be positive", key: "speed", expected: "for example 1 or 0.5",
        found: "\(playback.speed)")
    }
    guard playback.repeats >= 1 else {
      throw ProgramError(
        .usage, "the motion must be shown at least once", key: "loop", expected: "1 or more",
        found: "\(playback.repeats)")
    }
    var notices = motion.summary.notices
    let range = try Self.range(of: motion, playback, notices: &notices)
    let step = playback.speed / fps
    // The last recorded frame counts although k / fps rarely meets it exactly.
    let samples = ((range.upperBound - range.lowerBound) / step + 1e-6).rounded(.down)
    // Written so that a NaN fails.
    guard (samples + 1) * Double(playback.repeats) <= Double(Self.mostFrames) else {
      throw ProgramError(
        .usage, "more output frames than can be counted", key: "fps",
        expected: "at most \(Self.mostFrames)",
        found: "\(decimal(samples, digits: 0)) frames, \(playback.repeats) times, at "
          + "\(decimal(fps, digits: 3)) fps and speed \(playback.speed)",
        hint: "show a part, or show it less often")
    }
    let once = Int(samples) + 1

    let shown = Self.recordedFrames(of: motion, in: range)
    switch playback.up {
    case .axis(let axis):
      up = axis
      upIsAutomatic = false
    case .auto:
      let estimate = try Orientation.upAxis(of: motion)
      up = estimate.axis
      upIsAutomatic = true
      if let notice = estimate.notice { notices.append(notice) }
    }
    let yaw: Double
    switch playback.facing {
    case .keep: yaw = 0
    case .degrees(let degrees):
      guard degrees.isFinite else {
        throw ProgramError(
          .usage, "the facing must be a number of degrees", key: "facing", found: "\(degrees)")
      }
      // Whole turns change nothing but the digits that are left.
      yaw = degrees.remainder(dividingBy: 360) * .pi / 180
    case .firstFrame:
      yaw = try Orientation.facingTurn(
        of: motion, frames: shown.lowerBound...shown.lowerBound, up: up.turn)
    case .average:
      yaw = try Orientation.facingTurn(of: motion, frames: shown, up: up.turn)
    }
    facingDegrees = yaw * 180 / .pi
    facesCamera = playback.facing == .firstFrame || playback.facing == .average
    // Without a yaw the turn stays a matrix of 0 and +-1.
    turnMatrix = yaw == 0 ? up.turn : RotationMatrix.yaw(yaw) * up.turn
    turn = turnMatrix == .identity ? nil : UnitQuaternion(turnMatrix)

    self.motion = motion
    self.playback = playback
    self.fps = fps
    self.restPelvis = SIMD3<Double>(restPelvis)
    interval = range
    self.step = step
    self.notices = notices
    // A cycle that ends on the pose it began with would show that pose twice at each seam.
    let last = range.lowerBound + Double(once - 1) * step
    let closes =
      try playback.repeats > 1 && once > 2 && Self.samePose(motion, range.lowerBound, last)
    period = closes ? once - 1 : once
    frameCount = closes ? period * playback.repeats : once * playback.repeats
    if playback.inPlace {
      var first = BodyPose()
      try pose(at: interval.lowerBound, into: &first)
      anchor = first.translation
    }
  }

  /// The motion with the body's feet on the floor, which is at height 0: what its lowest points say over
  /// time is taken off.
  public func grounded(on body: ShapedBody) throws -> ResampledMotion {
    let points = TouchingPoints(body)
    var grounded = self
    var pose = BodyPose()
    grounded.floor = try FloorTrack(over: interval) { time in
      try self.pose(at: time, into: &pose)
      return points.lowest(pose)
    }
    return grounded
  }

  /// Seconds of the motion that output frame `k` shows.
  public func time(_ k: Int) -> Double { interval.lowerBound + Double(k % period) * step }

  /// Output frame `k` (`0..<frameCount`), upright. Allocates nothing once `pose`'s arrays have
  /// their sizes.
  public func pose(_ k: Int, into pose: inout BodyPose) throws {
    try self.pose(at: time(k), into: &pose)
  }

  /// The pose at `time` seconds of the motion (clamped to its first and last frame), upright.
  public func pose(at time: Double, into pose: inout BodyPose) throws {
    try Resampling.read(motion, at: time, into: &pose)
    if motion.summary.pivot == .origin {
      // R (x - J0) + J0 + t' = R x + t: what SMPL's translation is for a turn about the origin.
      let root = RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[0]))
      let shift = SIMD3<Double>(pose.translation) + root * restPelvis - restPelvis
      pose.translation = SIMD3<Float>(shift)
    }
    if let turn {
      let root = turn * UnitQuaternion(axisAngle: SIMD3<Double>(pose.rotations[0]))
      pose.rotations[0] = SIMD3<Float>(root.axisAngle)
      let pelvis = turnMatrix * (restPelvis + SIMD3<Double>(pose.translation))
      pose.translation = SIMD3<Float>(pelvis - restPelvis)
    }
    if let anchor { (pose.translation.x, pose.translation.z) = (anchor.x, anchor.z) }
    if let floor { pose.translation.y -= floor.height(at: time) }
  }

  /// "AMASS SMPL-H, 601 frames at 120 fps (5.01 s), Z up (turned), faced to the camera (-92
  /// degrees), full hands, male betas ignored".
  public var description: String {
    var text = up.label + (up == .y ? "" : " (turned)")
    if !upIsAutomatic { text += " as told" }
    let degrees = Int(saturating: facingDegrees)
    if degrees != 0 {
      text +=
        facesCamera
        ? ", faced to the camera (\(degrees) degrees)" : ", turned by \(degrees) degrees"
    }
    if playback.inPlace { text += ", in place" }
    if floor != nil { text += ", on the floor" }
    var summary = motion.summary
    summary.takenBetas = playback.takenBetas
    return summary.description(orientation: text)
  }
}
