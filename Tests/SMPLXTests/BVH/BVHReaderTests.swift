/// What BVH files may look like, and what is said of those that are wrong.
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct BVHReaderTests {
  @Test func numbersAndPoses() throws {
    let file = try BVHSamples.read(
      BVHSamples.small(frames: [BVHSamples.row, "0 0 0 0 90 0 0 0 -90"]))
    #expect(file.frameCount == 2 && file.frameRate == 30 && file.frameTime == 0.0333333)
    #expect(file.skeleton.joints.map(\.name) == ["Hips", "Chest"])
    #expect(file.skeleton.joints[1].endSites == [SIMD3(0, 5, 0)])
    // The root's position replaces its offset; a quarter turn about Z takes Y to -X.
    let first = try file.pose(frame: 0)
    #expect(first.positions[0] == SIMD3(1, 2, 3))
    #expect((first.positions[1] - SIMD3(-9, 2, 3)).length < 1e-12)
    // Z X Y: first about the parent's X, then about the turned Y.
    let second = try file.pose(frame: 1)
    #expect((second.positions[1] - SIMD3(0, 0, 10)).length < 1e-12)
    #expect((second.rotations[1] * SIMD3(1, 0, 0) - SIMD3(0, -1, 0)).length < 1e-7)
  }

  /// Case, line ends, marks, tabs, comments, names with blanks and colons, one channel, none.
  @Test func dialects() throws {
    let text =
      "\u{feff}# a comment\r\nhierarchy\r\nRoot my rig: Hips  {\r\n\tOffset\t1 2 3 // where\r\n"
      + "\tChannels 1 yROTATION\r\n  Joint a#b {\r\noffset 0 1e1 0 channels 0\r\nend site\r\n{ offset 0 1 0 }\r\n}\r\n}\r\n"
      + "Motion\r\nframes:1\r\nframe time:.01\r\n\r\n# nothing\r\n\t+9.0E1 \r\n"
    let file = try BVHSamples.read(text)
    #expect(file.skeleton.joints.map(\.name) == ["my rig: Hips", "a#b"])
    #expect(file.skeleton.joints.map(\.channels.count) == [1, 0])
    let pose = try file.pose(frame: 0)
    #expect(pose.positions == [SIMD3(1, 2, 3), SIMD3(1, 12, 3)])
    #expect((pose.rotations[1] * SIMD3(0, 0, 1) - SIMD3(1, 0, 0)).length < 1e-7)
    #expect(try FileKind(head: Array(text.utf8)) == .bvh)
  }

  /// Positions in the channels of any joint replace its offset, axis by axis.
  @Test func positionsAnywhere() throws {
    let text = BVHSamples.small(frames: ["0 0 0 0 0 0 7 0 0 0 8"])
      .replacing("CHANNELS 3 Zrotation", with: "CHANNELS 5 Xposition Zrotation")
      .replacing("Xrotation Yrotation\n    End", with: "Xrotation Yrotation Zposition\n    End")
    let pose = try BVHSamples.read(text).pose(frame: 0)
    #expect(pose.positions[1] == SIMD3(7, 10, 8))
  }

  /// The digits of a frame time stand for a rate.
  static let frameTimes: [(String, Double)] = [
    ("0.0333333", 30), ("0.03333", 30), (".0083333", 120), ("0.008342", 120 / 1.001),
    ("0.0416667", 24), ("0.016683", 60 / 1.001), ("0.01", 100), ("0.017", 60), ("0.008", 125),
    ("0.033", 30),
    ("1", 1), ("4.1666668e-02", 1 / 4.1666668e-02),
  ]

  @Test(arguments: frameTimes)
  func rates(time: String, rate: Double) throws {
    let file = try BVHSamples.read(BVHSamples.small(frames: [BVHSamples.row], time: time))
    #expect(abs((file.frameRate ?? 0) - rate) < 1e-9)
  }

  @Test(arguments: ["0", "-0.1", "nan", "1e-9", "1e9", "inf"])
  func nonsensicalRates(time: String) throws {
    let file = try BVHSamples.read(BVHSamples.small(frames: [BVHSamples.row], time: time))
    #expect(file.frameRate == nil)
  }

  /// (what is replaced, by what, line, part of the message)
  static let broken: [(String, String, Int, String)] = [
    ("HIERARCHY", "ROOT", 1, "does not begin as a BVH"),
    ("ROOT Hips", "ROOT", 2, "has no name"),
    ("ROOT Hips", "JOINT Hips", 2, "outside of the root"),
    ("JOINT Chest", "JOINT Hips", 6, "cyclic"),
    ("JOINT Chest", "JOINT", 6, "has no name"),
    ("JOINT Chest", "BONE Chest", 6, "does not belong"),
    ("OFFSET 0 10 0", "OFFSET 0 10", 9, "is no number"),
    ("OFFSET 0 10 0", "OFFSET 0 10 nan", 8, "can be used"),
    ("OFFSET 0 10 0", "OFFSET 0 1e300 0", 8, "can be used"),
    ("OFFSET 0 10 0", "OFFSET 0 1,0 0", 8, "is no number"),
    ("OFFSET 0 10 0", "", 6, "has no offset"),
    ("OFFSET 0 10 0", "OFFSET 0 1 0 OFFSET 0 1 0", 8, "two offsets"),
    ("    CHANNELS 3 Zrotation Xrotation Yrotation\n", "", 6, "has no channels"),
    (
      "CHANNELS 3 Zrotation Xrotation Yrotation", "CHANNELS 3 Zrotation Xrotation", 10,
      "are missing"
    ),
    (
      "CHANNELS 3 Zrotation Xrotation Yrotation", "CHANNELS 2 Zrotation Xrotation Yrotation", 9,
      "more channels"
    ),
    (
      "CHANNELS 3 Zrotation Xrotation Yrotation", "CHANNELS 3 Zrotation Zrotation Yrotation", 9,
      "twice"
    ),
    (
      "CHANNELS 3 Zrotation Xrotation Yrotation", "CHANNELS 3 Zrotation Wrotation Yrotation", 9,
      "are missing"
    ),
    ("CHANNELS 3 Zrotation Xrotation Yrotation", "CHANNELS 99 Zrotation", 9, "makes no sense"),
    ("CHANNELS 3 Zrotation Xrotation Yrotation", "CHANNELS -3", 9, "makes no sense"),
    ("End Site\n    {\n      OFFSET 0 5 0", "End Site\n    {", 12, "has no offset"),
    ("}\nMOTION", "MOTION", 15, "not closed"),
    ("}\nMOTION", "}\n}\nMOTION", 16, "a } too many"),
    ("}\nMOTION", "}\nROOT Other\n{\nOFFSET 0 0 0\nCHANNELS 0\n}\nMOTION", 16, "several roots"),
    ("Frames: 1", "Frames: 0", 17, "no frames"),
    ("Frames: 1", "Frames: -4", 17, "no count"),
    ("Frames: 1", "Frames: 1.5", 17, "no count"),
    ("Frames: 1", "Frames: many", 17, "no count"),
    ("Frames: 1", "Frames: 99999999999", 17, "more frames than"),
    ("Frames: 1", "Frames: 1e300", 17, "more frames than"),
    ("Frames: 1", "Frames: 2", 20, "ends early"),
    ("Frames: 1", "Count: 1", 17, "not announced"),
    ("Frame Time:", "Frame Rate:", 18, "not announced"),
    ("0.0333333", "soon", 18, "is no number"),
    ("1 2 3 90 0 0 0 0 0", "1 2 3 90 0 0 0 0", 19, "too few numbers"),
    ("1 2 3 90 0 0 0 0 0", "1 2 3 90 0 0 0 0 0 0", 19, "too many numbers"),
    ("1 2 3 90 0 0 0 0 0", "1 2 3 90 nan 0 0 0 0", 19, "not a number"),
    ("1 2 3 90 0 0 0 0 0", "1 2 3 90 -1.#IND 0 0 0 0", 19, "not a number"),
    ("1 2 3 90 0 0 0 0 0", "1 2 3 90 1e999 0 0 0 0", 19, "not a number"),
    ("1 2 3 90 0 0 0 0 0", "1 2e12 3 90 0 0 0 0 0", 19, "nobody can move by"),
    ("1 2 3 90 0 0 0 0 0", "1 2 3 9x 0 0 0 0 0", 19, "no number"),
    ("1 2 3 90 0 0 0 0 0", "1,0 2 3 90 0 0 0 0 0", 19, "no number"),
  ]

  @Test(arguments: broken)
  func errorsNameTheirLine(_ old: String, _ new: String, _ line: Int, _ what: String) {
    let text = BVHSamples.small(frames: [BVHSamples.row])
    #expect(text.contains(old))
    // The last of several places: the joint's, not the root's.
    guard let at = text.ranges(of: old).last else { return }
    var broken = text
    broken.replaceSubrange(at, with: new)
    let error = BVHSamples.error(broken)
    #expect(error?.code == .dataError)
    #expect(error?.key == "line \(line)", "\(error?.description ?? "no error")")
    #expect(error?.what.contains(what) == true, "\(error?.description ?? "no error")")
  }

  /// Cut anywhere, a file is refused, and nowhere does that trap; a cut within the last line is told.
  @Test func cutFiles() throws {
    let rows = (0..<20).map { "\($0) 2.5 3 90 0 0.125 0 0 0" }
    let bytes = Array(BVHSamples.small(frames: rows).utf8)
    for length in 0..<bytes.count - 3 {
      let error = programError { _ = try BVHFile(bytes: Array(bytes[..<length])) }
      #expect(error?.code == .dataError, "\(length)")
    }
    let cut = programError { _ = try BVHFile(bytes: Array(bytes[..<(bytes.count - 8)])) }
    #expect(cut?.what.hasPrefix("the last line is cut off: frame 20") == true)
    #expect(cut?.key == "line 38" && cut?.hint != nil)
  }

  @Test func moreFramesThanDeclared() throws {
    let file = try BVHSamples.read(
      BVHSamples.small(frames: [BVHSamples.row, BVHSamples.row], declared: "1"))
    #expect(file.frameCount == 2 && file.declaredFrameCount == 1)
  }

  /// Lines of Unix, Windows and of Macintoshes before 2001.
  @Test func lineEnds() throws {
    let text = BVHSamples.small(frames: [BVHSamples.row, BVHSamples.row])
    let unix = try BVHSamples.read(text)
    for end in ["\r\n", "\r"] {
      let file = try BVHSamples.read(text.replacingOccurrences(of: "\n", with: end))
      #expect(file.frameCount == 2 && file.skeleton == unix.skeleton)
      #expect(try file.pose(frame: 1).positions == unix.pose(frame: 1).positions)
    }
    let cut = text.replacingOccurrences(of: "\n", with: "\r").dropLast(4)
    #expect(BVHSamples.error(String(cut))?.what.contains("cut off") == true)
  }

  @Test func otherEncodings() {
    let text = BVHSamples.small(frames: [BVHSamples.row])
    for encoding in [String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf16] {
      let data = text.data(using: encoding) ?? Data()
      let error = programError { _ = try BVHFile(bytes: Array(data)) }
      #expect(error?.what == "the text is in another encoding")
    }
    let latin = Array(text.replacing("Chest", with: "H_fte").utf8).map { $0 == 0x5f ? 0xfc : $0 }
    let error = programError { _ = try BVHFile(bytes: latin) }
    #expect(error?.what == "the text is in another encoding" && error?.key == "line 6")
  }

  @Test func deepAndManyJoints() {
    func nested(_ count: Int) -> String {
      "HIERARCHY\n"
        + (0..<count).map { i in
          "\(i == 0 ? "ROOT" : "JOINT") j\(i) { OFFSET 0 0 0 CHANNELS 0\n"
        }.joined()
    }
    #expect(BVHSamples.error(nested(2000))?.what.contains("too deep") == true)
    let flat =
      "HIERARCHY\nROOT a { OFFSET 0 0 0 CHANNELS 0\n"
      + (0..<5000).map { "JOINT j\($0) { OFFSET 0 0 0 CHANNELS 0 }\n" }.joined()
    #expect(BVHSamples.error(flat)?.what.contains("more joints") == true)
    #expect(
      BVHSamples.error("HIERARCHY\nROOT a { OFFSET 0 0 0 CHANNELS 0 }\nMOTION\n")?.what
        == "no joint has channels")
  }

  /// Angles of many turns keep their digits; numbers of every form are those of the text.
  @Test func numbersAreExact() throws {
    let forms = [
      "360000.125", "-719.5", "1e2", "0.1", "123456789.123456789", "-.5", "5.", "+7", "1E-3",
    ]
    let file = try BVHSamples.read(BVHSamples.small(frames: [forms.joined(separator: " ")]))
    var row = [Float](repeating: 0, count: 9)
    try file.read(frame: 0, into: &row)
    #expect(
      row == [
        360000.125, -719.5, 100, 0.1, Float(123456789.123456789 - 360 * 342936), -0.5, 5, 7, 0.001,
      ])
  }
}
