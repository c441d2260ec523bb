import Compute
import Media
import SMPLX

/// What the networks get of a photo and a fitted body, made by the body's surface instead of DensePose.
public struct SurfaceTexture: Sendable {
  /// Texels along either side.
  public let size: Int
  /// RGB; what the photo shows, then what it shows of the other side; black elsewhere.
  public let texture: Picture
  /// White where the texture is known.
  public let mask: Picture
  /// (size, size): known from the other side of the body alone.
  public let mirrored: [Bool]
  /// RGB: normals of the body at rest, everywhere.
  public let normals: Picture

  /// The input at the networks' size.
  public func input(size: Int, pool: WorkerPool) throws -> TextureInput {
    try TextureInput(
      texture: PreparedPicture(texture), mask: PreparedPicture(mask),
      normals: PreparedPicture(normals), size: size, pool: pool)
  }
}

/// Makes networks' inputs of photos of one body and atlas.
public final class SurfaceProjection: Sendable {
  public let model: BodyModel
  /// Texels along either side.
  public let size: Int
  private let atlas: TextureAtlas
  private let texels: AtlasTexels

  /// As prepared textures are published.
  public static let usualSize = 512
  /// Weight of what is seen from which on a texel counts as known.
  private static let least: Float = 0.5

  public init(
    model: BodyModel, atlas: TextureAtlas, size: Int = SurfaceProjection.usualSize, pool: WorkerPool
  ) throws {
    guard (16...8192).contains(size) else {
      throw ProgramError(
        .usage, "the texture's size is out of range", expected: "16 to 8192", found: "\(size)")
    }
    self.model = model
    self.size = size
    self.atlas = atlas
    texels = AtlasTexels(atlas, model: model, size: size, pool: pool)
    guard texels.count > 0 else {
      throw ProgramError(
        .dataError, "the atlas has no triangle that covers a texel", file: model.path, key: "vt")
    }
  }

  /// - Parameters:
  ///   - matte: of the photo's size.
  ///   - fit: of a picture of the photo's size.
  ///   - offsets: what the person wears.
  ///   - landmarks: the face is warped to them; nil leaves it as the fit has it.
  ///   - removesLight: whether light is taken out of the photo, as photo avatars do.
  /// - Throws: `dataError` when the photo shows nothing of the body.
  public func texture(
    of photo: Photo, matte: Matte, fit: BodyFit, offsets: [SIMD3<Float>] = [],
    landmarks: PersonLandmarks? = nil, removesLight: Bool = false, pool: WorkerPool
  ) throws -> SurfaceTexture {
    let body = try BodySurface(ShapedBody(model: model, betas: fit.betas), pool: pool)
    let worn = try ShapedBody(model: model, betas: fit.betas, offsets: offsets)
    let pose = try PosedSurface.Pose(worn, fit: fit, pool: pool)
    // No texel would see the difference beyond: one of 512 is 3 pixels of the trunk wide then.
    let working = WorkingPhoto(
      photo, matte: matte, box: pose.box, height: min(Float(3 * size), WorkingPhoto.greatestHeight),
      pool: pool)
    let posed = try PosedSurface(
      pose, model: model, photo: working, camera: fit.camera, pool: pool)
    if removesLight {
      PhotoLight(posed, photo: working, body: body)?.remove(from: working, posed, pool: pool)
    }
    let spline = PhotoSpline(working, pool: pool)
    let shift = FaceWarp(landmarks, body: body, posed: posed, photo: working)?.shift
    let obstacles = SeenTexels.Obstacles(posed, body: body, pool: pool)
    let looks = [false, true].map {
      TexelLook(
        texels, body: body, posed: posed, photo: working, shift: shift, isMirrored: $0,
        obstacles: obstacles)
    }
    return try compose(
      (looks[0], looks[1]), FaceOpenings(body, posed),
      TexelFootprint(texels, atlas: atlas, posed: posed, spline: spline), body, pool)
  }

  /// The normals of a body at rest, RGB.
  public func normals(betas: [Float], pool: WorkerPool) throws -> Picture {
    try normals(of: BodySurface(ShapedBody(model: model, betas: betas), pool: pool), pool)
  }

  private func compose(
    _ looks: (direct: TexelLook, twin: TexelLook), _ openings: FaceOpenings,
    _ footprint: TexelFootprint, _ body: BodySurface, _ pool: WorkerPool
  ) throws -> SurfaceTexture {
    let (count, texels) = (size * size, texels)
    let colors = Plane<SIMD4<UInt8>>(count: count, filledWith: .zero)
    pool.inChunks(texels.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        func weight(_ look: TexelLook) -> Float {
          let weight = look.at(texel).weight
          let isHidden =
            weight > 0 && openings.contain(texels, texel) && !openings.show(texels, texel, look)
          return isHidden ? 0 : weight
        }
        let own = weight(looks.direct)
        let other = own < 1 ? weight(looks.twin) : 0
        let total = own + (1 - own) * other
        guard total > Self.least else { continue }
        var color = own > 0 ? footprint.color(texel, looks.direct) : .zero
        if own < 1, other > 0 {
          color += (footprint.color(texel, looks.twin) - color) * (1 - own / total)
        }
        colors[Int(texels.places[texel])] = SIMD4(
          UInt8(saturating: color.x), UInt8(saturating: color.y), UInt8(saturating: color.z),
          own > Self.least ? 2 : 1)
      }
    }
    var bytes = [UInt8](repeating: 0, count: 3 * count)
    var mask = [UInt8](repeating: 0, count: count)
    var mirrored = [Bool](repeating: false, count: count)
    var isKnown = false
    for place in 0..<count where colors[place].w > 0 {
      let color = colors[place]
      (bytes[3 * place], bytes[3 * place + 1], bytes[3 * place + 2]) = (color.x, color.y, color.z)
      mask[place] = 255
      mirrored[place] = color.w == 1
      isKnown = true
    }
    guard isKnown else {
      throw ProgramError(
        .dataError, "the photo shows nothing of the fitted body",
        hint: "see the overlay of mask and fit; give a mask of your own")
    }
    return SurfaceTexture(
      size: size, texture: try Picture(width: size, height: size, channels: 3, bytes: bytes),
      mask: try Picture(width: size, height: size, channels: 1, bytes: mask), mirrored: mirrored,
      normals: try normals(of: body, pool))
  }

  /// The normals as the authors' pictures have them: x to the person's left, y up, z forward, levels
  /// 125.5 + 94.5 n (measured on the published one), continued over the gutter.
  private func normals(of body: BodySurface, _ pool: WorkerPool) throws -> Picture {
    let plane = Plane<SIMD4<Float>>(count: size * size, filledWith: .zero)
    let (texels, normals) = (texels, body.normals)
    pool.inChunks(texels.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let normal = texels.interpolate(normals.pointer, texel)
        let unit = SIMD3(normal.x, normal.y, normal.z).normalized
        plane[Int(texels.places[texel])] = SIMD4(unit * 94.5 + 125.5, 1)
      }
    }
    return try AtlasGutter.picture(plane, size: size, pool: pool)
  }
}
