import Compute
import SMPLX

/// Measures a body's landmark offsets: draws made-up people of it and looks for their landmarks.
///
/// A constant vector a landmark halves the landmarks' distance on photos; it depends on where a body has
/// its joints, so every body file has its own.
public enum OffsetCalibration {
  /// Pictures; about an eighth of a second each.
  public static let pictureCount = 120
  /// Of the pictures' random numbers.
  private static let seed: UInt64 = 11

  /// - Parameter progress: called after each picture with how many are done.
  /// - Throws: `ProgramError` if the landmarks of fewer than half of the people are found.
  public static func measure(
    _ body: BodyModel, detector: LandmarkDetector, pool: WorkerPool,
    progress: (Int) -> Void = { _ in }
  ) throws -> LandmarkOffsets {
    let studio = try Studio(body, pool: pool)
    var equations = OffsetEquations(model: body, pool: pool)
    for number in 0..<pictureCount {
      let person = try StudioPerson(body: body, seed: seed, number: number, stance: .arms)
      let photo = try studio.photo(of: person, seed: seed, number: number).photo
      if let found = try detector.persons(in: photo).first,
        let landmarks = try? detector.landmarks(of: found, in: photo).landmarks
      {
        try equations.add(
          landmarks, betas: person.betas, pose: person.pose, camera: person.camera)
      }
      progress(number + 1)
    }
    guard equations.count >= pictureCount / 2 else {
      throw ProgramError(
        .dataError, "the landmarks of this body are not found", file: body.path,
        expected: "in at least \(pictureCount / 2) pictures", found: "\(equations.count)",
        hint: "a body in the layout of SMPL-X, upright and facing z, is needed")
    }
    return equations.solve()
  }
}
