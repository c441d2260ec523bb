import Compute
import SMPLX

extension AvatarDescription.Photo {
  /// Throws unless a picture of it can be drawn: a size that pictures have, a camera that sees something,
  /// a pose of all joints, every number finite.
  func check(file: String) throws {
    func fail(_ key: String, _ expected: String, _ found: String? = nil) -> ProgramError {
      ProgramError(
        .dataError, "the description of the photo is wrong", file: file, key: "photo.\(key)",
        expected: expected, found: found)
    }
    let sides = 1...16384
    guard sides ~= width, sides ~= height else {
      throw fail("width, height", "1 to \(sides.upperBound) pixels", "\(width) x \(height)")
    }
    guard camera.count == 3, camera.allSatisfy({ $0.count == 3 && $0.allSatisfy(\.isFinite) }),
      camera[0][0] > 0, camera[1][1] > 0
    else { throw fail("camera", "3 x 3 finite numbers with positive focal lengths") }
    guard rotations.count == BodyPose.jointCount,
      rotations.allSatisfy({ $0.count == 3 && $0.allSatisfy(\.isFinite) })
    else {
      throw fail(
        "rotations", "\(BodyPose.jointCount) x 3 finite numbers", "\(rotations.count) rotations")
    }
    guard translation.count == 3, translation.allSatisfy(\.isFinite) else {
      throw fail("translation", "3 finite numbers")
    }
  }

  /// The person's pose in the axes of the photo's camera.
  public var pose: BodyPose {
    BodyPose(
      rotations: rotations.map { SIMD3($0[0], $0[1], $0[2]) },
      translation: SIMD3(translation[0], translation[1], translation[2]))
  }
}
