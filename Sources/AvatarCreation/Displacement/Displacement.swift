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
    /// Where the photo shows other colours than skin.
    public var wears: Wardrobe
    /// Whether the feet were given shoes, which they are on the bodies that shoes were made for.
    public var hasShoes: Bool
  }

  /// What a person has on, as far as colours tell.
  public struct Wardrobe: Sendable, Equatable {
    public var top: Bool
    public var bottom: Bool
    public var shoes: Bool
  }

  /// Pixels of the longer side of the picture that is worked on.
  static let workingSide = 1024

  /// - Parameters:
  ///   - body: the fitted shape, without offsets.
  ///   - fit: pose and camera, of the photo's size.
  ///   - matte: the person, of the photo's size.
  ///   - shoes: worn where the feet do not have the face's colour, by bodies that they were made for.
  /// - Throws: `dataError` for a fit of another size or of another body.
  public static func solve(
    body: ShapedBody, fit: BodyFit, matte: Matte, photo: Photo, shoes: ShoeMorph? = nil,
    pool: WorkerPool
  ) throws -> Result {
    guard fit.width == matte.width, fit.height == matte.height else {
      throw ProgramError(
        .dataError, "the fit was made for a picture of another size",
        expected: "\(matte.width) x \(matte.height)", found: "\(fit.width) x \(fit.height)")
    }
    let surface = try DressedSurface(body: body, fit: fit, pool: pool)
    let regions = SurfaceRegions(body)
    let factor = min(1, Float(workingSide) / Float(max(matte.width, matte.height)))
    let width = max(1, Int(saturating: Float(matte.width) * factor))
    let height = max(1, Int(saturating: Float(matte.height) * factor))
    var camera = fit.camera
    let scale = SIMD2(
      Float(width) / Float(matte.width), Float(height) / Float(matte.height))
    camera.focalLength *= scale
    camera.principalPoint *= scale
    let picture = OutlineTargets.Picture(
      matte: matte.resized(width: width, height: height, pool: pool), camera: camera,
      farthest: OutlineFit.farthest)
    let adjacency = VertexAdjacency(
      faces: body.model.faces, vertexCount: body.model.vertexCount)
    let base = try Self.base(
      surface, regions, adjacency, picture: picture, photo: photo, scale: scale, shoes: shoes)
    let outline = OutlineFit(
      surface: surface, regions: regions, adjacency: adjacency, base: base.offsets,
      hasShoes: base.hasShoes)
    let offsets = outline.offsets(
      base: base.offsets, outline.displacements(base: base.offsets, picture: picture))
    func overlap(_ offsets: [SIMD3<Float>]) -> Float {
      picture.matte.overlap(
        surface.render(
          surface.posed(offsets), camera: camera, width: width, height: height))
    }
    return Result(
      offsets: offsets, overlapBefore: overlap(offsets.map { _ in .zero }),
      overlapAfter: overlap(offsets), wears: base.wears, hasShoes: base.hasShoes)
  }
}

extension Displacement {
  /// Cloth and shoes before the outline is looked at.
  private static func base(
    _ surface: DressedSurface, _ regions: SurfaceRegions, _ adjacency: VertexAdjacency,
    picture: OutlineTargets.Picture, photo: Photo, scale: SIMD2<Float>, shoes: ShoeMorph?
  ) throws -> (offsets: [SIMD3<Float>], hasShoes: Bool, wears: Wardrobe) {
    let body = surface.body
    let faces = body.model.faces
    let joints = body.model.dominantJoints()
    let seen = SeenColors(
      points: surface.bare, normals: surface.normals(surface.bare), faces: faces,
      ids: surface.render(
        surface.bare, camera: picture.camera, width: picture.matte.width,
        height: picture.matte.height), picture: picture, photo: photo, scale: scale,
      regions: regions)
    // Hips and the joints of the thighs; what is above is the top's.
    func isBottom(_ vertex: Int) -> Bool {
      (regions[vertex] == .trunk || regions[vertex] == .leg) && joints[vertex] <= 2
    }
    func isTop(_ vertex: Int) -> Bool { regions[vertex] == .trunk && joints[vertex] > 2 }
    func isSkin(_ share: Float?, unseen: Bool) -> Bool { share.map { $0 > 0.5 } ?? unseen }
    // Without a face to compare with, people are dressed.
    let top = !isSkin(seen.skinShare(isTop), unseen: false)
    let bottom = !isSkin(seen.skinShare(isBottom), unseen: false)
    let feet = !isSkin(seen.skinShare { regions[$0] == .foot }, unseen: !bottom)
    var offsets = ClothBase.offsets(
      of: body, adjacency: adjacency, normals: surface.normals,
      isClothed: { top && isTop($0) || bottom && isBottom($0) })
    let morph = feet ? try shoes?.offsets(for: body) : nil
    if let morph {
      for vertex in offsets.indices { offsets[vertex] += morph[vertex] }
    }
    return (offsets, morph != nil, Wardrobe(top: top, bottom: bottom, shoes: feet))
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
