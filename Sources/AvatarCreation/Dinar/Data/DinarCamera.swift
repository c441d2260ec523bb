import Compute
import SMPLX

/// A pinhole camera in double precision, as DINAR's dataset multiplies with it.
struct DinarCamera: Sendable {
  /// Focal lengths and the principal point, pixels.
  var focal: SIMD2<Double>
  var centre: SIMD2<Double>

  /// The nearest that a vertex may be, metres.
  private static let nearest = 0.01
  /// Pixels from the picture's corner within which a person is.
  private static let farthest = 1e6

  init(focal: Double, x: Double, y: Double) {
    self.focal = SIMD2(repeating: focal)
    centre = SIMD2(x, y)
  }

  /// DINAR's for a picture of some size.
  init(width: Int, height: Int) {
    self.init(
      focal: DinarSampler.focalLength, x: Double(width / 2), y: Double(height / 2))
  }

  /// - Parameter camera: looks along z, as `BodyFit` has it.
  init(_ camera: PinholeCamera) {
    focal = SIMD2<Double>(camera.focalLength)
    centre = SIMD2<Double>(camera.principalPoint)
  }

  /// 3 x 3, row by row.
  var matrix: [Double] { [focal.x, 0, centre.x, 0, focal.y, centre.y, 0, 0, 1] }

  /// Homogeneous pixel coordinates (x z, y z, z).
  ///
  /// - Throws: `dataError` for a point that is behind the camera or far beside it.
  func project(_ point: SIMD3<Float>) throws -> SIMD3<Double> {
    let p = SIMD3<Double>(point)
    let result = SIMD3(focal.x * p.x + centre.x * p.z, focal.y * p.y + centre.y * p.z, p.z)
    // Written so that a NaN fails.
    guard p.z >= Self.nearest else {
      throw ProgramError(
        .dataError, "the fit is not before the camera", key: "camera_translation",
        expected: "a body whose vertices are at least \(Self.nearest) m away",
        found: "a vertex at \(point.z) m")
    }
    guard abs(result.x / p.z) <= Self.farthest, abs(result.y / p.z) <= Self.farthest else {
      throw ProgramError(
        .dataError, "the fit does not lie in the photo", key: "camera_translation",
        expected: "a body within \(Int(Self.farthest)) pixels",
        found: "a vertex at pixel \(result.x / p.z), \(result.y / p.z)")
    }
    return result
  }

  /// The camera of a crop's square, and how points go from the picture's pixels to it.
  func cropped(to box: CropBox, side: Int) -> CroppedCamera {
    CroppedCamera(
      camera: self, scale: Double(side) / Double(box.width),
      shift: SIMD2(Double(-box.left), Double(-box.top)) * (Double(side) / Double(box.width)))
  }
}

struct CroppedCamera {
  let camera: DinarCamera
  let scale: Double
  let shift: SIMD2<Double>

  var matrix: [Double] {
    let m = camera.matrix
    return [
      scale * m[0], 0, scale * m[2] + shift.x, 0, scale * m[4], scale * m[5] + shift.y, 0, 0, 1,
    ]
  }

  /// Homogeneous pixel coordinates of the photo in those of the square.
  func map(_ point: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(scale * point.x + shift.x * point.z, scale * point.y + shift.y * point.z, point.z)
  }
}

/// A fit's body as it stands before the camera.
struct PosedDinarFit {
  let shape: ShapedBody
  /// Without the scale of the fit: a body s times as large at t is seen as the body itself at t / s.
  let pose: BodyPose
  /// (V) metres, scaled.
  let vertices: [SIMD3<Float>]
  let joints: [SIMD3<Float>]

  init(_ fit: DinarFit, on model: BodyModel, pool: WorkerPool) throws {
    shape = try ProgramError.locating(file: fit.path) {
      try ShapedBody(model: model, betas: fit.betas, expression: fit.expression)
    }
    var pose = try fit.pose(on: model)
    let poser = BodyPoser(body: shape, pool: pool)
    try poser.pose(pose)
    let posed = poser.vertices()
    func placed(_ point: SIMD3<Float>) -> SIMD3<Float> { point * fit.scale + fit.translation }
    vertices = (0..<posed.count).map { placed(posed[$0]) }
    joints = poser.joints(contour: false).prefix(model.jointCount).map(placed)
    pose.translation = fit.translation / fit.scale
    pose.expression = nil
    self.pose = pose
  }
}
