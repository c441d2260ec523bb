import Compute
import SMPLX

/// Clothes, hair and shoes as movements of a body's rest mesh.
///
///     let dressed = try Displacement.solve(body: body, fit: fit, matte: matte, photo: photo, pool: pool)
///     description.offsets = AvatarFile.offsetsTensor
public enum Displacement {
  public struct Result: Sendable {
    /// (V) metres in the rest pose, for `ShapedBody(offsets:)`.
    public var offsets: [SIMD3<Float>]
    /// Intersection over union of the matte and the rendered person, before and after.
    public var overlapBefore: Float
    public var overlapAfter: Float
  }

  /// Pixels of the longer side of the picture that is worked on.
  static let workingSide = 1024

  /// - Parameters:
  ///   - body: the fitted shape, without offsets.
  ///   - fit: pose and camera, of the photo's size.
  ///   - matte: the person, of the photo's size.
  /// - Throws: `dataError` for a fit of another size or of another body.
  public static func solve(
    body: ShapedBody, fit: BodyFit, matte: Matte, photo: Photo, pool: WorkerPool
  ) throws -> Result {
    guard fit.width == matte.width, fit.height == matte.height else {
      throw ProgramError(
        .dataError, "the fit was made for a picture of another size",
        expected: "\(matte.width) x \(matte.height)", found: "\(fit.width) x \(fit.height)")
    }
    let surface = try DressedSurface(body: body, fit: fit, pool: pool)
    let regions = SurfaceRegions(body)
    let factor = min(1, Float(workingSide) / Float(max(matte.width, matte.height)))
    let width = max(1, Int((Float(matte.width) * factor).rounded()))
    let height = max(1, Int((Float(matte.height) * factor).rounded()))
    var camera = fit.camera
    let scale = SIMD2(
      Float(width) / Float(matte.width), Float(height) / Float(matte.height))
    camera.focalLength *= scale
    camera.principalPoint *= scale
    let picture = OutlineTargets.Picture(
      matte: matte.scaled(to: width, height), camera: camera, farthest: OutlineFit.farthest)
    let base = [SIMD3<Float>](repeating: .zero, count: surface.vertexCount)
    let outline = OutlineFit(surface: surface, regions: regions, base: base)
    let offsets = outline.offsets(
      base: base, outline.displacements(base: base, picture: picture))
    func overlap(_ offsets: [SIMD3<Float>]) -> Float {
      picture.matte.overlap(
        surface.render(
          surface.posed(offsets), camera: camera, width: width, height: height))
    }
    return Result(
      offsets: offsets, overlapBefore: overlap(base), overlapAfter: overlap(offsets))
  }
}

extension Matte {
  /// Intersection over union of the pixels that are mostly covered and those of a render that show something.
  func overlap(_ ids: [Int32]) -> Float {
    var (both, either) = (0, 0)
    for (covered, id) in zip(coverage, ids) {
      if covered > 0.5 && id >= 0 { both += 1 }
      if covered > 0.5 || id >= 0 { either += 1 }
    }
    return either > 0 ? Float(both) / Float(either) : 0
  }
}
