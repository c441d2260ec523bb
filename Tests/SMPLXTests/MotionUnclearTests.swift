/// Files that leave open what they mean: what is taken is said, and what cannot be told is refused with words.
import Compute
import Foundation
import TensorFiles
import Testing

@testable import SMPLX

@Suite struct MotionUnclearTests {
  /// A pose whose joints are all turned by an angle.
  static func pose(_ angle: Double) -> PickleValue {
    MotionFormatTests.group([
      ("global_orient", MotionSystemTests.zeros([1, 3])),
      (
        "body_pose",
        .tensor(TensorData(shape: [1, 63], doubles: [Double](repeating: angle, count: 63)))
      ),
    ])
  }

  static func load(
    _ value: PickleValue, _ change: (inout MotionOptions) -> Void = { _ in }
  ) throws -> any Motion {
    try MotionFormatTests.load(value, change)
  }

  /// One pose each under numbers or in a list: frames, and persons of one picture where one is asked for.
  @Test func framesOrPersons() throws {
    let angles = (0..<6).map { Double($0 * 5 % 7) * 0.1 }
    let listed = PickleValue.list(angles.map(Self.pose))
    let numbered = PickleValue.dict(angles.enumerated().map { (.int($0), Self.pose($1)) })
    for file in [listed, numbered] {
      let motion = try Self.load(file)
      #expect(motion.frameCount == 6)
      #expect(
        motion.summary.notices.contains { $0.contains("6 poses, one each, are taken as frames") })
      let person = try Self.load(file) { $0.person = "4" }
      #expect(person.frameCount == 1)
      #expect(abs(Double(try person.pose(frame: 0).rotations[5].x) - angles[4]) < 1e-6)
    }
    // Poses that follow each other closely are frames, without a word.
    let near = PickleValue.list((0..<6).map { Self.pose(0.01 * Double($0)) })
    #expect(try !Self.load(near).summary.notices.contains { $0.contains("are taken as") })
    // Numbers far apart are persons.
    let tracks = PickleValue.dict([3, 17, 40, 41, 90, 200].map { (.int($0), Self.pose(0.1)) })
    #expect(try Self.load(tracks).summary.persons == ["3", "17", "40", "41", "90", "200"])
  }

  /// Numbers beyond 64 bits, and beyond what a double tells apart.
  @Test func longNumbersOfPersons() throws {
    let names = ["123456789012345678901234567890", "123456789012345678901234567891"]
    let file = PickleValue.dict([
      (.bigInteger(names[0]), Self.pose(0.1)), (.bigInteger(names[1]), Self.pose(0.2)),
    ])
    let motion = try Self.load(file) { $0.person = names[1] }
    #expect(motion.summary.persons == names)
    #expect(abs(try motion.pose(frame: 0).rotations[3].x - 0.2) < 1e-6)
    func person(_ id: PickleValue, _ angle: Double) -> PickleValue {
      guard case .dict(let entries) = Self.pose(angle) else { return .none }
      return .dict(entries + [(.string("id"), id)])
    }
    for ids in [
      [PickleValue.bigInteger(names[0]), .bigInteger(names[1])],
      [.int(9_007_199_254_740_992), .int(9_007_199_254_740_993)],
    ] {
      let listed = PickleValue.list([person(ids[0], 0.1), person(ids[1], 0.2)])
      #expect(try Self.load(listed).summary.persons == ids.compactMap(\.identifier))
    }
    // Texts beside numbers are about all of them.
    let mixed = PickleValue.dict([
      (.string("fps"), .int(48)), (.int(1), Self.pose(0.1)), (.int(2), Self.pose(0.2)),
    ])
    #expect(try Self.load(mixed).frameRate == 48 && Self.load(mixed).summary.persons == ["1", "2"])
  }

  /// Poses of unequal lengths under one key are takes unless something says that they are persons.
  @Test func unequalLengths() throws {
    func rows(_ frames: Int) -> PickleValue { MotionSystemTests.zeros([frames, 72]) }
    let takes = MotionFormatTests.group([("poses", .list([rows(5), rows(9)]))])
    let motion = try Self.load(takes) { $0.sequence = "1" }
    #expect(motion.frameCount == 9 && motion.summary.sequences == ["0", "1"])
    #expect(
      try Self.load(takes).summary.notices.contains { $0.contains("the first of 2 sequences") })
    let persons = MotionFormatTests.group([
      ("poses", .list([rows(5), rows(9)])), ("jointPositions", .list([])),
    ])
    #expect(try Self.load(persons).summary.persons == ["0", "1"])
    let error = programError {
      _ = try Self.load(
        MotionFormatTests.group([
          ("poses", .list([MotionSystemTests.zeros([5, 71]), MotionSystemTests.zeros([9, 71])]))
        ]))
    }
    #expect(error?.what == "the pose is a list of arrays that do not fit together")
  }

  @Test func mapsOfMotionsThatAreNoBVH() throws {
    let map = try JointMap(text: Array("{\"pelvis\": \"Hips\"}".utf8), path: "map.json")
    let error = programError { _ = try Self.load(Self.pose(0.1)) { $0.jointMap = map } }
    #expect(error?.code == .usage && error?.key == "map" && error?.found == "map.json")
  }

  /// Quaternions of any length are brought to length 1, and a length far from it is said.
  @Test(arguments: [0.02, 1, 250.0])
  func quaternionsOfAnyLength(length: Double) throws {
    func quaternions(_ joints: Range<Int>) -> PickleValue {
      let numbers = (0..<MotionFormatTests.frames).flatMap { frame in
        joints.flatMap { joint -> [Double] in
          let q = UnitQuaternion(
            axisAngle: SIMD3(
              MotionFormatTests.angle(frame, joint, 0), MotionFormatTests.angle(frame, joint, 1),
              MotionFormatTests.angle(frame, joint, 2)))
          let size = length == 1 ? 1 : length * (1 + 0.3 * sin(Double(joint + frame)))
          return [q.w, q.v.x, q.v.y, q.v.z].map { $0 * size }
        }
      }
      return .tensor(TensorData(shape: [12, joints.count, 4], doubles: numbers))
    }
    let motion = try Self.load(
      MotionFormatTests.group([
        ("poses", quaternions(0..<22)), ("trans", MotionFormatTests.walk()), ("fps", .int(25)),
      ]))
    try MotionFormatTests.check(motion, layout: "body poses (22 joints)", rate: 25)
    let notices = motion.summary.notices.filter { $0.contains("quaternions of lengths") }
    #expect(notices.count == (length == 1 ? 0 : 1))
    #expect(!motion.summary.notices.contains { $0.contains("degrees") })
  }

  /// The hint of a motion with numbers that are none is taken by its word: all that is whole is shown.
  @Test(arguments: [20.0, 24, 30, 59.94, 120, 1000])
  func hintsShowAllThatIsWhole(rate: Double) throws {
    var arrays = MotionLayoutTests.amass(columns: 66, frames: 90, keys: ["fps": rate])
    arrays.add("trans", [90, 3]) { _ in 0 }
    arrays.add("poses", [90, 66]) { (21..<24).contains($0 / 66) ? .nan : 0.1 }
    let hint = try #require(programError { _ = try arrays.load() }?.hint)
    let end = try #require(Double(hint.split(separator: " ")[1]))
    var options = MotionOptions()
    options.end = end
    var playback = Playback()
    (playback.fps, playback.end) = (rate, end)
    let shown = try ResampledMotion(
      arrays.load(options), playback: playback, restPelvis: .zero)
    #expect(shown.frameCount == 21)
    options.end = end + 1 / rate
    #expect(programError { _ = try arrays.load(options) } != nil)
  }

  @Test func posesThatAreNoNumbers() throws {
    let complex = TensorData(
      scalarType: .complex64, shape: [3, 72], bytes: [UInt8](repeating: 0, count: 8 * 216))
    let file = MotionFormatTests.group([("poses", .tensor(complex)), ("fps", .int(30))])
    let error = programError { _ = try Self.load(file) }
    #expect(
      error?.what == "the pose does not hold real numbers" && error?.found == "complex numbers")
    #expect(error?.key == "poses")
    let text = MotionFormatTests.group([("poses", .string("walk.npz"))])
    #expect(programError { _ = try Self.load(text) }?.found == "a text")
    let texts = MotionFormatTests.group([
      ("body_pose", .tensor(MotionSystemTests.texts(["a", "b"])))
    ])
    #expect(programError { _ = try Self.load(texts) }?.found == "texts")
    let list = PickleValue.list([.string("a"), .string("b"), .string("c")])
    #expect(programError { _ = try Self.load(list) }?.found == "a list of 3 texts")
    #expect(programError { _ = try Self.load(.list([])) }?.found == "an empty list")
    #expect(programError { _ = try Self.load(.int(3)) }?.found == "a single number")
  }

  @Test func numbersOfFrames() {
    #expect(FrameNumbers(["a1.json", "a2.json", "a5.json"])?.missing == [0, 0, 2])
    #expect(FrameNumbers(["s3/0000.png", "s3/0005.png", "s3/0015.png"])?.step == 5)
    #expect(FrameNumbers(["s3/0000.png", "s3/0005.png", "s3/0015.png"])?.total == 1)
    #expect(FrameNumbers(["a1.mp4", "a2.mp3"]) == nil)
    #expect(FrameNumbers(["x", "y"]) == nil && FrameNumbers(["1"]) == nil)
    #expect(FrameNumbers(["1", "99999999999999999999"]) == nil)
    #expect(FrameNumbers(["0", "1", "9000000000000000"])?.areFew == false)
  }
}
