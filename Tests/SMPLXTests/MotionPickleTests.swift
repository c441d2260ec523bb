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
    try MotionFile.read(
      MotionArrays(value, file: "a.pkl"), options: MotionOptions(), hands: MotionLayoutTests.hands)
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
    #expect(number?.what == "the pickle is no motion" && number?.found == "something else")
    let mixed = programError { _ = try Self.load(.list([Self.entry(0), .none])) }
    #expect(mixed?.found == "something else in place 1")
    let list = programError { _ = try Self.load(Self.dictionary([("body_params_list", .int(3))])) }
    #expect(list?.key == "body_params_list")
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
    for keys in MotionReader.poseKeys.map({ [$0] }) + [
      ["root_orient", "pose_body"], ["global_orient"], ["body_pose"], [MotionReader.dinarKey],
    ] {
      let pickle = Self.dictionary(keys.map { ($0, .none) })
      #expect(FileContents(pickle).meaning == .motion, "\(keys)")
    }
  }

  /// Two contradicting entries are named by key.
  @Test func entriesMustAgreeOnTheirFrames() throws {
    let two = TensorData(shape: [2, 3], doubles: [0, 0, 0, 0, 0, 0])
    let bad = Self.dictionary([
      (
        "body_pose",
        .tensor(TensorData(shape: [1, 63], doubles: [Double](repeating: 0, count: 63)))
      ),
      ("global_orient", .tensor(two)),
    ])
    let error = programError { _ = try Self.load(.list([Self.entry(0), bad])) }
    #expect(error?.key == "global_orient" && error?.expected == "1 frames")
  }
}
