import Avatar
import Compute
import Foundation
import SMPLX
import TensorFiles

/// Fits as files that SMPLify-X and the programs that read its results understand.
///
/// Matches: the keys of SMPLify-X's results (`global_orient`, `body_pose`, `left_hand_pose` as
/// coefficients about the mean hand, `jaw_pose`, `leye_pose`, `reye_pose`, `betas`, `expression`,
/// `camera_rotation`, `camera_translation`) and its axes: those of the camera, x right, y down, z forward.
/// Differs: written as `.npz`, with `focal_length`, `camera_center` and `image_size` besides, which those
/// results leave to the reader.
public enum FitFile {
  /// The focal length that SMPLify-X takes where nothing is said, pixels.
  public static let usualFocalLength: Float = 5000

  /// Writes a fit as `.npz`.
  ///
  /// - Parameters:
  ///   - body: that was fitted: hands are written in its components, as many as tell them exactly.
  ///   - overwrite: whether a file of that name may be replaced.
  /// - Throws: `cannotCreate` if the file is there already or cannot be written.
  public static func write(
    _ fit: BodyFit, body: BodyModel, to path: String, overwrite: Bool = false
  ) throws {
    guard overwrite || !FileManager.default.fileExists(atPath: path) else {
      throw PendingFile.alreadyExists(path)
    }
    func row(_ values: [Float]) -> ArraySource {
      ArraySource(TensorData(shape: [1, values.count], floats: values))
    }
    func vectors(_ vectors: ArraySlice<SIMD3<Float>>) -> ArraySource {
      row(vectors.flatMap { [$0.x, $0.y, $0.z] })
    }
    let (rotations, translation) = (fit.pose.rotations, fit.pose.translation)
    guard rotations.count == BodyPose.jointCount else {
      throw ProgramError(
        .software, "the fit has another number of joints", expected: "\(BodyPose.jointCount)",
        found: "\(rotations.count)")
    }
    let hands = HandCoefficients(body)
    let identity = TensorData(shape: [1, 3, 3], floats: [1, 0, 0, 0, 1, 0, 0, 0, 1])
    let camera = fit.camera
    try NPZ.write(
      [
        ("betas", row(fit.betas)),
        ("global_orient", vectors(rotations[0..<1])),
        ("body_pose", vectors(rotations[1..<22])),
        ("jaw_pose", vectors(rotations[22..<23])),
        ("leye_pose", vectors(rotations[23..<24])),
        ("reye_pose", vectors(rotations[24..<25])),
        ("left_hand_pose", row(hands.left(Array(rotations[25..<40])))),
        ("right_hand_pose", row(hands.right(Array(rotations[40..<55])))),
        ("use_pca", ArraySource(TensorData(scalarType: .bool, shape: [], bytes: [1]))),
        ("expression", row(fit.pose.expression ?? [])),
        ("camera_rotation", ArraySource(identity)),
        ("camera_translation", row([translation.x, translation.y, translation.z])),
        ("focal_length", row([camera.focalLength.x, camera.focalLength.y])),
        ("camera_center", row([camera.principalPoint.x, camera.principalPoint.y])),
        (
          "image_size",
          ArraySource(
            TensorData(shape: [1, 2], int64s: [Int64(fit.width), Int64(fit.height)]))
        ),
        ("gender", ArraySource(text(body.gender ?? "neutral"))),
      ].filter { $0.1.header.shape != [1, 0] }, to: path)
  }

  private static func text(_ text: String) -> TensorData {
    let scalars = text.unicodeScalars.map { $0.value }
    return TensorData(
      scalarType: .unicode(scalars.count), shape: [],
      bytes: scalars.withUnsafeBytes { [UInt8]($0) })
  }

  /// Reads a fit (`.npz`, or a pickle as SMPLify-X and DINAR have them).
  ///
  /// - Parameters:
  ///   - body: gives hand coefficients their meaning.
  ///   - width, height: of the picture that the fit is for, pixels; a fit that was made at another size
  ///     of the same picture is scaled.
  ///   - focalLength: pixels of that picture, for files that do not tell; nil for SMPLify-X's 5000.
  /// - Throws: `ProgramError` for a file that is no fit of one person, or of a picture of other
  ///   proportions.
  public static func read(
    _ path: String, body: BodyModel, width: Int, height: Int, focalLength: Float? = nil
  ) throws -> BodyFit {
    try ProgramError.locating(file: path) {
      var options = MotionOptions()
      options.takesExpression = true
      let motion: any Motion
      do {
        motion = try MotionFile.load(path: path, body: body, options: options)
      } catch var error as ProgramError where error.code == .dataError && error.key == nil {
        error.what = "this is no fit"
        error.expected = "what SMPLify-X or this program writes: .pkl or .npz of one pose"
        throw error
      }
      if let gender = motion.summary.gender, let own = body.gender, gender != own,
        AvatarDescription.genders.contains(gender)
      {
        throw ProgramError(
          .dataError, "the fit is of another body, whose shape means something else",
          key: "gender", expected: own, found: gender, hint: "give `gender` \(gender)")
      }
      guard motion.frameCount == 1 else {
        throw ProgramError(
          .dataError, "a fit has one pose", expected: "1", found: "\(motion.frameCount)",
          hint: "motions are given to animate, not here")
      }
      let betas = motion.summary.betas ?? []
      let shaped = try ShapedBody(model: body, betas: betas)
      var pose = try motion.pose(frame: 0)
      let camera = try FitFileCamera(path: path)
      camera.place(&pose, pelvis: SIMD3<Double>(shaped.restJoints[0]))
      return BodyFit(
        betas: shaped.betas, pose: pose,
        camera: try camera.pinhole(width: width, height: height, focalLength: focalLength),
        width: width, height: height)
    }
  }
}
