// A motion between its recorded frames.

import Compute
import Foundation

/// Reading a motion between its frames.
enum Resampling {
  /// The pose at `time` seconds in the file's own axes; times outside are clamped. On a recorded
  /// frame the file's own numbers come out unchanged.
  static func read(_ motion: any Motion, at time: Double, into pose: inout BodyPose) throws {
    let width = motion.frameWidth
    let wanted = time * motion.frameRate
    let position = wanted > 0 ? min(wanted, Double(motion.frameCount - 1)) : 0
    var index = Int(position)
    var fraction = position - Double(index)
    // k / fps * rate misses whole numbers by rounding.
    if fraction > 1 - 1e-9 { (index, fraction) = (index + 1, 0) }
    let hasNext = fraction > 1e-9 && index + 1 < motion.frameCount
    // Two allocations, since only those up to 1 kB are always on the stack.
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { scratch in
      guard let frame = scratch.baseAddress else { return }
      try motion.read(frame: index, into: frame)
      if hasNext {
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { scratch in
          guard let next = scratch.baseAddress else { return }
          try motion.read(frame: index + 1, into: next)
          blend(frame, next, fraction, width: width)
        }
      }
      pose.assign(frame: frame, expressionCount: motion.expressionCount)
    }
  }

  /// `frame` becomes the frame at `fraction` of the way to `next`.
  private static func blend(
    _ frame: UnsafeMutablePointer<Float>, _ next: UnsafePointer<Float>, _ fraction: Double,
    width: Int
  ) {
    for joint in 0..<BodyPose.jointCount {
      let a = Orientation.rotation(frame, joint)
      let b = Orientation.rotation(next, joint)
      if a == b { continue }
      let between = UnitQuaternion.slerp(
        UnitQuaternion(axisAngle: a), UnitQuaternion(axisAngle: b), fraction
      ).axisAngle
      for axis in 0..<3 { frame[3 * joint + axis] = Float(between[axis]) }
    }
    for i in MotionFrame.translation..<width {
      let (a, b) = (Double(frame[i]), Double(next[i]))
      frame[i] = Float(a + fraction * (b - a))
    }
  }
}
