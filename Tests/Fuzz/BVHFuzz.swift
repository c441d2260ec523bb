import Compute
import Foundation
import SMPLX

extension FuzzedReader {
  /// BVH: reading, matching, playing, and the map of joints that inspection writes.
  static let bvh = FuzzedReader(name: "bvh", suffixes: ["bvh"]) { path, bytes in
    ignoringProgramErrors {
      let file = try BVHFile(bytes: bytes)
      _ = JointMap.example(for: file.skeleton, file: path)
      _ = try file.pose(frame: file.frameCount - 1)
    }
    var options = MotionOptions()
    (options.start, options.end) = (0, 0.1)
    ignoringProgramErrors { _ = try MotionFile.load(path: path, options: options) }
    let motion = try MotionFile.load(path: path)
    let shown = try ResampledMotion(motion, playback: Playback(), restPelvis: .zero)
    _ = shown.description
    var pose = BodyPose()
    for frame in [0, shown.frameCount / 2, shown.frameCount - 1] {
      try shown.pose(frame, into: &pose)
    }
  }

  /// Maps of joints.
  static let jointMap = FuzzedReader(name: "joint map", suffixes: ["json"]) { path, _ in
    _ = try JointMap(path: path)
  }
}

/// Small files of each kind.
enum BVHSeeds {
  /// A body with arms and legs, three frames, and a copy in other words.
  static let files: [[UInt8]] = {
    let plain = body(leg: ["UpLeg", "Leg", "Foot"], arm: ["Shoulder", "Arm", "ForeArm", "Hand"])
    let other = body(leg: ["Hip", "Knee", "Ankle"], arm: ["Collar", "Shoulder", "Elbow", "Wrist"])
      .replacing("\n", with: "\r\n").replacing("JOINT", with: "Joint")
    return [Array(plain.utf8), [0xef, 0xbb, 0xbf] + Array(other.utf8)]
  }()

  static let maps: [[UInt8]] = [
    Array(
      "// a map\n{\"pelvis\": \"Hips\", \"head\": null, \"left_knee\": \"a \\\"b\\\" //\"}\n".utf8)
  ]

  private static func body(leg: [String], arm: [String]) -> String {
    var text = "HIERARCHY\nROOT Hips\n{\nOFFSET 0 90 0\n"
    text += "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n"
    var columns = 6
    func chain(_ names: [String], _ offset: String) -> String {
      columns += 3 * names.count
      let open = names.map {
        "JOINT \($0)\n{\nOFFSET \(offset)\nCHANNELS 3 Zrotation Xrotation Yrotation\n"
      }
      let ends = "End Site\n{\nOFFSET 0 1 0\n}\n"
      return open.joined() + ends + String(repeating: "}\n", count: names.count)
    }
    for (side, sign) in [("Left", ""), ("Right", "-")] {
      text += chain(leg.map { side + $0 }, "\(sign)9 -40 1e0")
    }
    columns += 3
    text += "JOINT Spine\n{\nOFFSET 0 20 0\nCHANNELS 3 Zrotation Xrotation Yrotation\n"
    text += chain(["Neck", "Head"], "0 20 0")
    for (side, sign) in [("Left", ""), ("Right", "-")] {
      text += chain(arm.map { side + $0 }, "\(sign)15.25 0.5 0")
    }
    text += "}\n}\nMOTION\nFrames: 3\nFrame Time: 0.0333333\n"
    for frame in 0..<3 {
      let numbers = (0..<columns).map { "\(($0 * 7 + frame * 3) % 40).\(frame)25" }
      text += numbers.joined(separator: " ") + "\n"
    }
    return text
  }
}
