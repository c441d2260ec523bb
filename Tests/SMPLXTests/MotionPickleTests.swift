/// Pickled motions: dictionaries, lists, wrappers, and pickles that are something else.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite struct MotionPickleTests {
  static func dictionary(_ pairs: [(String, PickleValue)]) -> PickleValue {
    .dict(pairs.map { (key: .string($0.0), value: $0.1) })
  }

  static func entry(_ frame: Int, extra: [(String, PickleValue)] = []) -> PickleValue {
    func array(_ shape: [Int]) -> PickleValue {
      let count = shape.reduce(1, *)
      return .tensor(
        TensorData(
          shape: shape, doubles: (0..<count).map { Double(MotionLayoutTests.number(frame, $0)) }))
    }
    return dictionary(
      [
        ("body_pose", array([1, 63])), ("global_orient", array([1, 3])),
        ("jaw_pose", array([1, 3])), ("left_hand_pose", array([1, 12])),
        ("right_hand_pose", array([1, 45])), ("transl", array([1, 3])),
      ] + extra)
  }

  static func load(_ value: PickleValue) throws -> MotionClip {
    var context = MotionContext()
    context.hands = MotionLayoutTests.hands
    let input = MotionInput(.value(value), path: "a.pkl", kind: .pickle)
    guard let clip = try MotionFile.read(input, context) as? MotionClip else {
      throw ProgramError(.software, "the motion is no clip")
    }
    return clip
  }

  @Test func dinarsListIsRecognised() throws {
    let list = PickleValue.list((0..<5).map { Self.entry($0) })
    let clip = try Self.load(Self.dictionary([("fps", .int(7)), ("body_params_list", list)]))
    #expect(clip.summary.layout == .dinar && clip.frameCount == 5 && clip.frameRate == 30)
    let frame = try MotionLayoutTests.frame(clip, 4)
    #expect(frame[0] == 4 && frame[3 + 62] == MotionLayoutTests.number(4, 62) && frame[165] == 0)
  }

  @Test func plainListsAndWrappersAreRecognised() throws {
    let list = try Self.load(.tuple((0..<3).map { Self.entry($0, extra: [("fps", .float(25))]) }))
    #expect(list.summary.layout == .smplxParameters && list.frameCount == 3)
    #expect(list.frameRate == 25)
    #expect(try MotionLayoutTests.frame(list, 2)[165] == 2)

    let wrapped = Self.dictionary([
      ("result", Self.dictionary([("smplx", Self.entry(1, extra: [("gender", .string("male"))]))]))
    ])
    let single = try Self.load(wrapped)
    #expect(single.frameCount == 1 && single.summary.gender == "male")
    #expect(try MotionLayoutTests.frame(single, 0)[0] == 1)
  }

  @Test func pickledAMASSIsRecognised() throws {
    let poses = TensorData(shape: [4, 156], floats: [Float](repeating: 0.5, count: 4 * 156))
    let clip = try Self.load(
      Self.dictionary([("poses", .tensor(poses)), ("mocap_framerate", .float(100))]))
    #expect(clip.summary.layout == .amassSMPLH && clip.frameRate == 100)
  }

  @Test func otherPicklesAreRefused() {
    let number = programError { _ = try Self.load(.int(3)) }
    #expect(number?.what == "the file is no motion" && number?.found == "a single number")
    let list = programError { _ = try Self.load(Self.dictionary([("body_params_list", .int(3))])) }
    #expect(list?.what == "no known motion layout")
    let none = programError {
      _ = try Self.load(Self.dictionary([("body_params_list", .list([]))]))
    }
    #expect(none?.what == "the motion has no frames")
    let unknown = programError { _ = try Self.load(Self.dictionary([("a", .int(1))])) }
    #expect(unknown?.what == "no known motion layout" && unknown?.found == "the keys a")
    let vposer = programError {
      _ = try Self.load(
        Self.dictionary([
          (
            "body_pose",
            .tensor(TensorData(shape: [1, 32], doubles: [Double](repeating: 0, count: 32)))
          )
        ]))
    }
    #expect(vposer?.key == "body_pose" && vposer?.found == "1 x 32")
  }

  /// Keys by which layouts are read are those by which files are told to be motions.
  @Test func layoutsAreKnownContents() {
    let keys = ParameterKeys()
    for key in keys.root + keys.body + keys.joined + [MotionReader.dinarKey] {
      let pickle = Self.dictionary([(key, .none)])
      #expect(FileContents(pickle).meaning == .motion, "\(key)")
    }
  }

  /// Frames without a person hold the pose before.
  @Test func missingFramesAreHeld() throws {
    let clip = try Self.load(.list([.none, Self.entry(1), .none, .none, Self.entry(4)]))
    #expect(clip.frameCount == 4)
    #expect(
      try (0..<4).map { try MotionLayoutTests.frame(clip, $0)[0] } == [1, 1, 1, 4].map(Float.init))
    #expect(clip.summary.notices.contains { $0.hasPrefix("the person is missing in 2 frames") })
  }

  /// Two contradicting entries are named by key.
  @Test func entriesMustAgreeOnTheirFrames() throws {
    let three = TensorData(shape: [3, 3], doubles: [Double](repeating: 0, count: 9))
    let bad = Self.dictionary([
      (
        "body_pose",
        .tensor(TensorData(shape: [2, 63], doubles: [Double](repeating: 0, count: 126)))
      ),
      ("global_orient", .tensor(three)),
    ])
    let error = programError { _ = try Self.load(.list([Self.entry(0), bad])) }
    #expect(error?.key == "global_orient" && error?.expected == "2 frames")
  }
}
