import Avatar
import Compute
import Foundation
import Media
import SMPLX

/// What turntable, animate and export have in common: load, frame, loop, report.
struct RenderJob {
  let assets: Assets
  private(set) var person: Person
  let settings: RenderSettings
  let pool: WorkerPool
  let run: RunOptions
  let video: VideoOptions?
  let quality: PictureOptions.Quality
  let output: FrameOutput
  let masks: FrameOutput?
  let profiles: Bool
  /// Files whose content frames depend on, besides the body.
  private(set) var sources: [String]

  /// Checks the output first, so that a wrong name costs no work, then loads the avatar.
  ///
  /// - Parameters:
  ///   - video: nil makes one picture.
  init(
    avatar: String, assets: Assets, run: RunOptions, body: BodyOptions, picture: PictureOptions,
    neural: NeuralOptions, video: VideoOptions?
  ) throws {
    self.run = run
    profiles = neural.profile
    self.video = video
    self.assets = assets
    quality = picture.effectiveQuality
    let resume = video?.resume ?? false
    if resume, run.force {
      throw ProgramError(
        .usage, "--resume keeps what is there and --force replaces it; give one of them",
        key: "--resume")
    }
    let subject = try assets.subject(avatar)
    if subject.isBody, body.body != nil {
      throw ProgramError(
        .usage, "a body is shown already", key: "--body", found: "AVATAR \(subject.path)",
        hint: "give an avatar, or leave --body out")
    }
    sources = [subject.path] + (neural.checkpoint.map { [$0] } ?? [])
    settings = try picture.settings(for: subject.description, neural)
    let plainNumbers = neural.like == .dinar
    output = try FrameOutput(
      path: run.output, single: video == nil, force: run.force, settings: settings,
      plainNumbers: plainNumbers, resume: resume)
    try video?.check(output.kind, path: run.output)
    masks = try neural.maskFolder.map { [settings] in
      try FrameOutput(
        masks: $0, force: run.force, settings: settings, plainNumbers: plainNumbers)
    }
    if let masks { try output.checkApart(from: masks) }
    pool = WorkerPool(threads: run.threads)
    if pool.threadCount < pool.wantedCount {
      run.warn("the system grants \(pool.threadCount) of \(pool.wantedCount) threads")
    }
    do {
      person = try Person(
        subject, body: body.body, checkpoint: neural.checkpoint, assets: assets, pool: pool)
    } catch var error as ProgramError where error.key == Assets.bodyKey {
      if let path = error.file, error.code == .dataError {
        error.hint = "--body \(Assets.shellWord(path)) uses it all the same"
      } else {
        error.hint = "--body FILE names it, AVATAR_BODIES=FOLDER a folder to look in"
      }
      throw error
    }
    if settings.pass == .uv, !person.hasTextureCoordinates {
      throw ProgramError(
        .dataError, "the body has no texture coordinates", file: person.body.model.path,
        key: "vt, ft",
        hint: "--pass parts and normals need none")
    }
    for notice in person.notices { run.warn(notice) }
  }

  /// Reads a motion for this person and, when asked for, takes its shape.
  mutating func load(
    _ motion: String, options: MotionFileOptions, playback: PlaybackOptions? = nil,
    at time: Double? = nil, like original: OriginalSystem? = nil
  ) throws -> any Motion {
    let path = try assets.resolve(motion, .motion)
    sources.append(path)
    if let map = options.jointMap { sources.append(map) }
    let source = try options.load(
      motion, assets: assets, body: person.body.model, playback: playback, at: time,
      like: original)
    if let betas = try ProgramError.locating(file: path, { try options.shape(of: source) }) {
      let count = person.body.model.shapeCount
      if let gender = source.summary.gender, let own = person.body.model.gender, gender != own {
        run.warn(
          "the motion's shape is of a \(gender) body, and means something else on a \(own) one")
      }
      if betas.count > count {
        run.warn(
          "the motion has \(betas.count) shape coefficients and the body \(count): the first "
            + "\(count) are taken")
      }
      person = try person.reshaped(betas: Array(betas.prefix(count)))
    }
    return source
  }
}
