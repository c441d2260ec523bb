import ArgumentParser
import Avatar
import AvatarCreation
import Compute
import Foundation
import Media

struct CreateDinar: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dinar",
    abstract: "Makes avatars with DINAR's networks: neural textures, completed by diffusion.",
    discussion: """
      avatar create dinar data/ --checkpoint dinar.ckpt \\
        --body smplx_models --tables smplx_data -o people/
      avatar turntable people/person01.safetensors -o turn.mp4
      avatar create dinar data/ --checkpoint dinar.ckpt --person person01 \\
        --solver ddim --steps 200 -o people/
      avatar create dinar photo.jpg --checkpoint dinar.ckpt -o me.safetensors
      avatar create dinar front.jpg back.jpg --merge anna \\
        --checkpoint dinar.ckpt -o anna.safetensors

      DATA is DINAR's: rgb/NAME.png, segm/NAME.png, smplx/NAME.pkl; avatar check DATA \
      tells what is wrong with it. Photos are masked and fitted here first. A second run \
      makes what is missing; --force makes all of it again. Beside each avatar lies a \
      picture of how it was made, NAME.sheet.png.

      --help-all shows every option.
      """)

  @Argument(help: "Folders of DINAR's data, or photos.")
  var data: [String] = []

  @Option(
    name: .customLong("data_root"), parsing: .unconditional,
    help: "DATA, as DINAR calls it.",
    transform: OptionText.parse)
  var dataRoot: String?

  @Option(
    name: [.short, .long, .customLong("log_dir")], parsing: .unconditional,
    help: "Folder of avatars, or FILE.safetensors for one person.", transform: OptionText.parse)
  var output: String

  @OptionGroup(title: "Networks") var networks: Networks
  @OptionGroup(title: "Persons") var persons: Persons
  @OptionGroup(title: "Besides") var results: Results
  @OptionGroup(title: "Run") var batch: BatchOptions

  mutating func validate() throws {
    if let dataRoot { data.append(dataRoot) }
    guard !data.isEmpty else {
      throw ValidationError("a folder of persons, or photos, are missing: DATA")
    }
  }

  func run() throws {
    let assets = Assets.locate()
    var settings = DinarSettings(checkpoint: networks.checkpoint)
    try networks.apply(to: &settings)
    settings.body = persons.body
    settings.gender = (persons.gender ?? .neutral).rawValue
    settings.tables = persons.tables
    settings.embedsWeights = !results.withoutWeights
    let (names, number) = try persons.chosen(data)
    settings.person = number
    let work = try DinarBatch(
      data, names: names, merge: persons.merge, output: output, results: results,
      settings: settings,
      force: batch.force, assets: assets)
    guard !work.items.isEmpty || !work.incomplete.isEmpty else {
      work.sayFinished(quiet: batch.quiet)
      if !batch.quiet { Terminal.note("\(output): nothing is missing") }
      return
    }
    if let video = results.video { _ = try assets.resolve(video, .motion) }
    let maker = try DinarAvatar(
      settings, beside: data.first(where: DinarFolder.matches), assets: assets,
      pool: WorkerPool(threads: batch.threads))
    if !batch.quiet { for notice in maker.notices { Terminal.warn(OptionNames.written(notice)) } }
    // Ctrl-C loses the person that is being made and keeps those before.
    Interruption.install()
    try work.forEach(quiet: batch.quiet) { try make($0, with: maker, place: $1) }
  }
}
