import ArgumentParser
import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import NeuralRender

struct CreateSampleRefine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample-refine",
    abstract: "Makes textures and avatars with Sample&Refine's networks: a sampler and a refiner.",
    discussion: """
      avatar create sample-refine P_symmetry.png --checkpoint checkpoints/ -o infer/
      avatar create sample-refine photo.jpg --checkpoint checkpoints/ -o me.safetensors
      avatar create sample-refine photo.jpg --checkpoint checkpoints/ --fit me.npz --texture me.png -o me.safetensors
      avatar create sample-refine photo.png --iuv iuv.png --lookup dp_uv_lookup_256.npy --norm-map norm.png --checkpoint checkpoints/ -o me.png

      Prepared pictures are NAME_symmetry.png with NAME_mask_symm.png and NAME_norm.png beside it, folders of
      them, or the authors' lists; they make NAME_sampled.png and NAME_output.png. A photo is masked, fitted
      and dressed as avatar create photo does it; what it does not show of trunk, arms and legs is the
      networks', head, hands and feet are as photo avatars have them. Networks are trained on the SMPL
      atlas: --atlas names it for a body that has another one. A second run makes what is missing.
      --help-all shows every option.
      """)

  @Argument(help: "Prepared textures, folders or lists of them, or photos.")
  var pictures: [String] = []

  @Option(
    name: [.customShort("i"), .long], parsing: .unconditional,
    help: ArgumentHelp("A prepared texture, as the authors call it.", visibility: .hidden),
    transform: OptionText.parse)
  var input: String?

  @Option(
    name: [.short, .long, .customLong("out")], parsing: .unconditional,
    help: "Avatar FILE.safetensors, texture FILE.png, or a FOLDER/ of them.",
    transform: OptionText.parse)
  var output: String

  @OptionGroup(title: "Networks") var networks: SampleRefineNetworkOptions
  @OptionGroup(title: "Pictures") var sources: Sources
  @OptionGroup(title: "Person") var photo: PhotoOptions
  @OptionGroup(title: "Body") var body: BodyFitOptions
  @OptionGroup(title: "Besides") var results: Results
  @OptionGroup(title: "Run") var batch: BatchOptions

  /// Pictures that go with those that are named.
  struct Sources: ParsableArguments {
    @Option(
      name: [.long], parsing: .unconditional,
      help: ArgumentHelp(
        "Mask of a prepared texture, or a folder (default: NAME_mask_symm.png).",
        valueName: "file"),
      transform: OptionText.parse)
    var pmask: String?

    @Option(
      name: [.long, .customLong("norm_map")], parsing: .unconditional,
      help: ArgumentHelp(
        "Normal map of a prepared texture, or a folder (default: NAME_norm.png).",
        valueName: "file"),
      transform: OptionText.parse)
    var normMap: String?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "DensePose's picture of the photo: the part in blue, U in green, V in red.",
        valueName: "file"),
      transform: OptionText.parse)
    var iuv: String?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "DensePose's table, dp_uv_lookup_256.npy, for --iuv.", valueName: "file"),
      transform: OptionText.parse)
    var lookup: String?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "SMPL atlas of the body's triangles, FILE.npz with vt and ft (default: the body's own atlas).",
        valueName: "file"), transform: OptionText.parse)
    var atlas: String?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Fit of yours, as SMPLify-X or avatar fit writes it, instead of finding one.",
        valueName: "file"), transform: OptionText.parse)
    var fit: String?
  }

  /// What is made besides.
  struct Results: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("Also the networks' texture, FILE.png.", valueName: "file"),
      transform: OptionText.parse)
    var texture: String?

    @Flag(help: "Also NAME_flow.png: from where the sampler took each texel.")
    var flow = false

    @Flag(help: "Also NAME_blend_mask.png and NAME_refined.png: what the refiner kept and made.")
    var blendMask = false

    @Flag(
      help: "Of photos also NAME_symmetry.png, NAME_mask_symm.png and NAME_norm.png, as prepared.")
    var prepared = false

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "sample-refine: pictures with its names and its bytes, which are cut off and not rounded.",
        valueName: "system"))
    var like: Like?

    @Flag(help: "Leave clothes and hair as thin as paint.")
    var noDisplacement = false

    @Option(
      parsing: .unconditional,
      help:
        "Side of avatars' textures, \(Limits.textureSize) (default 2048, of prepared ones 1024).",
      transform: Limits.textureSize.parse)
    var textureSize: Int?

    enum Like: String, ExpressibleByArgument, CaseIterable {
      case sampleRefine = "sample-refine"
    }

    var rounding: SampleRefineTexture.Rounding { like == nil ? .nearest : .truncated }
  }

  mutating func validate() throws {
    if let input { pictures.append(input) }
    guard !pictures.isEmpty else {
      throw ValidationError("prepared textures, or photos, are missing")
    }
    let several = pictures.count > 1
    try photo.check(several: several)
    for (option, isGiven) in [
      ("--iuv", sources.iuv != nil), ("--fit", sources.fit != nil),
      ("--texture", results.texture != nil), ("--pmask", sources.pmask != nil),
      ("--norm-map", sources.normMap != nil),
    ] where several && isGiven {
      throw ValidationError("\(option) is for one picture")
    }
    if sources.lookup != nil, sources.iuv == nil {
      throw ValidationError("--lookup is for --iuv")
    }
    if sources.pmask != nil, sources.iuv != nil {
      throw ValidationError("--pmask is for prepared textures, --iuv for photos")
    }
    if let texture = results.texture, !texture.lowercased().hasSuffix(".png") {
      throw ValidationError("the texture is a .png, not \(texture)")
    }
  }

  func run() throws {
    let assets = Assets.locate()
    let work = try SampleRefineBatch(self, assets: assets)
    guard !work.items.isEmpty || !work.incomplete.isEmpty else {
      work.sayFinished(quiet: batch.quiet)
      if !batch.quiet { Terminal.note("\(output): nothing is missing") }
      return
    }
    var settings = try networks.settings()
    (settings.atlas, settings.lookup) = (sources.atlas, sources.lookup)
    (settings.body, settings.gender) = (body.body, (body.gender ?? .neutral).rawValue)
    if settings.body == nil, work.items.contains(where: \.paintsBody) {
      settings.body = settings.gender
    }
    settings.textureSize = results.textureSize ?? settings.textureSize
    let pool = WorkerPool(threads: batch.threads)
    let maker = try SampleRefineAvatar(settings, assets: assets, pool: pool)
    let person = try photoAvatar(work, assets: assets, pool: pool)
    if person != nil, settings.atlas == nil, !batch.quiet {
      Terminal.warn(
        "the networks see the body's own atlas; they are trained on the SMPL atlas, see --atlas")
    }
    Interruption.install()
    try work.forEach(quiet: batch.quiet) {
      try make($0, with: maker, person: person, place: $1)
    }
  }

  /// The chain of photos, where there are photos whose body is needed.
  private func photoAvatar(
    _ work: SampleRefineBatch, assets: Assets, pool: WorkerPool
  ) throws -> PhotoAvatar? {
    guard work.items.contains(where: { $0.needsFit }) else { return nil }
    var settings = PhotoAvatarSettings()
    photo.apply(to: &settings)
    body.apply(to: &settings)
    settings.isDisplaced = !results.noDisplacement
    settings.textureSize = results.textureSize ?? settings.textureSize
    settings.fit = sources.fit
    return try batch.maker(settings, assets: assets, pool: pool)
  }

  private func make(
    _ item: SampleRefineBatch.Item, with maker: SampleRefineAvatar, person: PhotoAvatar?,
    place: String
  ) throws {
    let progress = batch.report()
    defer { progress.endLine() }
    let start = ContinuousClock.now
    let clock = WorkClock<SampleRefineStage> {
      progress.update(.init(stage: place + $0.stage, done: $0.done, total: $0.total))
    }
    switch item.source {
    case .prepared(let sample):
      let texture = try maker.texture(of: sample, clock: clock)
      try clock.run(.file) {
        try item.outputs.write(texture, results, force: batch.force)
        if let avatar = item.outputs.avatar, item.outputs.isMissing(avatar) {
          try maker.write(texture, name: item.name, to: avatar, overwrite: batch.force)
        }
      }
    case .photo(let path):
      try make(item, of: PhotoFile(path: path), with: maker, person: person, progress, place, clock)
    }
    progress.endLine()
    guard !batch.quiet else { return }
    Terminal.note(
      String(
        format: "\(item.outputs.main): \(item.name), %.1f s", ProgressReport.seconds(.now - start)))
    if batch.profile { BatchOptions.say(clock.times) }
  }

  private func make(
    _ item: SampleRefineBatch.Item, of file: PhotoFile, with maker: SampleRefineAvatar,
    person: PhotoAvatar?, _ progress: ProgressReport, _ place: String,
    _ clock: WorkClock<SampleRefineStage>
  ) throws {
    let outputs = item.outputs
    func texture(_ dressed: DressedPerson?) throws -> SampleRefineTexture {
      if let iuv = sources.iuv {
        return try maker.texture(
          of: file.photo, iuv: iuv, normals: sources.normMap, clock: WorkClock())
      }
      guard let dressed else { throw ProgramError(.software, "a photo without a fit") }
      let (texture, surface) = try maker.texture(of: dressed, clock: WorkClock())
      try outputs.write(surface, force: batch.force)
      return texture
    }
    guard let person else {
      try outputs.write(texture(nil), results, force: batch.force)
      return
    }
    var report = CreationReport(photo: file.photo)
    let stages = StageClock {
      progress.update(.init(stage: place + $0.stage, done: $0.done, total: $0.total))
    }
    if let avatar = outputs.avatar, outputs.isMissing(avatar) {
      try person.make(
        of: file, output: avatar, overwrite: batch.force, report: &report, clock: stages,
        origin: "\(maker.settings.provenance), of one photo"
      ) { dressed in
        let made = try texture(dressed)
        try outputs.write(made, results, force: batch.force)
        return try maker.completion(made, on: dressed.model)
      }
    } else {
      let dressed = try person.dressed(
        in: file, overwrite: batch.force, report: &report, stages)
      try outputs.write(texture(dressed), results, force: batch.force)
    }
    progress.endLine()
    if !batch.quiet { batch.say(report, of: file) }
  }
}
