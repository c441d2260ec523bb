// Which part of a motion is shown, and whether it closes.

import Compute

extension ResampledMotion {
  static func range(
    of motion: any Motion, _ playback: Playback, notices: inout [String]
  ) throws -> ClosedRange<Double> {
    let span = motion.span
    let start = playback.start ?? 0
    guard start.isFinite, start >= 0, start <= span else {
      throw ProgramError(
        .usage, "the start lies outside the motion", key: "start",
        expected: "0 to \(decimal(span, digits: 3)) seconds", found: "\(start)")
    }
    var end = playback.end ?? span
    guard !end.isNaN, end > start || (playback.end == nil && end == start) else {
      throw ProgramError(
        .usage, "the end must come after the start", key: "end",
        expected: "\(decimal(start, digits: 3)) to \(decimal(span, digits: 3)) seconds",
        found: "\(end)")
    }
    if end > span {
      // "5.01 s" is also how a 5.0 second recording of 601 frames is described.
      if end > span + 1.5 / motion.frameRate {
        notices.append("the motion ends at \(decimal(span, digits: 3)) s, before the end asked for")
      }
      end = span
    }
    return start...end
  }

  static func recordedFrames(
    of motion: any Motion, in range: ClosedRange<Double>
  ) -> ClosedRange<Int> {
    let last = motion.frameCount - 1
    let first = min(last, Int(saturating: range.lowerBound * motion.frameRate))
    return first...max(first, min(last, Int(saturating: range.upperBound * motion.frameRate)))
  }

  /// Within a degree at every joint and a centimetre.
  static func samePose(_ motion: any Motion, _ a: Double, _ b: Double) throws -> Bool {
    var (first, second) = (BodyPose(), BodyPose())
    try Resampling.read(motion, at: a, into: &first)
    try Resampling.read(motion, at: b, into: &second)
    let way = SIMD3<Double>(second.translation - first.translation)
    guard way.dot(way) < 1e-4 else { return false }
    return zip(first.rotations, second.rotations).allSatisfy { p, q in
      let between =
        UnitQuaternion(axisAngle: SIMD3<Double>(p)).conjugate
        * UnitQuaternion(axisAngle: SIMD3<Double>(q))
      let angle = between.axisAngle
      return angle.length < .pi / 180
    }
  }
}
