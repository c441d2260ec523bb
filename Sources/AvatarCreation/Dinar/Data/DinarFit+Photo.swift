import Compute
import Media
import SMPLX
import TensorFiles

extension DinarFit {
  /// A fit of the photo chain in DINAR's terms: ten betas, ten expression coefficients, six components a
  /// hand, DINAR's eyes.
  ///
  /// The camera stays the fit's own, so that vertices keep their pixels: another focal length at another
  /// distance would foreshorten arms and feet differently. All that follows (rasters, normals, pictures)
  /// reads the camera from the sample's calibration, not from DINAR's constant. A fit that was made with
  /// DINAR's focal length of 5000 pixels is DINAR's to half a pixel, the rounding of its picture's middle.
  ///
  /// - Parameters:
  ///   - fit: on `body`.
  ///   - body: `DinarBodies.body`, which has ten betas.
  ///   - path: what errors name, usually the photo.
  /// - Throws: `dataError` for a fit of another kind of body.
  public init(_ fit: BodyFit, body: DinarBodies.Entry, path: String) throws {
    let rotations = fit.pose.rotations
    guard rotations.count == BodyPose.jointCount,
      fit.betas.dropFirst(Self.shapeCount).allSatisfy({ $0 == 0 })
    else {
      throw ProgramError(
        .dataError, "the fit is not one of the checkpoint's body", file: path, key: "betas",
        expected: "\(BodyPose.jointCount) joints and \(Self.shapeCount) betas",
        found: "\(rotations.count) joints and \(fit.betas.count) betas")
    }
    func row(_ values: [Float], _ count: Int) -> PickleValue {
      let kept = Array(values.prefix(count))
      return .tensor(
        TensorData(
          shape: [1, count],
          floats: kept + [Float](repeating: 0, count: count - kept.count)))
    }
    func vectors(_ vectors: ArraySlice<SIMD3<Float>>) -> PickleValue {
      row(vectors.flatMap { [$0.x, $0.y, $0.z] }, 3 * vectors.count)
    }
    let hands = HandCoefficients(body.model)
    let components = [Self.handComponentCount]
    let place = fit.pose.translation
    let content: [(String, PickleValue)] = [
      ("betas", row(fit.betas, Self.shapeCount)),
      ("expression", row(fit.pose.expression ?? [], Self.expressionCount)),
      ("global_orient", vectors(rotations[0..<1])),
      ("body_pose", vectors(rotations[1..<22])),
      (
        "left_hand_pose",
        row(hands.left(Array(rotations[25..<40]), counts: components), components[0])
      ),
      (
        "right_hand_pose",
        row(hands.right(Array(rotations[40..<55]), counts: components), components[0])
      ),
      ("jaw_pose", vectors(rotations[22..<23])),
      ("leye_pose", vectors(rotations[23..<24])),
      ("reye_pose", vectors(rotations[24..<25])),
      ("gender", .string(body.gender)),
      ("transl", row([place.x, place.y, place.z], 3)),
    ]
    try self.init(
      DinarFitEntries(.dict(content.map { (.string($0.0), $0.1) }), path: path), path: path,
      camera: DinarCamera(fit.camera))
  }
}

extension DinarSampler {
  /// A person of the photo chain as DINAR's networks take them.
  ///
  /// - Parameters:
  ///   - fit: of the photo, at its size, on the sampler's body of `gender`.
  ///   - path: what errors name, usually the photo's file.
  public func sample(
    name: String, photo: Photo, matte: Matte, fit: BodyFit, gender: String, path: String
  ) throws -> DinarSample {
    let picture = try Picture(
      width: photo.width, height: photo.height, channels: 3, bytes: photo.pixels)
    let mask = try Picture(
      width: matte.width, height: matte.height, channels: 1,
      bytes: matte.coverage.map { UInt8(saturating: $0 * 255) })
    guard fit.width == photo.width, fit.height == photo.height, matte.width == photo.width,
      matte.height == photo.height
    else {
      throw ProgramError(
        .software, "photo, mask and fit have different sizes", file: path,
        expected: "\(photo.width) x \(photo.height)",
        found: "\(matte.width) x \(matte.height) and \(fit.width) x \(fit.height)")
    }
    return try sample(
      name: name, photo: picture, mask: mask, fit: DinarFit(fit, body: body(gender), path: path),
      maskPath: path)
  }
}
