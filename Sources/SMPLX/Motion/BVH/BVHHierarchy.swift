/// Reads the part of a BVH file before MOTION: the tree of joints.
///
/// Source: Biovision's format as Meredith and Maddock describe it ("Motion Capture File Formats
/// Explained", Sheffield CS-01-11). Keywords in any case, any number and order of channels at any
/// joint. Differs: comments (`#`, `//`) are skipped, one root only.
import Compute

struct BVHHierarchy {
  private enum Node {
    case joint(Int)
    case endSite(of: Int)
  }

  private var text: BVHText
  private var joints: [BVHSkeleton.Joint] = []
  private var hasOffset: [Bool] = []
  private var hasChannels: [Bool] = []
  private var open: [Node] = []
  private var columns = 0
  private var endSiteHasOffset = false

  /// The skeleton, and the text behind the word MOTION.
  static func read(_ text: BVHText) throws -> (skeleton: BVHSkeleton, rest: BVHText) {
    var reader = BVHHierarchy(text: text)
    let skeleton = try reader.read()
    return (skeleton, reader.text)
  }

  private init(text: BVHText) { self.text = text }

  private mutating func read() throws -> BVHSkeleton {
    guard let start = try text.word(), start.uppercased() == "HIERARCHY" else {
      throw text.error("the file does not begin as a BVH file does", expected: "HIERARCHY")
    }
    while true {
      guard let word = try text.word() else { throw text.endsEarly(expected: "MOTION") }
      switch word.uppercased() {
      case "ROOT": try readRoot()
      case "JOINT": try readJoint()
      case "END", "ENDSITE": try readEndSite()
      case "OFFSET": try readOffset()
      case "CHANNELS": try readChannels()
      case "}": try close()
      case "MOTION":
        if let last = open.last {
          throw text.error(
            "the hierarchy is not closed", expected: "} of \(name(last))", found: "MOTION")
        }
        guard !joints.isEmpty else {
          throw text.error("the file has no joints", expected: "ROOT")
        }
        guard columns > 0 else {
          throw text.error("no joint has channels", expected: "CHANNELS")
        }
        return BVHSkeleton(joints: joints)
      default:
        throw text.error(
          "a word that does not belong into a hierarchy",
          expected: "JOINT, End Site, OFFSET, CHANNELS or }", found: word)
      }
    }
  }

  private mutating func readRoot() throws {
    guard joints.isEmpty else {
      throw text.error(
        "the file has several roots, which is several bodies", expected: "one ROOT",
        hint: "cut it into a file for each body")
    }
    try add(parent: -1)
  }

  private mutating func readJoint() throws {
    guard case .joint(let parent)? = open.last else {
      throw text.error(
        open.isEmpty ? "a joint outside of the root" : "a joint below an End Site",
        expected: joints.isEmpty ? "ROOT" : "JOINT within the braces of another joint")
    }
    try add(parent: parent)
  }

  private mutating func add(parent: Int) throws {
    let line = text.line
    let name = try text.name()
    guard !name.isEmpty else { throw text.error("a joint has no name", line: line) }
    guard joints.count < BVHLimits.mostJoints else {
      throw text.error(
        "more joints than a body has", expected: "at most \(BVHLimits.mostJoints)")
    }
    guard open.count < BVHLimits.deepest else {
      throw text.error("joints lie too deep", expected: "at most \(BVHLimits.deepest) levels")
    }
    var above = parent
    while above >= 0 {
      if joints[above].name == name {
        throw text.error(
          "the hierarchy is cyclic: a joint is below one of its name", line: line,
          found: "\(name), which line \(joints[above].line) has too")
      }
      above = joints[above].parent
    }
    joints.append(
      BVHSkeleton.Joint(
        name: name, parent: parent, offset: .zero, channels: [], firstColumn: columns, line: line))
    hasOffset.append(false)
    hasChannels.append(false)
    try openBrace(.joint(joints.count - 1))
  }

  private mutating func readEndSite() throws {
    guard case .joint(let parent)? = open.last else {
      throw text.error("an End Site outside of a joint")
    }
    // "Site", or a name that some programs give it.
    _ = try text.name()
    endSiteHasOffset = false
    try openBrace(.endSite(of: parent))
  }

  private mutating func openBrace(_ node: Node) throws {
    guard let brace = try text.word() else { throw text.endsEarly(expected: "{") }
    guard brace == "{" else {
      throw text.error("a brace is missing", expected: "{ of \(name(node))", found: brace)
    }
    open.append(node)
  }

  private mutating func readOffset() throws {
    guard let node = open.last else { throw text.error("OFFSET outside of a joint") }
    var offset = SIMD3<Double>.zero
    for axis in 0..<3 { offset[axis] = try text.number("the offset of \(name(node))") }
    switch node {
    case .joint(let index):
      guard !hasOffset[index] else {
        throw text.error("\(name(node)) has two offsets", expected: "one OFFSET")
      }
      hasOffset[index] = true
      joints[index].offset = offset
    case .endSite(let index):
      guard !endSiteHasOffset else {
        throw text.error("\(name(node)) has two offsets", expected: "one OFFSET")
      }
      endSiteHasOffset = true
      joints[index].endSites.append(offset)
    }
  }

  private mutating func readChannels() throws {
    guard case .joint(let index)? = open.last else {
      throw text.error("CHANNELS outside of a joint")
    }
    let name = joints[index].name
    guard !hasChannels[index] else {
      throw text.error("\(name) has channels twice", expected: "one CHANNELS")
    }
    hasChannels[index] = true
    let line = text.line
    guard let word = try text.word(), let count = Int(word), (0...6).contains(count) else {
      throw text.error(
        "the number of channels of \(name) makes no sense", line: line, expected: "0 to 6")
    }
    var channels: [BVHSkeleton.Channel] = []
    while channels.count < count {
      let found = try text.word()
      guard let found, let channel = Self.channels[found.lowercased()] else {
        throw text.error(
          "channels of \(name) are missing", expected: "\(count) such as Xrotation",
          found: "\(channels.count), then \(found ?? "the end of the file")")
      }
      guard !channels.contains(channel) else {
        throw text.error("\(name) has a channel twice", found: found)
      }
      channels.append(channel)
    }
    if let more = try text.peek(), Self.channels[more.lowercased()] != nil {
      throw text.error(
        "\(name) has more channels than its count says", line: line, expected: "\(count)",
        found: "\(more) besides")
    }
    joints[index].channels = channels
    joints[index].firstColumn = columns
    columns += count
  }

  private static let channels = Dictionary(
    uniqueKeysWithValues: BVHSkeleton.Channel.allCases.map { ($0.name.lowercased(), $0) })

  private mutating func close() throws {
    guard let node = open.popLast() else { throw text.error("a } too many") }
    switch node {
    case .joint(let index):
      let joint = joints[index]
      guard hasOffset[index] else {
        throw text.error("\(joint.name) has no offset", line: joint.line, expected: "OFFSET")
      }
      guard hasChannels[index] else {
        throw text.error("\(joint.name) has no channels", line: joint.line, expected: "CHANNELS")
      }
    case .endSite:
      guard endSiteHasOffset else {
        throw text.error("\(name(node)) has no offset", expected: "OFFSET")
      }
    }
  }

  private func name(_ node: Node) -> String {
    switch node {
    case .joint(let index): joints[index].name
    case .endSite(let index): "the End Site of \(joints[index].name)"
    }
  }
}
