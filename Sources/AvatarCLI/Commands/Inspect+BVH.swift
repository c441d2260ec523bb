import Compute
import SMPLX

extension Inspect {
  /// A skeleton with its motion: joints, frames, and what it is as a motion.
  func inspectBVH(_ path: String) throws {
    let file = try BVHFile(path: path)
    let joints = file.skeleton.joints
    say(
      "\(path): BVH motion, \(joints.count) joint\(joints.count == 1 ? "" : "s"), "
        + "\(file.skeleton.channelCount) channels, \(file.frameCount) frames, "
        + "frame time \(file.frameTime) s")
    for joint in joints.prefix(Self.mostRows) {
      let parent =
        joint.parent >= 0 ? "below \(joints[joint.parent].name.shortened(to: 60))" : "root"
      let channels = joint.channels.map { $0.name.prefix(1) + ($0.isRotation ? "r" : "p") }
      row(joint.name, "\(parent), channels \(channels.joined(separator: " "))")
    }
    if joints.count > Self.mostRows { row("...", "\(joints.count - Self.mostRows) joints more") }
    if let map = writeMap {
      let text = JointMap.example(for: file.skeleton, file: PathParts(path).name)
      try PendingFile.write(Array(text.utf8), to: map, overwrite: force)
      say("\(map): which joint is which; complete it and give it with --map \(map)")
    }
    var findings = Findings(path: path)
    do {
      let motion = try MotionFile.load(path: path)
      let resampled = try ResampledMotion(motion, playback: Playback(), restPelvis: .zero)
      say("as a motion: \(resampled.description)")
      if let skeleton = motion as? BVHMotion { say("             \(skeleton.findings)") }
      say("use it:      avatar animate sample \(path) -o motion.mp4")
      findings.notes += resampled.notices
    } catch {
      // With a map just written, missing names are what it is for.
      if writeMap == nil { findings.add(error, "not usable as a motion") }
    }
    try finish(findings)
  }
}
