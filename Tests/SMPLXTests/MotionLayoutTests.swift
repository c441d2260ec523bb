/// The layouts of motion files: which column becomes which joint, hands, rates, and what is said
/// about them.
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct MotionLayoutTests {
  /// Column c of frame f holds f % 16 + c / 1024, so that each number tells where it came from.
  static func numbered(_ width: Int) -> (Int) -> Float {
    { i in number(i / width, i % width) }
  }

  static func number(_ frame: Int, _ column: Int) -> Float {
    Float(frame % 16) + Float(column) / 1024
  }

  static func frame(_ motion: any Motion, _ index: Int) throws -> [Float] {
    var values = [Float](repeating: -1, count: motion.frameWidth)
    try values.withUnsafeMutableBufferPointer { values in
      if let base = values.baseAddress { try motion.read(frame: index, into: base) }
    }
    return values
  }

  static func amass(columns: Int, frames: Int, keys: [String: Double] = ["mocap_framerate": 120])
    -> TestArrays
  {
    var arrays = TestArrays()
    arrays.numbers = keys
    arrays.add("poses", [frames, columns], numbered(columns))
    arrays.add("trans", [frames, 3], numbered(3))
    return arrays
  }

  @Test func smplhHasNoJawAndNoEyes() throws {
    let clip = try Self.amass(columns: 156, frames: 3).load()
    #expect(clip.frameCount == 3 && clip.frameRate == 120)
    #expect(clip.summary.layout == .amassSMPLH && clip.summary.hands == .rotations)
    let frame = try Self.frame(clip, 2)
    for i in 0..<66 { #expect(frame[i] == Self.number(2, i)) }
    for i in 66..<75 { #expect(frame[i] == 0) }
    for i in 75..<165 { #expect(frame[i] == Self.number(2, i - 9)) }
    #expect(Array(frame[165...]) == (0..<3).map { Self.number(2, $0) })
  }

  @Test func smplxIsTheProgramsOwnOrder() throws {
    let clip = try Self.amass(columns: 165, frames: 2).load()
    #expect(clip.summary.layout == .amassSMPLX)
    let frame = try Self.frame(clip, 1)
    #expect(Array(frame[..<165]) == (0..<165).map { Self.number(1, $0) })
  }

  @Test(arguments: [(72, MotionLayout.smpl), (66, MotionLayout.bodyOnly)])
  func bodiesWithoutFingersHaveFlatHands(columns: Int, layout: MotionLayout) throws {
    let clip = try Self.amass(columns: columns, frames: 5).load()
    #expect(clip.summary.layout == layout && clip.summary.hands == .flat)
    let frame = try Self.frame(clip, 4)
    #expect(Array(frame[..<66]) == (0..<66).map { Self.number(4, $0) })
    #expect(frame[66..<165].allSatisfy { $0 == 0 })
  }

  /// (N, 52, 3), (1, N, 156) and (156) are the same columns.
  @Test(arguments: [[4, 52, 3], [1, 4, 156], [4, 156, 1]])
  func axesMayBeSplit(shape: [Int]) throws {
    var arrays = Self.amass(columns: 156, frames: 4)
    arrays.add("poses", shape, Self.numbered(156))
    let clip = try arrays.load()
    #expect(clip.frameCount == 4)
    #expect(try Self.frame(clip, 3)[5] == Self.number(3, 5))
  }

  @Test func oneFrameMayHaveNoFrameAxis() throws {
    var arrays = Self.amass(columns: 156, frames: 1)
    arrays.add("poses", [156], Self.numbered(156))
    arrays.add("trans", [3], Self.numbered(3))
    let clip = try arrays.load()
    #expect(clip.frameCount == 1)
    #expect(try Self.frame(clip, 0)[165...] == [0, Self.number(0, 1), Self.number(0, 2)])
  }

  @Test func separateArraysEqualTheJoinedOne() throws {
    let frames = 3
    let joined = try Self.amass(columns: 165, frames: frames).load()
    var arrays = TestArrays()
    arrays.numbers["mocap_frame_rate"] = 24
    arrays.texts["surface_model_type"] = "smplx"
    let parts = [
      ("root_orient", 0, 3), ("pose_body", 3, 63), ("pose_jaw", 66, 3), ("pose_eye", 69, 6),
      ("pose_hand", 75, 90),
    ]
    for (key, first, width) in parts {
      arrays.add(key, [frames, width]) { Self.number($0 / width, first + $0 % width) }
    }
    arrays.add("trans", [frames, 3], Self.numbered(3))
    let clip = try arrays.load()
    #expect(clip.summary.layout == .amassSMPLX && clip.frameRate == 24)
    #expect(clip.summary.frameRateKey == "mocap_frame_rate")
    for i in 0..<frames { #expect(try Self.frame(clip, i) == Self.frame(joined, i)) }
  }

  @Test(arguments: MotionReader.rateKeys)
  func rateIsFoundUnderItsNames(key: String) throws {
    let clip = try Self.amass(columns: 66, frames: 4, keys: [key: 59.94]).load()
    #expect(clip.frameRate == 59.94 && clip.summary.frameRateKey == key)
  }

  @Test func rateComesFromTheLengthOrTheDefaultOrTheCaller() throws {
    let length = try Self.amass(columns: 66, frames: 50, keys: ["mocap_time_length": 2]).load()
    #expect(length.frameRate == 25)
    var still = Self.amass(columns: 66, frames: 50, keys: [:])
    still.add("trans", [50, 3]) { _ in 0 }
    let nothing = try still.load()
    #expect(nothing.frameRate == 30)
    #expect(nothing.summary.notices == ["no frame rate in the file: 30 fps assumed"])
    var options = MotionOptions()
    options.frameRate = 100
    #expect(try Self.amass(columns: 66, frames: 50).load(options).frameRate == 100)
  }

  @Test func contradictionsAreNoticed() throws {
    var arrays = Self.amass(
      columns: 156, frames: 120, keys: ["mocap_framerate": 60, "mocap_time_length": 1])
    arrays.texts["surface_model_type"] = "smplx"
    arrays.add("trans", [120, 3]) { _ in 0 }
    let notices = try arrays.load().summary.notices
    #expect(
      notices == [
        "`mocap_time_length` says 1 s, but 120 frames at 60 fps are 2 s",
        "`surface_model_type` says smplx, the columns are AMASS SMPL-H",
      ])
  }

  @Test func theLineSaysWhatWasFound() throws {
    var arrays = Self.amass(columns: 156, frames: 601)
    arrays.texts["gender"] = "male"
    arrays.add("betas", [16]) { Float($0) }
    let summary = try arrays.load().summary
    #expect(
      summary.description
        == "AMASS SMPL-H, 601 frames at 120 fps (5.01 s), full hands, male betas ignored")
    #expect(summary.betas == (0..<16).map { Float($0) } && summary.gender == "male")
    arrays.texts["gender"] = "unknown"
    arrays.add("betas", [601, 10]) { _ in 0 }
    let quiet = try arrays.load().summary
    #expect(quiet.gender == nil && quiet.betas?.count == 10)
    #expect(quiet.description.hasSuffix("full hands"))
  }

  @Test func otherUnitsAreNoticed() throws {
    var arrays = Self.amass(columns: 66, frames: 4)
    arrays.add("poses", [4, 66]) { $0 == 77 ? -90 : 0 }
    arrays.add("trans", [4, 3]) { $0 == 5 ? 1250.5 : 0 }
    #expect(
      try arrays.load().summary.notices == [
        "`poses` goes up to 90 radians; are these degrees?",
        "`trans` goes up to 1250.5 metres; are these millimetres?",
      ])
  }

  @Test func missingTranslationIsNoticed() throws {
    var arrays = TestArrays()
    arrays.numbers["fps"] = 30
    arrays.add("poses", [2, 66])
    let clip = try arrays.load()
    #expect(try Self.frame(clip, 1)[165...] == [0, 0, 0])
    #expect(clip.summary.notices.count == 1)
  }

  // MARK: smplx parameters

  static let hands: MotionHandModel = {
    func side(_ seed: Float) -> MotionHandModel.Side {
      MotionHandModel.Side(
        components: (0..<2025).map { sin(seed * Float($0)) },
        mean: (0..<45).map { 0.01 * seed * Float($0) })
    }
    return MotionHandModel(left: side(0.7), right: side(1.3))
  }()

  static func parameters(handColumns: Int, frames: Int = 2) -> TestArrays {
    var arrays = TestArrays()
    arrays.numbers["fps"] = 50
    arrays.add("global_orient", [frames, 3], numbered(3))
    arrays.add("body_pose", [frames, 63], numbered(63))
    arrays.add("left_hand_pose", [frames, handColumns], numbered(handColumns))
    arrays.add("right_hand_pose", [frames, handColumns], numbered(handColumns))
    arrays.add("transl", [frames, 3], numbered(3))
    return arrays
  }

  @Test(arguments: [1, 6, 12, 24])
  func handComponentsAreDecodedAndTheMeanAdded(count: Int) throws {
    let clip = try Self.parameters(handColumns: count).load(hands: Self.hands)
    #expect(clip.summary.hands == .components(count: count, meanAdded: true))
    let frame = try Self.frame(clip, 1)
    for column in 0..<45 {
      for (offset, side) in [(75, Self.hands.left), (120, Self.hands.right)] {
        var expected = Double(side.mean[column])
        for i in 0..<count {
          expected += Double(Self.number(1, i)) * Double(side.components[45 * i + column])
        }
        #expect(abs(Double(frame[offset + column]) - expected) < 1e-3)
      }
    }
  }

  @Test func axisAngleHandsGetTheMeanUnlessToldOtherwise() throws {
    var arrays = Self.parameters(handColumns: 45)
    let relative = try arrays.load(hands: Self.hands)
    #expect(relative.summary.hands == .rotationsFromMean)
    #expect(try Self.frame(relative, 0)[75 + 7] == Self.number(0, 7) + Self.hands.left.mean[7])
    arrays.numbers["flat_hand_mean"] = 1
    let complete = try arrays.load(hands: Self.hands)
    #expect(complete.summary.hands == .rotations)
    #expect(try Self.frame(complete, 0)[120 + 7] == Self.number(0, 7))
    var options = MotionOptions()
    options.hands = .relative
    #expect(try arrays.load(options, hands: Self.hands).summary.hands == .rotationsFromMean)
    arrays.numbers["use_pca"] = 1
    #expect(
      try arrays.load(hands: Self.hands).summary.hands
        == .components(count: 45, meanAdded: false))
    // A one in the first place picks the first component.
    arrays.add("left_hand_pose", [1, 45]) { $0 == 0 ? 1 : 0 }
    for key in ["global_orient", "transl"] { arrays.add(key, [1, 3]) }
    arrays.add("body_pose", [1, 63])
    arrays.add("right_hand_pose", [1, 45]) { _ in 0 }
    let flat = try Self.frame(arrays.load(hands: Self.hands), 0)
    #expect(Array(flat[75..<120]) == Array(Self.hands.left.components[..<45]))
    #expect(flat[120..<165].allSatisfy { $0 == 0 })
  }

  @Test func componentsWithoutABodyLeaveTheHandFlat() throws {
    let clip = try Self.parameters(handColumns: 6).load()
    #expect(try Self.frame(clip, 1)[75..<165].allSatisfy { $0 == 0 })
  }

  /// SMPL's 23 body joints lose the last two; matrices become rotation vectors.
  @Test func smplBodiesAndMatricesAreRead() throws {
    var arrays = TestArrays()
    arrays.numbers["fps"] = 50
    arrays.add("body_pose", [3, 69], Self.numbered(69))
    arrays.add("global_orient", [3, 3], Self.numbered(3))
    let smpl = try Self.frame(arrays.load(), 2)
    #expect(smpl[3] == 2 && smpl[65] == Self.number(2, 62) && smpl[66] == 0)

    let turn = SIMD3(0.2, -1.1, 0.4)
    let m = RotationMatrix(axisAngle: turn)
    let entries = [m.row0, m.row1, m.row2].flatMap { [$0.x, $0.y, $0.z] }
    arrays.add("body_pose", [3, 23, 3, 3]) { Float(entries[$0 % 9]) }
    arrays.add("global_orient", [3, 1, 3, 3]) { Float(entries[$0 % 9]) }
    let matrices = try Self.frame(arrays.load(), 1)
    for i in 0..<66 { #expect(abs(Double(matrices[i]) - turn[i % 3]) < 1e-6) }
  }

  @Test func expressionIsTakenOnlyWhenAsked() throws {
    var arrays = Self.parameters(handColumns: 6)
    arrays.add("expression", [2, 10], Self.numbered(10))
    let without = try arrays.load()
    #expect(without.expressionCount == 0)
    #expect(without.summary.notices.contains { $0.hasPrefix("expression coefficients ignored") })
    var options = MotionOptions()
    options.takesExpression = true
    let with = try arrays.load(options)
    #expect(with.expressionCount == 10)
    #expect(try with.pose(frame: 1).expression == (0..<10).map { Self.number(1, $0) })
  }

  @Test func aListHasAnEntryForEachFrame() throws {
    var arrays = TestArrays()
    arrays.entries = (0..<3).map { frame in
      [
        "body_pose": ([1, 63], (0..<63).map { Self.number(frame, $0) }),
        "global_orient": ([3], [1, 2, Float(frame)]),
        "transl": ([1, 3], [Float(frame), 0, 0]),
      ]
    }
    let clip = try arrays.load()
    #expect(clip.frameCount == 3)
    let frame = try Self.frame(clip, 2)
    #expect(Array(frame[0..<4]) == [1, 2, 2, 2] && frame[165] == 2)
  }

  // MARK: DINAR

  static func dinar(frames: Int) -> TestArrays {
    var arrays = TestArrays()
    arrays.listKey = MotionReader.dinarKey
    arrays.entries = (0..<frames).map { frame in
      // Hands of any width from six on, frame by frame.
      let width = frame % 2 == 0 ? 12 : 45
      return [
        "body_pose": ([1, 63], (0..<63).map { Self.number(frame, $0) }),
        "global_orient": ([1, 3], [1, 2, 3]), "jaw_pose": ([1, 3], [4, 5, 6]),
        "leye_pose": ([1, 3], [7, 7, 7]),
        "left_hand_pose": ([1, width], (0..<width).map { Float($0 + frame) }),
        "right_hand_pose": ([1, 12], (0..<12).map { Float(-$0) }),
        "transl": ([1, 3], [9, 9, 9]), "betas": ([1, 10], [Float](repeating: 1, count: 10)),
      ]
    }
    return arrays
  }

  @Test func dinarKeepsSixComponentsAndItsOwnRate() throws {
    let clip = try Self.dinar(frames: 4).load(hands: Self.hands)
    #expect(clip.frameCount == 4 && clip.frameRate == 30)
    let frame = try Self.frame(clip, 3)
    #expect(Array(frame[0..<4]) == [1, 2, 3, 3])
    #expect(Array(frame[66..<75]) == [4, 5, 6, 0, 0, 0, 0, 0, 0])
    #expect(Array(frame[165...]) == [0, 0, 0])
    for column in 0..<45 {
      var expected = Double(Self.hands.left.mean[column])
      for i in 0..<6 {
        expected += Double(i + 3) * Double(Self.hands.left.components[45 * i + column])
      }
      #expect(abs(Double(frame[75 + column]) - expected) < 1e-5)
    }
    #expect(
      clip.summary.description
        == "DINAR animation, 4 frames at 30 fps (0.13 s), 6 hand components + relaxed mean, "
        + "betas ignored")
  }

  @Test func dinarsGazeIsAnOption() throws {
    var options = MotionOptions()
    options.gaze = .dinar
    let frame = try Self.frame(Self.dinar(frames: 1).load(options, hands: Self.hands), 0)
    #expect(
      Array(frame[69..<75]) == [
        -0.23671481, -0.14406434, 0.10868622, -0.39876276, -0.0913531, -0.07875713,
      ])
  }
}
