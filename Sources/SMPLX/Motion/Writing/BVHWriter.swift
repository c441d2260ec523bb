/// Writing motions as BVH: the skeleton of SMPL-X with the body's own bones.
import Compute

extension MotionRecording {
  /// Centimetres, which most tools expect.
  private static let unitsPerMetre = 100.0

  /// Writes a BVH file. Joints have SMPL-X's names, offsets are the body's at rest in centimetres, the
  /// root has position and rotation, all others rotations Z X Y. Angles follow each other without
  /// jumps.
  ///
  /// - Throws: `cannotCreate` where the file exists and may not be replaced.
  public func writeBVH(to path: String, overwrite: Bool = false) throws {
    guard restJoints.count == BodyPose.jointCount else {
      throw ProgramError(
        .dataError, "the body has another number of joints", expected: "\(BodyPose.jointCount)",
        found: "\(restJoints.count)")
    }
    let file = try PendingFile(path: path, overwrite: overwrite)
    defer { file.discard() }
    let order = Self.depthFirst()
    var text = BVHLine()
    text.append(header(order))
    text.append("MOTION\nFrames: \(frameCount)\nFrame Time: ")
    text.append(1 / motion.fps, decimals: 10)
    text.append("\n")
    var pose = BodyPose()
    var angles = [EulerAngles](repeating: EulerAngles(), count: BodyPose.jointCount)
    let pelvis = SIMD3<Double>(restJoints[0])
    for frame in 0..<frameCount {
      try self.pose(frame, into: &pose)
      let root = (pelvis + SIMD3<Double>(pose.translation)) * Self.unitsPerMetre
      for axis in 0..<3 { text.append(root[axis], decimals: 5, isFirst: axis == 0) }
      for joint in order {
        angles[joint].follow(RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[joint])))
        let turns = angles[joint]
        for angle in [turns.z, turns.x, turns.y] {
          text.append(angle * 180 / .pi, decimals: 6, isFirst: false)
        }
      }
      text.append("\n")
      if text.bytes.count > 1 << 18 {
        try text.bytes.withUnsafeBytes { try file.write($0) }
        text.bytes.removeAll(keepingCapacity: true)
      }
    }
    try text.bytes.withUnsafeBytes { try file.write($0) }
    try file.commit()
  }

  private static func children(of joint: Int) -> [Int] {
    RestSkeleton.parents.indices.filter { RestSkeleton.parents[$0] == joint }
  }

  /// Joints as they follow each other in the hierarchy.
  private static func depthFirst() -> [Int] {
    func below(_ joint: Int) -> [Int] { [joint] + children(of: joint).flatMap(below) }
    return below(0)
  }

  private func header(_ order: [Int]) -> String {
    var lines = ["HIERARCHY"]
    func indent(_ depth: Int) -> String { String(repeating: "\t", count: depth) }
    func offset(_ v: SIMD3<Double>) -> String {
      var text = BVHLine()
      text.append("OFFSET ")
      for axis in 0..<3 {
        text.append(v[axis] * Self.unitsPerMetre, decimals: 6, isFirst: axis == 0)
      }
      return String(decoding: text.bytes, as: UTF8.self)
    }
    func write(_ joint: Int, _ depth: Int) {
      let parent = RestSkeleton.parents[joint]
      let place = SIMD3<Double>(restJoints[joint])
      let from = parent < 0 ? .zero : SIMD3<Double>(restJoints[parent])
      lines.append(
        indent(depth) + (parent < 0 ? "ROOT " : "JOINT ") + MotionFrame.jointNames[joint])
      lines.append(indent(depth) + "{")
      lines.append(indent(depth + 1) + offset(place - from))
      let positions = parent < 0 ? "6 Xposition Yposition Zposition" : "3"
      lines.append(indent(depth + 1) + "CHANNELS \(positions) Zrotation Xrotation Yrotation")
      let children = Self.children(of: joint)
      for child in children { write(child, depth + 1) }
      if children.isEmpty {
        lines.append(indent(depth + 1) + "End Site")
        lines.append(indent(depth + 1) + "{")
        lines.append(indent(depth + 2) + offset(Self.end(joint, place - from)))
        lines.append(indent(depth + 1) + "}")
      }
      lines.append(indent(depth) + "}")
    }
    write(0, 0)
    return lines.joined(separator: "\n") + "\n"
  }

  /// Where a last joint's bone ends, metres: toes and face forward, finger tips as the bone before.
  private static func end(_ joint: Int, _ bone: SIMD3<Double>) -> SIMD3<Double> {
    switch joint {
    case 10, 11: SIMD3(0, 0, 0.07)
    case 22: SIMD3(0, -0.03, 0.07)
    case 23, 24: SIMD3(0, 0, 0.02)
    default: 0.8 * bone
    }
  }
}

/// Text with numbers of fixed decimals, made without formatting each by a format.
struct BVHLine {
  var bytes: [UInt8] = []

  mutating func append(_ text: String) { bytes += Array(text.utf8) }

  /// - Parameter isFirst: without a blank before it.
  mutating func append(_ value: Double, decimals: Int, isFirst: Bool = true) {
    if !isFirst { bytes.append(0x20) }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    // Positions end at 100 km and angles at a few thousand turns.
    let scaled = Int64(saturating: (value * scale).rounded())
    var digits = scaled.magnitude
    if scaled < 0 { bytes.append(0x2d) }
    let start = bytes.count
    var count = 0
    repeat {
      if count == decimals, decimals > 0 { bytes.append(0x2e) }
      bytes.append(0x30 + UInt8(truncatingIfNeeded: digits % 10))
      digits /= 10
      count += 1
    } while digits > 0 || count <= decimals
    bytes[start...].reverse()
  }
}
