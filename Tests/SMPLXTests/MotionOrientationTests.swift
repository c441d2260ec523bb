/// The up axis and the facing of motions: found, parsed, and applied exactly.
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct MotionOrientationTests {
  @Test func upAxesTurnToY() {
    for axis in UpAxis.allCases {
      #expect(axis.turn * axis.direction == SIMD3(0, 1, 0))
      #expect(axis.turn * axis.turn.transposed == .identity)
      #expect(axis.turn.row0.dot(axis.turn.row1.cross(axis.turn.row2)) == 1)
    }
    #expect(UpAxis.z.turn * SIMD3(1, 2, 3) == SIMD3(1, 3, -2))
    #expect(UpAxis.minusY.direction == SIMD3(0, -1, 0))
  }

  @Test func choicesAreParsed() {
    #expect(UpChoice("auto") == .auto)
    #expect(UpChoice("-Y") == .axis(.minusY))
    #expect(UpChoice("+z") == .axis(.z))
    #expect(UpChoice("up") == nil)
    #expect(Facing("keep") == .keep)
    #expect(Facing("first") == .firstFrame)
    #expect(Facing("average") == .average)
    #expect(Facing("-90") == .degrees(-90))
    #expect(Facing("nan") == nil)
    #expect(Facing("north") == nil)
  }

  /// A standing body in the world of `axis`, a little tilted and turning to and fro.
  static func standing(_ axis: UpAxis, layout: MotionLayout, yaw: Double = 0.4) -> TestMotion {
    let world = axis.turn.transposed
    return TestMotion(
      frameCount: 20, frameRate: 30, layout: layout,
      rotation: { frame, joint in
        guard joint == 0 else { return SIMD3(0.1, 0, 0.05 * sin(Double(frame))) }
        let turn = RotationMatrix.yaw(yaw + 0.02 * Double(frame))
        return (world * turn * RotationMatrix(axisAngle: SIMD3(0.15, 0, 0))).axisAngle
      },
      translation: { frame in world * SIMD3(0.1 * Double(frame), 0.9, 0.3) })
  }

  @Test(arguments: [UpAxis.y, .z, .minusY], [MotionLayout.amassSMPLH, .smplxParameters, .dinar])
  func upIsFoundInTheBody(axis: UpAxis, layout: MotionLayout) throws {
    let estimate = try Orientation.upAxis(of: Self.standing(axis, layout: layout))
    #expect(estimate == UpEstimate(axis: axis, isCertain: true))
  }

  /// On the floor: the layout's habit stands, and the doubt is told.
  @Test func lyingBodiesAreNotStoodUp() throws {
    var motion = Self.standing(.z, layout: .amassSMPLH)
    for layout in [MotionLayout.amassSMPLH, .smplxParameters] {
      motion.layout = layout
      let along = layout.up.axis
      // Head along X: no candidate fits.
      motion.rotation = { _, joint in
        joint == 0 ? RotationMatrix(axisAngle: SIMD3(0, 0, -0.5 * .pi)).axisAngle : .zero
      }
      #expect(try Orientation.upAxis(of: motion) == UpEstimate(axis: along, isCertain: false))
    }
    let shown = try ResampledMotion(motion, playback: Playback(), restPelvis: .zero)
    #expect(shown.notices.count == 1)
  }

  /// Between two axes the layout's habit wins; only a clearly better one replaces it.
  @Test(arguments: [(30.0, UpAxis.y), (47, .y), (60, .z), (90, .z)])
  func leaningBodiesAreDecidedByMargin(degrees: Double, axis: UpAxis) throws {
    let motion = TestMotion(frameCount: 3, frameRate: 30, layout: .smplxParameters) { _, joint in
      joint == 0 ? SIMD3(degrees * .pi / 180, 0, 0) : .zero
    }
    #expect(try Orientation.upAxis(of: motion) == UpEstimate(axis: axis, isCertain: true))
  }

  @Test func theFilesOwnWordDecides() throws {
    var motion = Self.standing(.z, layout: .amassSMPLX)
    motion.upAxis = .minusX
    #expect(try Orientation.upAxis(of: motion).axis == .minusX)
  }

  /// root' = R root, trans' = R (J0 + trans) - J0 moves every point x of the posed body to R x.
  @Test(arguments: UpAxis.allCases)
  func theTurnIsARotationOfTheWholeBody(axis: UpAxis) throws {
    let pelvis = SIMD3<Float>(0.01, -0.351, 0.012)
    let motion = Self.standing(.z, layout: .amassSMPLH)
    var playback = Playback()
    playback.up = .axis(axis)
    playback.facing = .degrees(33)
    let shown = try ResampledMotion(motion, playback: playback, restPelvis: pelvis)
    let turn = RotationMatrix.yaw(33 * .pi / 180) * axis.turn
    // A point of the rest body that follows the root.
    let point = SIMD3(0.2, 0.4, 0.1)
    let j = SIMD3<Double>(pelvis)
    func place(_ pose: BodyPose) -> SIMD3<Double> {
      RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[0])) * (point - j) + j
        + SIMD3<Double>(pose.translation)
    }
    var pose = BodyPose()
    for k in 0..<20 {
      try shown.pose(k, into: &pose)
      let recorded = try motion.pose(frame: k)
      let expected = turn * place(recorded)
      let found = place(pose)
      for i in 0..<3 { #expect(abs(expected[i] - found[i]) < 1e-6) }
      #expect(pose.rotations[1...] == recorded.rotations[1...])
    }
  }

  @Test(arguments: [UpAxis.y, .z, .minusY], [-3.0, -1, 0, 0.5, 2])
  func theMotionBeginsFacingTheCamera(axis: UpAxis, yaw: Double) throws {
    let motion = Self.standing(axis, layout: .smplxParameters, yaw: yaw)
    func forward(_ facing: Facing, frame: Int) throws -> SIMD3<Double> {
      var playback = Playback()
      playback.facing = facing
      let shown = try ResampledMotion(motion, playback: playback, restPelvis: .zero)
      var pose = BodyPose()
      try shown.pose(frame, into: &pose)
      return RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[0])) * SIMD3(0, 0, 1)
    }
    let first = try forward(.firstFrame, frame: 0)
    #expect(abs(first.x) < 1e-6 && first.z > 0.9)
    // The motion turns evenly by 0.38: its mean is half of that behind the first frame.
    let average = try forward(.average, frame: 0)
    #expect(abs(atan2(average.x, average.z) + 0.19) < 1e-6)
    let kept = try forward(.keep, frame: 0)
    #expect(abs(remainder(atan2(kept.x, kept.z) - yaw, 2 * .pi)) < 1e-6)
  }

  /// Face down, chest to the floor: left x up still says where the head is not.
  @Test func bentBodiesStillFaceSomewhere() throws {
    let motion = TestMotion(frameCount: 1, frameRate: 30) { _, joint in
      let turn = RotationMatrix.yaw(1.2) * RotationMatrix(axisAngle: SIMD3(0.5 * .pi, 0, 0))
      return joint == 0 ? turn.axisAngle : .zero
    }
    let yaw = try Orientation.facingTurn(of: motion, frames: 0...0, up: .identity)
    #expect(abs(yaw + 1.2) < 1e-6)
  }

  @Test func theLineSaysHowItWasTurned() throws {
    let motion = Self.standing(.z, layout: .amassSMPLH, yaw: 0.5)
    let shown = try ResampledMotion(motion, playback: Playback(), restPelvis: .zero)
    #expect(
      shown.description
        == "AMASS SMPL-H, 20 frames at 30 fps (0.67 s), Z up (turned), "
        + "faced to the camera (-29 degrees), full hands")
    var playback = Playback()
    playback.up = .axis(.y)
    playback.facing = .keep
    let told = try ResampledMotion(motion, playback: playback, restPelvis: .zero)
    #expect(told.description.contains("(0.67 s), Y up as told, full hands"))
    playback.facing = .degrees(90)
    let turned = try ResampledMotion(motion, playback: playback, restPelvis: .zero)
    #expect(turned.description.contains("Y up as told, turned by 90 degrees, full hands"))
  }
}
