/// Motions whose numbers nobody could mean: each is refused by a sentence with file and key.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite struct MotionLimitTests {
  private static func motion(_ frames: Int = 3) -> TestArrays {
    var arrays = TestArrays()
    arrays.add("poses", [frames, 66])
    arrays.add("trans", [frames, 3])
    return arrays
  }

  @Test(arguments: ["mocap_framerate", "fps"]) func ratesOutOfBounds(key: String) {
    for rate in [1e-300, 0.0009, 100_001, 1e300] {
      var arrays = Self.motion()
      arrays.numbers[key] = rate
      let error = programError { _ = try arrays.load() }
      #expect(error?.code == .dataError && error?.key == key && error?.file == "test.npz")
      #expect(error?.what == "the frame rate is out of bounds")
    }
    for rate in [0.001, 100_000] {
      var arrays = Self.motion()
      arrays.numbers[key] = rate
      #expect(throws: Never.self) { try arrays.load() }
    }
  }

  @Test func lengthsThatGiveNoRate() {
    for length in [1e-300, 5e-324, 1e-9, 1e9] {
      var arrays = Self.motion()
      arrays.numbers["mocap_time_length"] = length
      let error = programError { _ = try arrays.load() }
      #expect(error?.key == "mocap_time_length" && error?.code == .dataError)
      #expect(error?.found == "3 frames in \(length) seconds")
    }
  }

  /// `04_mocap_time_length_tiny.npz`: trapped.
  @Test(.enabled(if: Fixtures.casesAreExpected)) func handedFile() throws {
    let path = try Fixtures.cases("hostile/04_mocap_time_length_tiny.npz")
    let error = programError { _ = try MotionFile.load(path: path) }
    #expect(error?.file == path && error?.key == "mocap_time_length")
  }

  @Test func bodiesOutOfSight() {
    for (key, shape, value) in [
      ("trans", [3, 3], Float(1e9)), ("trans", [3, 3], -2e5), ("poses", [3, 66], 1e30),
    ] {
      var arrays = Self.motion()
      arrays.add(key, shape) { $0 == 4 ? value : 0 }
      let error = programError { _ = try arrays.load() }
      #expect(error?.code == .dataError && error?.key == key && error?.found == "\(abs(value))")
    }
    // Ten kilometres are far, but they can be seen.
    var arrays = Self.motion()
    arrays.add("trans", [3, 3]) { $0 == 4 ? 1e4 : 0 }
    #expect(programError { _ = try arrays.load() } == nil)
  }

  /// Four million frames of zeros deflate to three megabytes. Nothing is unfolded before that is seen.
  @Test func filesThatUnfoldTooFar() throws {
    var arrays = Self.motion()
    arrays.entries[0]["poses"] = ([4_000_000, 66], [])
    arrays.size = 3_000_000
    let error = programError { _ = try arrays.load() }
    #expect(error?.key == "poses" && error?.found == "4000000 x 66 numbers")
    #expect(error?.what == "the motion is too long, or its file unfolds too far")
    // The same from a file that may hold it: what is missing is the content.
    arrays.size = 1 << 30
    #expect(programError { _ = try arrays.load() }?.what == "the array ends early")
    arrays.entries[0]["poses"] = ([1 << 30, 66], [])
    #expect(programError { _ = try arrays.load() }?.what == error?.what)
    #expect(MotionLimits.room(fileSize: .max) == MotionLimits.mostBytes)
    #expect(MotionLimits.room(fileSize: 0) == MotionLimits.leastRoom)
  }

  /// All tables of a file share what it may give.
  @Test func tablesShareTheRoom() throws {
    var arrays = TestArrays()
    let frames = 200_000
    arrays.size = 1
    for (key, width) in [("global_orient", 3), ("body_pose", 63), ("left_hand_pose", 45)] {
      arrays.add(key, [frames, width]) { _ in 0 }
    }
    arrays.numbers["fps"] = 30
    #expect(programError { _ = try arrays.load() } == nil)
    arrays.entries[0]["right_hand_pose"] = (
      [frames, 45], [Float](repeating: 0, count: 45 * frames)
    )
    arrays.entries[0]["expression"] = ([frames, 300], [])
    var options = MotionOptions()
    options.takesExpression = true
    #expect(programError { _ = try arrays.load(options) }?.key == "expression")
  }

  /// A text of four million characters is a name of forty.
  @Test func longTexts() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID().uuidString).npz").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let count = 1 << 20
    try NPZ.write(
      [
        ("poses", TensorData(shape: [2, 66], floats: [Float](repeating: 0, count: 132))),
        ("trans", TensorData(shape: [2, 3], floats: [Float](repeating: 0, count: 6))),
        ("mocap_framerate", TensorData(shape: [], doubles: [30])),
        (
          "gender",
          TensorData(
            scalarType: .unicode(count), shape: [],
            bytes: [UInt8](repeating: 0, count: 4 * count).enumerated().map {
              $0.offset % 4 == 0 ? 66 : 0
            })
        ),
      ], to: path)
    let motion = try MotionFile.load(path: path)
    #expect(motion.summary.gender == String(repeating: "b", count: 40) + "...")
    #expect(motion.summary.description.count < 200)
  }

  @Test(arguments: [1e19, -1e19, .infinity, .nan, 36_001]) func facing(degrees: Double) {
    #expect(Facing("\(degrees)") == nil)
  }

  @Test func facingByManyTurns() throws {
    let motion = try Self.motion().load()
    func shown(_ degrees: Double) throws -> ResampledMotion {
      var playback = Playback()
      playback.facing = .degrees(degrees)
      return try ResampledMotion(motion, playback: playback, restPelvis: .zero)
    }
    #expect(try abs(shown(3645).facingDegrees - 45) < 1e-9)
    // The parser takes none of these; a caller may give them.
    for degrees in [1e19, -1e308] { #expect(!(try shown(degrees).description.isEmpty)) }
    for degrees in [Double.nan, .infinity] {
      #expect(throws: ProgramError.self) { try shown(degrees) }
    }
  }

  @Test func moreFramesThanCanBeCounted() throws {
    let motion = TestMotion(
      frameCount: 1000, frameRate: 1, rotation: { _, _ in .zero })
    for (fps, repeats, speed) in [
      (1000.0, 200, 1.0), (1e6, 1, 1), (1, 1_000_000, 1), (1, .max, 1), (1000, 1, 1e-5),
    ] {
      var playback = Playback()
      (playback.fps, playback.repeats, playback.speed) = (fps, repeats, speed)
      let error = programError {
        _ = try ResampledMotion(motion, playback: playback, restPelvis: .zero)
      }
      #expect(error?.code == .usage && error?.expected == "at most 100000000", "\(fps) \(repeats)")
    }
    for (fps, speed) in [(Double.nan, 1.0), (1e300, 1), (30, 1e300), (30, .nan), (5e-324, 1)] {
      var playback = Playback()
      (playback.fps, playback.speed) = (fps, speed)
      #expect(throws: ProgramError.self) {
        try ResampledMotion(motion, playback: playback, restPelvis: .zero)
      }
    }
  }
}
