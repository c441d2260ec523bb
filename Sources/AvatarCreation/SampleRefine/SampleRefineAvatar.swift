import Avatar
import Compute
import Foundation
import Media
import NeuralRender
import SMPLX
import TensorFiles

/// Makes textures and avatars with Sample&Refine's networks: of prepared pictures, of DensePose's IUV
/// pictures, or of photos with a fitted body.
///
/// Networks are planned once and serve any number of persons, one at a time.
public final class SampleRefineAvatar {
  public let settings: SampleRefineSettings
  private let assets: Assets
  private let pool: WorkerPool
  private let networks: SampleRefineNetworks
  private let lookup: SurfaceLookup?
  /// The body that prepared textures are put on, and the atlas that they are of.
  private var body: TexturedBody?
  private var projection: SurfaceProjection?

  /// - Throws: before any work: networks that are missing or exchanged, options that contradict them, a
  ///   size that does not suit them, a table or a body that is none.
  public init(_ settings: SampleRefineSettings, assets: Assets, pool: WorkerPool) throws {
    self.settings = settings
    self.assets = assets
    self.pool = pool
    if let path = settings.lookup {
      lookup = try SurfaceLookup(path: path)
    } else if let path = settings.atlas, try SurfaceLookup.hasCharts(path) {
      lookup = try SurfaceLookup(chartsIn: path)
    } else {
      lookup = nil
    }
    let found = try SampleRefineCheckpoints(
      path: Self.place(settings.checkpoint), choice: settings.choice)
    networks = try SampleRefineNetworks(
      found.checkpoint, size: settings.size,
      precision: settings.precision == .fast ? .sixteenBits : .exact, pool: pool)
    hasRefiner = found.refinerPath != nil
    if settings.body != nil || settings.atlas != nil { _ = try texturedBody() }
  }

  /// Whether there is a refiner behind the sampler.
  public let hasRefiner: Bool

  /// A run's name is looked for where the authors' program has its runs.
  private static func place(_ path: String) -> String {
    guard !FileManager.default.fileExists(atPath: path), !path.contains("/") else { return path }
    return ["checkpoints/\(path)", "output/\(path)"].first(where: InputFile.isFolder) ?? path
  }

  /// The texture of a prepared sample.
  public func texture(
    of sample: PreparedSample, clock: WorkClock<SampleRefineStage>
  ) throws -> SampleRefineTexture {
    let input = try clock.run(.reading) {
      try TextureInput(sample, size: settings.size, pool: pool)
    }
    if let body {
      try ProgramError.locating(file: sample.mask) {
        try AtlasAgreement.check(
          mask: PreparedPicture(path: sample.mask), atlas: body.atlas, model: body.model, pool: pool
        )
      }
    }
    return try run(input, clock)
  }

  /// The texture of a photo by DensePose's IUV picture of it, and what the networks got.
  ///
  /// - Parameter normals: the normal map of the SMPL atlas; nil draws the body's, which must have that atlas.
  public func texture(
    of photo: Photo, iuv path: String, normals: String?, clock: WorkClock<SampleRefineStage>
  ) throws -> (SampleRefineTexture, SurfaceTexture) {
    let surface = try clock.run(.reading) {
      guard let lookup else { throw SurfaceLookup.missing }
      let iuv = try IUVPicture(path: path)
      let size = SurfaceProjection.usualSize
      let (coordinates, partial) = try ProgramError.locating(file: path) {
        let coordinates = try AtlasCoordinates(iuv, lookup: lookup, size: size, pool: pool)
        return (coordinates, try IUVTexture(coordinates, of: iuv, photo: photo, pool: pool))
      }
      return SurfaceTexture(
        size: size, texture: partial.texture, mask: partial.mask, mirrored: coordinates.mirrored,
        normals: try normals.map { try PictureFile.read(path: $0) } ?? restNormals())
    }
    let input = try surface.input(size: settings.size, pool: pool)
    return (try run(input, clock), surface)
  }

  private func restNormals() throws -> Picture {
    let body = try texturedBody()
    return try projection(body.model, body.atlas).normals(betas: [], pool: pool)
  }

  /// The texture of a photo by the body that was fitted to it.
  public func texture(
    of dressed: DressedPerson, clock: WorkClock<SampleRefineStage>
  ) throws -> (SampleRefineTexture, SurfaceTexture) {
    let model = dressed.model
    let atlas = try atlas(of: model)
    let surface = try clock.run(.reading) {
      try projection(model, atlas).texture(
        of: dressed.person.photo, matte: dressed.person.matte, fit: dressed.fit,
        offsets: dressed.offsets, landmarks: dressed.person.landmarks, removesLight: true,
        pool: pool)
    }
    let input = try surface.input(size: settings.size, pool: pool)
    return (try run(input, clock), surface)
  }

  private func run(
    _ input: TextureInput, _ clock: WorkClock<SampleRefineStage>
  ) throws -> SampleRefineTexture {
    try clock.run(.networks) {
      let count = input.size * input.size
      let values = input.planes.map { Float($0) / 255 }
      let result = try networks.run(
        texture: Array(values[..<(3 * count)]), normals: Array(values[(3 * count)..<(6 * count)]),
        mask: Array(values[(6 * count)...]))
      return SampleRefineTexture(input: input, result: result)
    }
  }

  /// What a photo avatar takes for what its photo does not show.
  public func completion(
    _ texture: SampleRefineTexture, on model: BodyModel
  ) throws -> LimbCompletion {
    let size = min(4 * settings.size, 2048)
    let picture = try carried(texture.picture(), from: atlas(of: model), on: model, size: size)
    return LimbCompletion(size: size, pixels: picture.bytes())
  }

  private func carried(
    _ picture: Picture, from atlas: TextureAtlas, on model: BodyModel, size: Int
  ) throws -> Picture {
    try AtlasTransfer(
      from: atlas, to: TextureAtlas(of: model), model: model, size: size, pool: pool
    ).carry(picture, pool: pool)
  }

  /// Writes the avatar of a prepared texture: the body in the shape of its file, painted all over.
  public func write(
    _ texture: SampleRefineTexture, name: String, to output: String, overwrite: Bool
  ) throws {
    let body = try texturedBody()
    let size = settings.textureSize
    let picture = try carried(texture.picture(), from: body.atlas, on: body.model, size: size)
    var description = AvatarDescription(
      name: name,
      body: try assets.reference(toBody: body.model.path, gender: body.model.gender), betas: [],
      decoder: .init(kind: PlainAppearance.kind, light: Light.none.rawValue),
      textures: ["color": .init(tensor: "texture", encoding: "raw")])
    description.provenance = settings.provenance
    try AvatarFile.write(
      description,
      tensors: [("texture", TensorData(shape: [size, size, 3], bytes: picture.bytes()))],
      to: output, overwrite: overwrite)
  }

  private struct TexturedBody {
    let model: BodyModel
    let atlas: TextureAtlas
  }

  private func texturedBody() throws -> TexturedBody {
    if let body { return body }
    let path = try BodyModel.file(
      in: assets.resolve(settings.body ?? settings.gender, .body), gender: settings.gender)
    let model = try BodyModel.load(path: path)
    let made = TexturedBody(model: model, atlas: try atlas(of: model))
    body = made
    return made
  }

  /// The atlas that the networks see a body's textures in.
  private func atlas(of model: BodyModel) throws -> TextureAtlas {
    try settings.atlas.map { try TextureAtlas(path: $0, for: model) } ?? TextureAtlas(of: model)
  }

  private func projection(
    _ model: BodyModel, _ atlas: TextureAtlas
  ) throws -> SurfaceProjection {
    if let projection, projection.model === model { return projection }
    let made = try SurfaceProjection(model: model, atlas: atlas, pool: pool)
    projection = made
    return made
  }
}
