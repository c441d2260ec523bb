/// Motion files that went wrong (`cases/motions`), each with the right result of its table: one motion of
/// 24 frames, upright, arms lowered, the left forearm waving, walking half a metre forward.
import Compute
import Foundation
import TestSupport
import Testing

@testable import SMPLX

@Suite(.enabled(if: Fixtures.casesAreExpected)) struct MotionCaseTests {
  /// A case as it is shown, its up axis as found and its facing kept.
  static func shown(
    _ name: String, _ change: (inout MotionOptions) -> Void = { _ in }
  ) throws -> ResampledMotion {
    var options = MotionOptions()
    change(&options)
    let motion = try MotionFile.load(path: Fixtures.cases("motions/\(name)"), options: options)
    var playback = Playback()
    playback.facing = .keep
    playback.fps = motion.frameRate
    return try ResampledMotion(motion, playback: playback, restPelvis: pelvis)
  }

  static let pelvis = SIMD3<Float>(0.003, -0.351, 0.012)

  static func poses(_ shown: ResampledMotion) throws -> [BodyPose] {
    try (0..<shown.frameCount).map { index in
      var pose = BodyPose()
      try shown.pose(index, into: &pose)
      return pose
    }
  }

  /// Arms are lowered, the left forearm waves, hips swing, and the body faces along Z and stands.
  static func checkMotion(
    _ poses: [BodyPose], walks: Float = 0.5, facing: SIMD3<Double> = SIMD3(0, 0, 1)
  ) {
    let root = RotationMatrix(axisAngle: SIMD3<Double>(poses[0].rotations[0]))
    let (up, ahead) = (root * SIMD3(0, 1, 0), root * SIMD3(0, 0, 1))
    #expect(up.y > 0.999 && ahead.dot(facing) > 0.999)
    for pose in poses {
      #expect(abs(pose.rotations[16].z + 1.1) < 1e-4 && abs(pose.rotations[17].z - 1.1) < 1e-4)
    }
    let elbows = poses.map { $0.rotations[18].y }
    #expect((elbows.max() ?? 0) - (elbows.min() ?? 0) > 0.2)
    let hips = poses.map { $0.rotations[1].x }
    #expect((hips.max() ?? 0) - (hips.min() ?? 0) > 0.1)
    let way = poses[poses.count - 1].translation - poses[0].translation
    #expect(abs((way * way).sum().squareRoot() - walks) < 2e-3)
  }

  @Test(arguments: [
    "constant_rows.npz", "expression_none.npz", "mixed_names.npz", "minus_z.npz",
    "nested_lists.pkl",
    "path_member.pkl", "gvhmr.pkl", "flat_params.pt", "wham_plain.pkl", "wham_joblib.pkl",
    "tram_hps_track_0.npy", "poses_matrices.npz", "aist_scaling.pkl", "edge_dance.pkl",
    "slahmr_two.npz", "betas16.npz",
  ])
  func oneMotionInAll(name: String) throws {
    let shown = try Self.shown(name)
    #expect(shown.motion.frameCount == 24)
    try Self.checkMotion(Self.poses(shown))
  }

  @Test(arguments: ["transl_none.pkl", "object_none.npz"])
  func membersThatAreNoneAreAbsent(name: String) throws {
    let shown = try Self.shown(name)
    try Self.checkMotion(Self.poses(shown), walks: 0)
    #expect(shown.notices.contains("no translation in the file: the body stays in place"))
  }

  @Test func oneOfTwoPersons() throws {
    let first = try Self.shown("slahmr_two.npz")
    #expect(first.motion.summary.persons == ["0", "1"])
    #expect(first.notices.contains { $0.contains("the first of 2 persons") })
    let second = try Self.shown("slahmr_two.npz") { $0.person = "1" }
    let poses = try Self.poses(second)
    try Self.checkMotion(poses, facing: SIMD3(1, 0, 0))
    #expect(abs(poses[0].translation.x - 1.5) < 1e-3)
    let error = programError { _ = try Self.shown("slahmr_two.npz") { $0.person = "7" } }
    #expect(error?.code == .usage && error?.key == "person" && error?.expected == "0, 1")
  }

  @Test func positionsAreNoRotations() throws {
    let shown = try Self.shown("edge_dance.pkl")
    #expect(shown.up == .z)
    #expect(shown.notices.contains { $0.contains("`full_pose`") })
  }

  @Test func translationsInCentimetres() throws {
    let raw = try Self.shown("trans_cm.npz")
    #expect(raw.notices.contains { $0.contains("are these centimetres?") && $0.contains("0.01") })
    let scaled = try Self.shown("trans_cm.npz") { $0.scale = 0.01 }
    #expect(!scaled.notices.contains { $0.contains("centimetres") })
    try Self.checkMotion(Self.poses(scaled))
  }

  /// x = Rh x + Th about the body's own origin: the pelvis goes to Rh J0 + Th.
  @Test func easyMocapTurnsAboutTheOrigin() throws {
    let poses = try Self.poses(Self.shown("easymocap_smpl.npz"))
    try Self.checkMotion([poses[0]] + poses.dropFirst().dropLast() + [poses[0]], walks: 0)
    for (index, pose) in poses.enumerated() {
      let t = Float(index) / Float(poses.count - 1)
      let turn = RotationMatrix.yaw(Double(t) * .pi)
      let j = SIMD3<Double>(Self.pelvis)
      let expected = turn * j + SIMD3(0, 0, 2 * Double(t))
      let found = j + SIMD3<Double>(pose.translation)
      #expect((expected - found).length < 1e-3)
      let ahead = RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[0])) * SIMD3(0, 0, 1)
      #expect((turn * SIMD3(0, 0, 1)).dot(ahead) > 0.9999)
    }
  }

  @Test func rootsUnderTwoNames() throws {
    let one = try Self.poses(Self.shown("root_pose_turning.npz"))
    let other = try Self.poses(Self.shown("global_orient_turning.npz"))
    #expect(one == other)
    // One whole turn: half of it lies in the middle.
    let middle = RotationMatrix(axisAngle: SIMD3<Double>(one[12].rotations[0])) * SIMD3(0, 0, 1)
    #expect(middle.z < -0.95)
  }

  @Test func outputsOfAModel() throws {
    let parts = try Self.poses(Self.shown("smplx_output_parts.pkl"))
    let full = try Self.poses(Self.shown("smplx_output_fullpose.pkl"))
    #expect(parts == full && parts.count == 1)
    let up = RotationMatrix(axisAngle: SIMD3<Double>(full[0].rotations[0])) * SIMD3(0, 1, 0)
    #expect(abs(acos(up.y) * 180 / .pi - 40) < 0.1 && up.z > 0)
  }

  @Test func betasThatAreTooMany() throws {
    let shown = try Self.shown("betas16.npz")
    #expect(shown.motion.summary.betas?.count == 16 && shown.motion.summary.gender == "female")
    #expect(shown.description.contains("female betas ignored"))
    var playback = Playback()
    playback.takenBetas = 10
    let taken = try ResampledMotion(shown.motion, playback: playback, restPelvis: .zero)
    #expect(taken.description.contains("female shape of 10 betas taken"))
    #expect(!taken.description.contains("ignored"))
  }

  @Test func handsAreWhatIsSaid() throws {
    let hands = MotionLayoutTests.hands
    func poses(_ name: String, _ reading: HandReading?) throws -> [BodyPose] {
      var context = MotionContext()
      context.hands = hands
      context.options.hands = reading
      let input = try MotionInput(path: Fixtures.cases("motions/\(name)"))
      let motion = try MotionFile.read(input, context)
      return try (0..<motion.frameCount).map { try motion.pose(frame: $0) }
    }
    let said = try poses("hands_flat_said.npz", nil)
    #expect(try poses("hands_flat_unsaid.npz", .complete) == said)
    #expect(try poses("hands_flat_unsaid.npz", nil) != said)
    let flat = try poses("hands_flat_unsaid.npz", .flat)
    #expect(flat.allSatisfy { $0.rotations[25...].allSatisfy { $0 == .zero } })
  }

  @Test func numbersThatAreNone() throws {
    let error = programError { _ = try Self.shown("nan_tail.npz") }
    #expect(error?.key == "trans" && error?.found?.contains("frames 20 to 23") == true)
    #expect(error?.hint?.contains("`end` 0.633") == true)
    let shown = try Self.shown("nan_tail.npz") { $0.end = 0.5 }
    let poses = try Self.poses(shown)
    #expect(poses[..<16].allSatisfy { $0.translation.x.isFinite && $0.translation.z.isFinite })
    #expect(abs(poses[15].translation.z - 15 * 0.5 / 23) < 1e-4)
    #expect(programError { _ = try Self.shown("nan_tail.npz") { $0.end = 0.68 } } != nil)
  }

  @Test func aFolderOfFrames() throws {
    let shown = try Self.shown("smplerx_frames")
    let poses = try Self.poses(shown)
    #expect(poses.count == 6)
    for (index, pose) in poses.enumerated() {
      #expect(abs(pose.translation.z - Float(index) * 0.5 / 23) < 1e-4)
    }
  }
}
