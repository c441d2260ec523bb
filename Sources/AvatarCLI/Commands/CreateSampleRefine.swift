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
  @OptionGroup(title: "Pictures") var sources: SampleRefineSourceOptions
  @OptionGroup(title: "Person") var photo: PhotoOptions
  @OptionGroup(title: "Body") var body: BodyFitOptions
  @OptionGroup(title: "Besides") var results: SampleRefineResultOptions
  @OptionGroup(title: "Run") var batch: BatchOptions

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
    let maker = try SampleRefineWork(
      self, SampleRefineAvatar(settings, assets: assets, pool: pool),
      person: photoAvatar(work, assets: assets, pool: pool))
    if work.items.contains(where: \.needsFit), settings.atlas == nil, !batch.quiet {
      Terminal.warn(
        "the networks see the body's own atlas; they are trained on the SMPL atlas, see --atlas")
    }
    Interruption.install()
    try work.forEach(quiet: batch.quiet) { try maker.make($0, place: $1) }
  }

  /// The chain of photos, where there are photos whose body is needed.
  private func photoAvatar(
    _ work: SampleRefineBatch, assets: Assets, pool: WorkerPool
  ) throws -> PhotoAvatar? {
    guard work.items.contains(where: \.needsFit) else { return nil }
    var settings = PhotoAvatarSettings()
    photo.apply(to: &settings)
    body.apply(to: &settings)
    settings.isDisplaced = !results.noDisplacement
    settings.textureSize = results.textureSize ?? settings.textureSize
    settings.fit = sources.fit
    return try batch.maker(settings, assets: assets, pool: pool)
  }
}
