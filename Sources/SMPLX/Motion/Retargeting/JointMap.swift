/// Which joint of a file is which of SMPL-X, as somebody wrote it down.
import Compute
import Foundation
import TensorFiles

/// A map of joints: a JSON object of SMPL-X's names and the file's.
///
///     // Lines like this one are left out.
///     { "pelvis": "Hips", "left_hip": "LThigh", "head": null }
///
/// Joints that are missing or null stay at rest (spine joints follow the file's spine).
public struct JointMap: Sendable, Equatable {
  /// The file's name of each joint of SMPL-X.
  public let names: [String: String]
  /// For errors.
  public let path: String

  /// A few hundred lines.
  static let largestFile = 1 << 20

  /// - Throws: `dataError` for text that is no such map.
  public init(path: String) throws {
    let bytes = try InputFile.head(path, count: Self.largestFile + 1)
    guard bytes.count <= Self.largestFile else {
      throw ProgramError(
        .dataError, "the map of joints is too large", file: path,
        expected: "at most \(Self.largestFile) bytes")
    }
    try self.init(text: bytes, path: path)
  }

  init(text: [UInt8], path: String) throws {
    func error(
      _ what: String, key: String? = nil, expected: String? = nil, found: String? = nil
    ) -> ProgramError {
      ProgramError(
        .dataError, what, file: path, key: key, expected: expected, found: found,
        hint: "inspecting a BVH motion writes such a map")
    }
    let json = Self.withoutComments(text)
    if let key = JSONKeys.firstDuplicate(in: json) {
      throw error("the map of joints has a joint twice", key: key)
    }
    guard let object = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else {
      if json.first(where: { !Self.isBlank($0) }) == UInt8(ascii: "{") {
        try Self.checkText(json, path)
      }
      throw error(
        "this is no map of joints", expected: "a JSON object: {\"pelvis\": \"Hips\", ...}",
        found: FileKind(head: text).words)
    }
    var names: [String: String] = [:]
    for (key, value) in object.sorted(by: { $0.key < $1.key }) {
      guard MotionFrame.jointNames.contains(key) else {
        throw error(
          "SMPL-X has no such joint", key: key,
          expected: MotionFrame.jointNames.prefix(22).joined(separator: ", ")
            + ", jaw, eyes, fingers (left_index1 ...)")
      }
      if value is NSNull { continue }
      guard let name = value as? String else {
        throw error(
          "a joint's name is no text", key: key, expected: "a joint of the file, or null")
      }
      names[key] = name
    }
    self.names = names
    self.path = path
  }

  /// - Throws: for JSON that is cut off or damaged, with the line.
  private static func checkText(_ json: [UInt8], _ path: String) throws {
    do {
      _ = try JSONValue.read(bytes: json)
    } catch let error as ProgramError {
      throw ProgramError(
        .dataError, "the map of joints is damaged", file: path, expected: error.expected,
        found: error.found, hint: "inspecting a BVH motion writes such a map")
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }

  /// The text with blanks for what follows `//` on a line, outside of texts: places stay as they are.
  private static func withoutComments(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var (isText, isComment, isEscaped) = (false, false, false)
    let bytes = text.starts(with: [0xef, 0xbb, 0xbf]) ? text.dropFirst(3) : text[...]
    for (index, byte) in zip(bytes.indices, bytes) {
      if byte == 0x0a { isComment = false }
      if isComment {
        result.append(0x20)
        continue
      }
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == 0x5c {
          isEscaped = true
        } else if byte == 0x22 {
          isText = false
        }
      } else if byte == 0x22 {
        isText = true
      } else if byte == 0x2f, index + 1 < bytes.endIndex, bytes[index + 1] == 0x2f {
        isComment = true
        result.append(0x20)
        continue
      }
      result.append(byte)
    }
    return result
  }

  /// A map to begin with, of what was found in `skeleton` by names; every joint has its line.
  public static func example(for skeleton: BVHSkeleton, file: String) -> String {
    var search = JointSearch(skeleton)
    let found = search.joints()
    let map = try? SkeletonMap(skeleton)
    func text(_ name: String) -> String {
      let escaped = name.unicodeScalars.map { scalar -> String in
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        case _ where scalar.value < 0x20 || scalar.value == 0x7f:
          "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2)
            + String(scalar.value, radix: 16)
        default: String(scalar)
        }
      }
      return "\"" + escaped.joined() + "\""
    }
    let all = skeleton.joints.map { $0.name.printable(limit: 100) }
    var lines = [
      "// Which joint of \(file.printable(limit: 200)) is which of SMPL-X.",
      "// Left: SMPL-X's joints. Right: a joint of the file by its name, or null: it stays at rest.",
      "// Needed: hips, knees, ankles. Where no spine joint is named, the file's spine is spread.",
      "// The file's joints:",
    ]
    for start in stride(from: 0, to: all.count, by: 8) {
      lines.append("//   " + all[start..<min(start + 8, all.count)].joined(separator: ", "))
    }
    lines.append("{")
    for joint in 0..<BodyPose.jointCount {
      if let group = Self.groups[joint] { lines.append("  // \(group)") }
      let spine = map.flatMap {
        $0.spine.count == 3 && joint % 3 == 0 && (3...9).contains(joint)
          ? $0.spine[joint / 3 - 1] : nil
      }
      let index = map?.joints[joint] ?? spine ?? found[joint]
      let value = index.map { text(skeleton.joints[$0].name) } ?? "null"
      let comma = joint == BodyPose.jointCount - 1 ? "" : ","
      lines.append("  \(text(MotionFrame.jointNames[joint])): \(value)\(comma)")
    }
    return lines.joined(separator: "\n") + "\n}\n"
  }

  private static let groups = [
    0: "Body", 22: "Face", 25: "Left hand: the joints of each finger from the palm outward",
    40: "Right hand",
  ]
}

extension SkeletonMap {
  /// The joints that a map names.
  ///
  /// - Throws: `dataError` for names that the file does not have.
  init(_ map: JointMap, _ skeleton: BVHSkeleton) throws {
    var joints = [Int?](repeating: nil, count: BodyPose.jointCount)
    do {
      for (index, key) in MotionFrame.jointNames.enumerated() {
        guard let name = map.names[key] else { continue }
        let folded = name.lowercased()
        guard
          let joint = skeleton.joints.firstIndex(where: { $0.name == name })
            ?? skeleton.joints.firstIndex(where: { $0.name.lowercased() == folded })
        else {
          let names = skeleton.joints.prefix(40).map(\.name).joined(separator: ", ")
          throw ProgramError(
            .dataError, "the motion has no joint of this name", key: key,
            expected: names + (skeleton.joints.count > 40 ? " ..." : ""), found: name)
        }
        joints[index] = joint
      }
      try self.init(joints: joints, skeleton: skeleton)
    } catch let error as ProgramError {
      throw error.inFile(map.path)
    }
  }
}
