/// Motion files in all their layouts against the golden frames: times, rotations, translations,
/// and the joints of the posed body.
///
/// A file belongs to the golden file whose name begins its own: `dinar.golden.npz` serves every
/// `dinar*`, which may have fewer frames.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct MotionParityTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var input: String
    var golden: String
    var testDescription: String { (input as NSString).lastPathComponent }
  }

  /// Every motion of the folder with its golden file. An empty list when the folder is missing:
  /// `everyGoldenFileIsUsed` fails then.
  static let cases: [Case] = {
    let golden = (try? Fixtures.files(in: "motion", prefix: "", suffix: ".golden.npz")) ?? []
    let inputs = [".npz", ".pkl"].flatMap {
      (try? Fixtures.files(in: "motion", prefix: "", suffix: $0)) ?? []
    }
    return inputs.filter { !$0.hasSuffix(".golden.npz") }.compactMap { input in
      golden.filter { input.hasPrefix($0.dropLast(".golden.npz".count)) }
        .max { $0.count < $1.count }
        .map { Case(input: input, golden: $0) }
    }
  }()

  @Test func everyGoldenFileIsUsed() throws {
    let golden = try Fixtures.files(in: "motion", prefix: "", suffix: ".golden.npz")
    #expect(Set(Self.cases.map(\.golden)) == Set(golden))
  }

  static func body(_ golden: NPZFile) throws -> BodyModel {
    try BodyModel.load(path: bodyFile(named: #require(golden.tensor("body").strings().first)))
  }

  /// AMASS is Z up, DINAR is not turned. The rate is that of the golden times.
  static func playback(
    _ motion: any Motion, _ golden: NPZFile, turned: Bool
  ) throws -> Playback {
    let times = try golden.tensor("times").doubles()
    var playback = Playback()
    playback.fps =
      times.count > 1
      ? (Double(times.count - 1) / (times[times.count - 1] - times[0])).rounded() : 30
    playback.facing = .keep
    playback.up = .axis(turned && motion.summary.layout.up == .definitely(.z) ? .z : .y)
    return playback
  }

  @Test(arguments: cases)
  func framesAreResampled(_ item: Case) throws {
    let golden = try NPZFile(path: item.golden)
    let motion = try MotionFile.load(path: item.input, body: Self.body(golden))
    let shown = try ResampledMotion(
      motion, playback: Self.playback(motion, golden, turned: false), restPelvis: .zero)
    let times = try golden.tensor("times").doubles()
    let rotations = try golden.tensor("full_pose").floats()
    let translations = try golden.tensor("trans").floats()
    #expect(shown.frameCount > 0)
    if motion.summary.layout == .dinar {
      #expect(shown.frameCount == motion.frameCount && shown.frameCount <= times.count)
    } else {
      #expect(shown.frameCount == times.count)
    }
    var pose = BodyPose()
    for k in 0..<min(shown.frameCount, times.count) {
      #expect(abs(shown.time(k) - times[k]) < 1e-9)
      try shown.pose(k, into: &pose)
      for joint in 0..<55 {
        let g = SIMD3<Float>(
          rotations[165 * k + 3 * joint], rotations[165 * k + 3 * joint + 1],
          rotations[165 * k + 3 * joint + 2])
        let difference = SMPLXRotationTests.difference(
          RotationMatrix(axisAngle: SIMD3<Double>(g)),
          RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[joint])))
        #expect(difference < 1e-5, "frame \(k), \(MotionFrame.jointNames[joint])")
      }
      for axis in 0..<3 {
        #expect(abs(pose.translation[axis] - translations[3 * k + axis]) < 1e-5)
      }
    }
  }

  /// The joints of the turned body: on the full body and on the small model of the skinning
  /// fixtures.
  @Test(arguments: cases)
  func jointsArePlaced(_ item: Case) throws {
    let golden = try NPZFile(path: item.golden)
    let full = try Self.body(golden)
    let small = try BodyModel.load(path: Fixtures.path("lbs/model.npz"))
    let motion = try MotionFile.load(path: item.input, body: full)
    for (key, model) in [("joints", full), ("joints_small", small)] {
      let expected = try golden.tensor(key).floats()
      let body = try ShapedBody(model: model, betas: [])
      let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1))
      let shown = try ResampledMotion(
        motion, playback: Self.playback(motion, golden, turned: true),
        restPelvis: body.restJoints[0])
      var pose = BodyPose()
      for k in 0..<shown.frameCount {
        try shown.pose(k, into: &pose)
        try poser.pose(pose)
        for (joint, place) in poser.joints().prefix(BodyPose.jointCount).enumerated() {
          for axis in 0..<3 {
            let g = expected[(k * BodyPose.jointCount + joint) * 3 + axis]
            #expect(
              abs(place[axis] - g) < 5e-5, "\(key), frame \(k), \(MotionFrame.jointNames[joint])")
          }
        }
      }
    }
  }
}
