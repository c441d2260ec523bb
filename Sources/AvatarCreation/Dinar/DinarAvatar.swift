import Avatar
import Compute
import Media
import NeuralRender
import SMPLX

/// From DINAR's photo, mask and fit to a neural avatar: the whole chain.
///
///     photo -> square -> style -> generated texture -+
///                 |                                  |
///                 +-> texels that it shows ----------+-> latent -> diffusion -> texture -> avatar file
///
/// Matches: DINAR's `inference.py` up to its fine-tuning. Bodies and tables are read once and serve any number
/// of persons, one at a time; networks are there while they are needed. The same files and seed give the same avatar with any
/// number of threads.
public final class DinarAvatar {
  public let settings: DinarSettings
  /// What was derived that DINAR has in files, a sentence each.
  public let notices: [String]
  let assets: Assets
  let pool: WorkerPool
  private let networks: DinarNetworks
  private let sampler: DiffusionSampler
  private let bodies: DinarBodies
  private let samples: DinarSampler
  private let importing: DinarImport
  /// Made when the first person is to be drawn.
  private var portrait: DinarPortrait?
  /// Made when the first photo without a fit comes.
  private var finding: PhotoAvatar?

  /// Opens and checks the checkpoint, the bodies and the tables.
  ///
  /// - Parameter beside: the data folder; bodies and tables of the original's layout are looked for
  ///   beside it.
  /// - Throws: when something is missing or does not fit, and for steps that the solver cannot take:
  ///   before anything slow is done.
  public init(
    _ settings: DinarSettings, beside data: String?, assets: Assets, pool: WorkerPool
  ) throws {
    self.settings = settings
    self.assets = assets
    self.pool = pool
    let configuration = try DinarConfiguration.find(
      given: settings.configuration, checkpoint: settings.checkpoint)
    let checkpoint = try DinarCheckpoint(
      path: settings.checkpoint, heads: configuration.heads)
    networks = try DinarNetworks(
      checkpoint, settings.precision == .fast ? .sixteenBits : .exact, pool: pool)
    sampler = try DiffusionSampler(settings.solver, schedule: networks.schedule)
    let layout = DinarLayout(
      beside: [data, PathParts(settings.checkpoint).folder + "x"].compactMap { $0 },
      configuration: configuration)
    let body = settings.body ?? layout.bodies
    bodies = try DinarBodies(
      bodies: body, tables: settings.tables ?? layout.tables, checkpoint: checkpoint.weights,
      textureSize: networks.textureSize, assets: assets, pool: pool)
    notices =
      (configuration.path == nil
        ? [
          "no eval.yaml beside the checkpoint: the diffusion network's \(configuration.attentionHeads) "
            + "heads are the released ones' (`config` names a file)"
        ] : []) + bodies.notices
    samples = DinarSampler(
      bodies: bodies, side: checkpoint.encoder.sizes.imageSize, pool: pool)
    importing = try DinarImport(
      checkpoint.weights, surface: bodies.surface, body: body,
      embedsWeights: settings.embedsWeights, assets: assets, pool: pool)
  }

  /// Reads a person's files and cuts the square that the networks see.
  public func sample(_ person: DinarFolder.Person) throws -> DinarSample {
    try samples.sample(person)
  }

  /// Finds a person in a photo, with mask and fit on the checkpoint's body, and cuts the square.
  ///
  /// - Parameters:
  ///   - report: gets what each stage made, with what the user should know.
  ///   - clock: asked whether to go on.
  public func sample(
    of file: PhotoFile, report: inout CreationReport, clock: WorkClock<DinarStage>
  ) throws -> DinarSample {
    let goesOn = { (_: FrameProgress) in clock.goesOn(.reading) }
    let finding = try self.finding ?? photoFitter(progress: goesOn)
    self.finding = finding
    let stages = StageClock(progress: goesOn)
    let person = try finding.find(in: file, report: &report, clock: stages)
    let fit = try finding.fit(person, report: &report, clock: stages)
    return try samples.sample(
      name: PathParts(file.path).stem, photo: person.photo, matte: person.matte, fit: fit,
      gender: settings.gender, path: file.path)
  }

  private func photoFitter(progress: @escaping (FrameProgress) -> Bool) throws -> PhotoAvatar {
    var photos = PhotoAvatarSettings()
    photos.person = settings.person
    photos.gender = settings.gender
    photos.body = try bodies.body(settings.gender).path
    photos.bodyColumns = DinarFit.columns
    return try PhotoAvatar(photos, assets: assets, pool: pool, progress: progress)
  }

  /// Makes the texture of a person.
  ///
  /// - Parameters:
  ///   - photos: of one person; style, body and pose are those of the first.
  ///   - noise: nil follows from the seed.
  ///   - preview: gets the decoded texture every few steps of the diffusion; nil for none.
  public func texture(
    of photos: [DinarSample], noise given: (any NoiseSource)? = nil, clock: WorkClock<DinarStage>,
    preview: ((_ step: Int, _ texture: Tensor) throws -> Void)? = nil
  ) throws -> DinarTexture {
    guard let first = photos.first else {
      throw ProgramError(.software, "a person without a photo")
    }
    let noise = given ?? SeededNoise(seed: settings.seed)
    let generated = try clock.run(.style) {
      try networks.generatedTexture(
        networks.style(colours: first.inputRGB, mask: first.mask, noise: noise), noise: noise)
    }
    let size = networks.textureSize
    let (known, rasters) = try clock.run(.projection) {
      let rasters = try photos.map { try PhotoRaster($0, surface: bodies.surface, pool: pool) }
      let parts = try zip(photos, rasters).map {
        try KnownTexture($0, raster: $1, size: size, wrapsWhite: $0.fit.isOriginal)
      }
      return (try KnownTexture.merging(parts).0, rasters)
    }
    let source = known.texture(generated: generated)
    let (latent, condition, kept) = try clock.run(.compression) {
      let latent = try networks.latent(source)
      let (height, width) = (latent.shape[2], latent.shape[3])
      let mask = known.conditionMask(width: width, height: height)
      let kept = try KnownRegion(
        latent: latent, mask: known.keptMask(width: width, height: height))
      return (latent, Tensor(joiningChannelsOf: [latent, mask]), kept)
    }
    networks.release()
    let completed = try clock.run(.diffusion) {
      try networks.completed(
        condition: condition, known: kept, sampler: sampler, noise: noise
      ) { step in
        try clock.goOn(.diffusion, part: Double(step.number) / Double(step.count))
        guard let preview, Self.isPreviewed(step) else { return }
        let latent = Tensor(shape: latent.shape, Array(step.prediction))
        try preview(step.number, networks.texture(latent).texture)
      }
    }
    networks.release()
    let (decoded, codes) = try clock.run(.decoding) { try networks.texture(completed) }
    networks.release()
    let merge = TextureMerge(
      source: source, inpainted: decoded, known: known, islands: bodies.maps.islands)
    return DinarTexture(
      sample: first, raster: rasters[0], known: known, source: source, latent: latent,
      completed: completed, codes: codes, decoded: decoded, merge: merge)
  }

  /// Writes the avatar's file.
  ///
  /// - Returns: things the user should know.
  public func write(
    _ texture: DinarTexture, name: String, to output: String, overwrite: Bool,
    clock: WorkClock<DinarStage>
  ) throws -> [String] {
    try clock.run(.file) {
      try importing.makeAvatar(
        of: texture.person(name: name), at: output, overwrite: overwrite,
        provenance: settings.provenance,
        progress: { clock.goesOn(.file, part: Double($0.done) / Double(max($0.total, 1))) })
    }
  }

  /// A person as DINAR's own test run keeps it, drawn by the renderer as in the photo.
  public func record(_ texture: DinarTexture) throws -> DinarRecord {
    let portrait =
      try self.portrait
      ?? DinarPortrait(
        networks.checkpoint, side: texture.sample.side, textureSize: networks.textureSize,
        pool: pool)
    self.portrait = portrait
    let (rgb, segm) = try portrait.draw(texture.merge.texture, on: texture.raster)
    return DinarRecord(
      sample: texture.sample, texture: texture.merge.texture, inpainted: texture.decoded,
      mask: texture.merge.mask, normalAngles: texture.known.normalAngles, picture: rgb,
      segmentation: segm)
  }

  /// About five pictures a run, the last one among them.
  private static func isPreviewed(_ step: SamplerStep) -> Bool {
    let interval = max(1, step.count / 5)
    return step.number % interval == 0 || step.number == step.count
  }
}
