/// Motions that cannot be read or shown: each gives one error that names what is wrong and where.
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct MotionErrorTests {
  static func amass(_ frames: Int = 601, trans: Int? = nil) -> TestArrays {
    var arrays = MotionLayoutTests.amass(columns: 156, frames: frames)
    arrays.add("poses", [frames, 156])
    arrays.add("trans", [trans ?? frames, 3])
    return arrays
  }

  @Test func noFrames() {
    let error = programError { _ = try Self.amass(0).load() }
    #expect(error?.code == .dataError && error?.key == "poses")
    #expect(error?.what == "the motion has no frames")
    var list = TestArrays()
    list.listKey = MotionReader.dinarKey
    list.entries = []
    #expect(programError { _ = try list.load() }?.what == "the motion has no frames")
  }

  @Test func contradictingFrames() {
    let error = programError { _ = try Self.amass(601, trans: 600).load() }
    #expect(
      error
        == ProgramError(
          .dataError, "the array's number of frames contradicts `poses`", file: "test.npz",
          key: "trans", expected: "601 frames", found: "600 (600 x 3)"))
  }

  @Test func unexpectedShape() {
    var arrays = Self.amass(5)
    arrays.add("trans", [5, 4])
    let error = programError { _ = try arrays.load() }
    #expect(error?.key == "trans" && error?.found == "5 x 4")
    #expect(error?.expected == "5 x 3 numbers (metres)")
  }

  /// The first bad number is named by its frame and joint, wherever it lies.
  @Test(arguments: [
    (17, 0, "pelvis"), (600, 62, "left_wrist"), (3, 68, "left_index1"), (0, 155, "right_thumb3"),
  ])
  func notANumber(frame: Int, column: Int, joint: String) {
    for value in [Float.nan, .infinity, -.infinity] {
      var arrays = Self.amass()
      arrays.add("poses", [601, 156]) { $0 == 156 * frame + column ? value : 0.1 }
      let error = programError { _ = try arrays.load() }
      #expect(error?.code == .dataError && error?.key == "poses")
      #expect(error?.what.hasPrefix("frame \(frame) has a value that is") == true)
      #expect(error?.found?.hasSuffix("in column \(column) (\(joint))") == true)
    }
  }

  @Test func notANumberInTheTranslation() {
    var arrays = Self.amass(9)
    arrays.add("trans", [9, 3]) { $0 == 25 ? .nan : 0 }
    let error = programError { _ = try arrays.load() }
    #expect(error?.what == "frame 8 has a value that is not a number")
    #expect(error?.found == "nan in column 1 (translation)")
  }

  @Test(arguments: [0, -30, Double.nan, .infinity])
  func impossibleRate(rate: Double) {
    var arrays = Self.amass(3)
    arrays.numbers["mocap_framerate"] = rate
    let error = programError { _ = try arrays.load() }
    #expect(error?.code == .dataError && error?.key == "mocap_framerate")
    var options = MotionOptions()
    options.frameRate = rate
    #expect(programError { _ = try Self.amass(3).load(options) }?.code == .usage)
  }

  @Test func rateThatIsNoNumber() {
    var arrays = Self.amass(3)
    arrays.numbers = [:]
    arrays.texts["fps"] = "thirty"
    #expect(programError { _ = try arrays.load() }?.what == "the frame rate is not a single number")
  }

  @Test func unknownLayout() {
    var arrays = TestArrays()
    arrays.add("v_template", [10, 3])
    arrays.add("poses", [4, 157])
    arrays.texts["gender"] = "male"
    let error = programError { _ = try arrays.load() }
    #expect(error?.what == "no known motion layout")
    #expect(error?.found == "the keys gender, poses (4 x 157), v_template (10 x 3)")
    #expect(error?.expected?.contains("156, 165, 72 or 66") == true)
    #expect(programError { _ = try TestArrays().load() }?.found == "no keys")
  }

  @Test func missingKeysOfAnEntry() {
    var arrays = MotionLayoutTests.dinar(frames: 4)
    arrays.entries[2]["left_hand_pose"] = nil
    let error = programError { _ = try arrays.load(hands: MotionLayoutTests.hands) }
    #expect(error?.what == "entry 2 lacks this key" && error?.key == "left_hand_pose")
  }

  @Test func arraysThatEndEarly() {
    var arrays = Self.amass(4)
    arrays.entries[0]["poses"]?.values.removeLast(10)
    let error = programError { _ = try arrays.load() }
    #expect(error?.what == "the array ends early")
  }

  @Test func sizesThatOverflow() {
    var arrays = Self.amass(4)
    arrays.entries[0]["poses"]?.shape = [Int.max, 156]
    #expect(programError { _ = try arrays.load() } != nil)
    arrays.entries[0]["poses"]?.shape = [1 << 62, 156]
    #expect(programError { _ = try arrays.load() }?.code == .dataError)
  }

  @Test func playbackThatMakesNoSense() {
    let motion = TestMotion(frameCount: 11, frameRate: 10) { _, _ in .zero }
    func key(_ change: (inout Playback) -> Void) -> String? {
      var playback = Playback()
      change(&playback)
      let error = programError {
        _ = try ResampledMotion(motion, playback: playback, restPelvis: .zero)
      }
      #expect(error == nil || error?.code == .usage)
      return error?.key
    }
    for bad in [0, -1, Double.nan, .infinity] {
      #expect(key { $0.fps = bad } == "fps")
      #expect(key { $0.speed = bad } == "speed")
    }
    #expect(key { $0.fps = 1e12 } == "fps")
    #expect(key { $0.repeats = 0 } == "loop")
    #expect(key { $0.start = 1.5 } == "start")
    #expect(key { $0.start = -0.1 } == "start")
    #expect(key { $0.start = .nan } == "start")
    #expect(key { $0.end = 0 } == "end")
    #expect(key { ($0.start, $0.end) = (0.5, 0.4) } == "end")
    #expect(key { $0.end = .nan } == "end")
    #expect(key { ($0.start, $0.end) = (0.5, 0.6) } == nil)
  }
}
