import Compute
import SMPLX

extension PhotoTexture {
  /// Makes the texture of a person.
  ///
  /// - Parameters:
  ///   - matte: of the photo's size.
  ///   - fit: of a picture of the photo's size.
  ///   - offsets: what the person wears, as for `ShapedBody`.
  ///   - landmarks: the face is warped to them; nil leaves it as the fit has it.
  ///   - face: where the network's points of a face lie on the body (`FacePoints`); nil takes the 51 that
  ///     bodies know themselves.
  ///   - size: texels along either side, 64 to 8192.
  ///   - completion: colours of trunk, arms and legs that others found for what the photo does not show.
  ///   - progress: told what begins; false cancels.
  /// - Throws: `dataError` for a body without texture coordinates, sizes that do not fit each other, a
  ///   matte that leaves nothing, a body outside the picture; `interrupted`.
  public static func make(
    photo: Photo, matte: Matte, body model: BodyModel, fit: BodyFit, offsets: [SIMD3<Float>] = [],
    landmarks: PersonLandmarks? = nil, face: [FacePoints.Place]? = nil, size: Int = 2048,
    completion: LimbCompletion? = nil, pool: WorkerPool,
    progress: (String) -> Bool = { _ in true }
  ) throws -> PhotoTexture {
    try check(photo, matte, model, fit, size)
    func begin(_ stage: String) throws {
      guard progress(stage) else { throw ProgramError(.interrupted, "interrupted") }
    }
    try begin("reading the photo")
    let shaped = try ShapedBody(model: model, betas: fit.betas)
    let worn = try ShapedBody(model: model, betas: fit.betas, offsets: offsets)
    let surface = try BodySurface(shaped, pool: pool)
    let pose = try PosedSurface.Pose(worn, fit: fit, pool: pool)
    let working = WorkingPhoto(photo, matte: matte, box: pose.box, pool: pool)
    let posed = try PosedSurface(
      pose, model: model, photo: working, camera: fit.camera, pool: pool)
    try begin("taking the light out")
    PhotoLight(posed, photo: working, body: surface)?.remove(from: working, posed, pool: pool)
    let spline = PhotoSpline(working, pool: pool)
    let atlas = try AtlasTexels(model: model, size: size, pool: pool)
    try begin("projecting the photo")
    let warp = FaceWarp(landmarks, places: face, body: surface, posed: posed, photo: working)
    let seen = SeenTexels(
      atlas, body: surface, posed: posed, photo: working, spline: spline,
      shift: warp?.shift, pool: pool)
    guard (0..<atlas.count).contains(where: { seen.colors[$0].w > 0.5 }) else {
      throw ProgramError(
        .dataError, "the photo shows nothing of the fitted body",
        hint: "see the overlay of mask and fit; give a mask of your own")
    }
    seen.feather(atlas, body: surface, pool: pool)
    try begin("filling what is not seen")
    let colors = PersonColors(seen, atlas: atlas, body: surface, posed: posed, photo: working)
    var charts = Chart.charts(seen, atlas: atlas, body: surface, posed: posed, pool: pool)
    if Overhang.distrust(seen, charts, atlas: atlas, body: surface, pool: pool) {
      charts = Chart.charts(seen, atlas: atlas, body: surface, posed: posed, pool: pool)
    }
    let limbs = ChartFill(charts, body: surface, colors: colors, pool: pool)
    let filled = limbs.fill(
      seen, atlas: atlas, body: surface, photo: spline, pool: pool)
    let head = HeadFill(seen, atlas: atlas, body: surface, colors: colors, pool: pool)
    head.fill(filled, over: limbs, atlas: atlas, pool: pool)
    HandFill.fill(seen, filled, atlas: atlas, body: surface, colors: colors, pool: pool)
    FootFill.fill(seen, filled, atlas: atlas, body: surface, pool: pool)
    TwinFill.fill(
      seen, filled, atlas: atlas, body: surface, posed: posed, photo: spline, pool: pool)
    completion?.fill(filled, atlas: atlas, body: surface, pool: pool)
    HarmonicFill.fill(
      seen, over: filled, atlas: atlas, body: surface, glasses: head.glasses, pool: pool)
    EyeFill.fill(
      seen, filled, atlas: atlas, body: surface, skin: head.skin, colors: colors, pool: pool)
    return compose(
      seen, filled, atlas: atlas, body: surface, notices: notices(warp), pool: pool)
  }

  private static func check(
    _ photo: Photo, _ matte: Matte, _ model: BodyModel, _ fit: BodyFit, _ size: Int
  ) throws {
    guard (64...8192).contains(size) else {
      throw ProgramError(
        .usage, "the texture's size is out of range", expected: "64 to 8192", found: "\(size)")
    }
    for (what, width, height) in [
      ("mask", matte.width, matte.height), ("fit", fit.width, fit.height),
    ] where width != photo.width || height != photo.height {
      throw ProgramError(
        .dataError, "the \(what) is of another picture",
        expected: "\(photo.width) x \(photo.height)", found: "\(width) x \(height)")
    }
  }

  private static func notices(_ warp: FaceWarp?) -> [String] {
    guard let warp, warp.error > FaceWarp.greatestError else { return [] }
    return [
      "the fitted head is not where the photo's face is; the face is taken as the fit has it"
    ]
  }

  /// Blends what is seen over what is filled and continues it over the gutter.
  private static func compose(
    _ seen: SeenTexels, _ filled: Plane<SIMD4<Float>>, atlas: AtlasTexels, body: BodySurface,
    notices: [String], pool: WorkerPool
  ) -> PhotoTexture {
    let (size, groups) = (atlas.size, body.groups)
    let image = Plane<SIMD4<Float>>(count: size * size, filledWith: .zero)
    var known = [UInt8](repeating: 0, count: size * size)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let (direct, guess) = (seen.colors[texel], filled[texel])
        // A head's sides need a wide border: light changes over them.
        let isHead =
          groups[Int(atlas.corners[3 * Int(atlas.faces[texel])])][BodyGroup.head.rawValue] > 0.5
        var color = guess + (direct - guess) * smoothStep(direct.w, 0.05, isHead ? 0.9 : 0.5)
        color.w = 1
        image[Int(atlas.places[texel])] = color
      }
    }
    for texel in 0..<atlas.count {
      known[Int(atlas.places[texel])] = UInt8(saturating: seen.colors[texel].w * 255)
    }
    PushPull.fill(image, width: size, height: size, pool: pool)
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * size * size) { bytes, count in
      for place in 0..<size * size {
        let color = image[place]
        bytes[3 * place] = UInt8(saturating: color.x)
        bytes[3 * place + 1] = UInt8(saturating: color.y)
        bytes[3 * place + 2] = UInt8(saturating: color.z)
      }
      count = 3 * size * size
    }
    return PhotoTexture(size: size, pixels: pixels, known: known, notices: notices)
  }
}
