import Compute
import SMPLX

/// Fits a body to a person's landmarks and mask.
///
///     let fitter = try BodyFitter(body: body, offsets: offsets, depth: depth, pool: pool)
///     let (fit, report) = try fitter.fit(landmarks, mask: matte)
///
/// Levenberg-Marquardt over the pose, hands, shape and expression, first on landmarks, then on the
/// outline of the silhouette too. As SMPLify-X (Pavlakos et al. 2019) in what is fitted, with landmarks
/// in depth and hand-set priors in place of its learned ones.
public final class BodyFitter {
  public let body: BodyModel
  public let offsets: LandmarkOffsets
  private let depth: DepthNetwork
  private let model: FitModel
  private let silhouette: BodySilhouette
  private let pool: WorkerPool

  public init(
    body: BodyModel, offsets: LandmarkOffsets, depth: DepthNetwork, pool: WorkerPool
  ) throws {
    self.body = body
    self.offsets = offsets
    self.depth = depth
    self.pool = pool
    model = FitModel(body)
    silhouette = try BodySilhouette(body, pool: pool)
  }

  /// - Parameter mask: of the same picture as the landmarks.
  /// - Throws: `ProgramError` for a mask of another size or without a person, and landmarks that are not
  ///   finite.
  public func fit(
    _ landmarks: PersonLandmarks, mask: Matte, options: FitOptions = FitOptions()
  ) throws -> (BodyFit, FitReport) {
    guard mask.width == landmarks.width, mask.height == landmarks.height else {
      throw ProgramError(
        .dataError, "the mask is of another size than the picture",
        expected: "\(landmarks.width) x \(landmarks.height)",
        found: "\(mask.width) x \(mask.height)")
    }
    let shape = try PersonShape(mask, pool: pool)
    var fit = try LandmarkFit(
      model: model, offsets: offsets, landmarks: landmarks, options: options, size: shape.size,
      depth: depth)
    let stage = SilhouetteStage(shape, silhouette: silhouette, pool: pool)
    try stage.run(&fit)
    fit.fitDetails()
    let (iou, outside) = try stage.overlap(fit)
    let camera = PinholeCamera.aligned(
      focalLength: SIMD2(repeating: Float(fit.camera.focalLength)),
      principalPoint: SIMD2<Float>(fit.camera.principalPoint))
    let result = BodyFit(
      betas: fit.betas(), pose: fit.pose(), camera: camera, width: landmarks.width,
      height: landmarks.height)
    let report = FitReport(fit.quality(), iou: iou, outside: outside)
    return (result, report)
  }
}
