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
      avatar create dinar data/ --checkpoint dinar.ckpt --body smplx_models --tables smplx_data -o people/
      avatar turntable people/person01.safetensors -o turn.mp4
      avatar create dinar data/ --checkpoint dinar.ckpt --person person01 --solver ddim --steps 200 -o people/
      avatar create dinar photo.jpg --checkpoint dinar.ckpt --body smplx_models --tables smplx_data -o me.safetensors

      DATA is DINAR's: rgb/NAME.png, segm/NAME.png, smplx/NAME.pkl; avatar check DATA tells what is wrong
      with it. Photos are masked and fitted here first. A second run makes what is missing; --force makes
      all of it again. Beside each avatar lies a picture of how it was made, NAME.sheet.png.
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

  /// The networks and how they sample.
  struct Networks: ParsableArguments {
    @Option(
      name: [.long, .customLong("ckpt_path")], parsing: .unconditional, help: "DINAR's checkpoint.",
      transform: OptionText.parse)
    var checkpoint: String

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "DINAR's configuration (default: eval.yaml beside the checkpoint, or the released values).",
        valueName: "file"), transform: OptionText.parse)
    var config: String?

    @Option(
      parsing: .unconditional,
      help: "Steps of diffusion, \(Limits.diffusionSteps) (default 20; DINAR has 200).",
      transform: Limits.diffusionSteps.parse)
    var steps: Int?

    @Option(
      parsing: .unconditional,
      help:
        "sde (DPM-Solver++ with fresh noise, as likely pictures as DINAR's), dpm and unipc (without), or ddim (DINAR's own) (default: sde)."
    )
    var solver: Solver?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "DDIM's share of fresh noise, \(Limits.eta) (default 1).", visibility: .hidden),
      transform: Limits.eta.parse)
    var eta: Double?

    @Option(
      parsing: .unconditional,
      help:
        "Number that the noise follows from, \(Limits.seed): another one, another texture (default 0).",
      transform: Limits.seed.parse)
    var seed: Int?

    @Option(
      parsing: .unconditional,
      help:
        "exact (float32) or fast (numbers of 16 bits: less time, half of the memory), for the networks that make the texture (default: exact)."
    )
    var precision: NeuralOptions.Precision?

    enum Solver: String, ExpressibleByArgument, CaseIterable { case sde, dpm, unipc, ddim }

    func apply(to settings: inout DinarSettings) throws {
      settings.configuration = config
      settings.seed = UInt64(seed ?? 0)
      settings.precision = precision == .fast ? .fast : .exact
      guard eta == nil || solver == .ddim else {
        throw ValidationError("--eta is for --solver ddim")
      }
      let few = steps ?? DinarSettings.usualSteps
      settings.solver =
        switch solver ?? .sde {
        case .sde: .stochasticDPMSolver(steps: few)
        case .dpm: .dpmSolver(steps: few)
        case .unipc: .uniPC(steps: few)
        case .ddim: .ddim(steps: steps ?? DinarSettings.originalSteps, eta: eta ?? 1)
        }
    }
  }

  /// Who, and on which body.
  struct Persons: ParsableArguments {
    @Option(
      parsing: .unconditionalSingleValue,
      help: ArgumentHelp(
        "Only the person of this name; may be given again. For photos: which one, the largest first.",
        valueName: "name"),
      transform: OptionText.parse)
    var person: [String] = []

    @Option(
      parsing: .unconditional,
      help: "Body of photos without a fit (default: neutral; fits say their own).")
    var gender: BodyFitOptions.Gender?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Body: neutral, male, female, a file, or a folder of official SMPL-X files (default: smplx_models beside DATA or here, or the bundled ones).",
        valueName: "body"), transform: OptionText.parse)
    var body: String?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Folder of uv.npy, uv_faces.npy, v_inds.npy and SMPLX-mesh-neutral.png (default: smplx_data beside DATA or here, or the checkpoint's and the body's).",
        valueName: "folder"), transform: OptionText.parse)
    var tables: String?

    /// Names of persons in folders, and the number of the person in photos, which have no names.
    func chosen(_ data: [String]) throws -> (names: [String], number: Int) {
      guard !person.isEmpty, !data.contains(where: InputFile.isFolder) else { return (person, 1) }
      guard person.count == 1, let number = try? Limits.person.parse(person[0]) else {
        throw ValidationError(
          "--person is a number for photos, \(Limits.person), the largest person first")
      }
      return ([], number)
    }
  }

  /// What is made besides avatars.
  struct Results: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: "dinar: also textures/data_dict/NAME.pkl and images/, as DINAR writes them.")
    var like: OriginalSystem?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Also pictures of the texture as it becomes, every few steps.", valueName: "folder"),
      transform: OptionText.parse)
    var preview: String?

    @Flag(help: "Also NAME.png, the person as in the photo.")
    var still = false

    @Flag(help: "Also NAME.turntable.mp4, as DINAR turns it, 12 seconds.")
    var turntable = false

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("Also NAME.mp4, moving as in the photo.", valueName: "motion"),
      transform: OptionText.parse)
    var video: String?

    @Flag(help: "Draw no NAME.sheet.png.")
    var noSheet = false

    @Flag(
      help: "Leave the renderer's weights in the checkpoint; rendering then needs --checkpoint.")
    var withoutWeights = false
  }

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
      data, names: names, output: output, results: results, settings: settings,
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

  private func make(_ item: DinarBatch.Item, with maker: DinarAvatar, place: String) throws {
    let progress = batch.report()
    defer { progress.endLine() }
    let start = ContinuousClock.now
    let clock = WorkClock<DinarStage> {
      progress.update(.init(stage: place + $0.stage, done: $0.done, total: $0.total))
    }
    let outputs = item.outputs
    var notices: [String] = []
    if outputs.needsTexture {
      let sample = try clock.run(.reading) {
        try self.sample(item, with: maker, clock: clock, progress: progress)
      }
      let texture = try maker.texture(
        of: [sample], clock: clock, preview: try results.preview.map { try preview(item, in: $0) })
      if outputs.isMissing(outputs.avatar) {
        notices = try maker.write(
          texture, name: item.name, to: outputs.avatar, overwrite: batch.force, clock: clock)
      }
      try writeRecord(item, texture, with: maker)
      if let sheet = outputs.sheet {
        try clock.run(.sheet) {
          try PNGFile.write(
            maker.sheet(texture, avatar: outputs.avatar), to: sheet, overwrite: true,
            compression: .fast)
        }
      }
    }
    progress.endLine()
    try render(outputs)
    guard !batch.quiet else { return }
    for notice in notices { Terminal.warn(OptionNames.written(notice)) }
    Terminal.note(
      String(
        format: "\(outputs.avatar): \(item.name), %.1f s",
        ProgressReport.seconds(.now - start)))
    if batch.profile { BatchOptions.say(clock.times) }
  }

  /// What DINAR's own test run would write.
  private func writeRecord(
    _ item: DinarBatch.Item, _ texture: DinarTexture, with maker: DinarAvatar
  ) throws {
    let outputs = item.outputs
    guard outputs.lacksRecord else { return }
    let record = try maker.record(texture)
    if outputs.isMissing(DinarRecord.path(under: outputs.folder, name: item.name)) {
      _ = try record.write(under: outputs.folder, overwrite: batch.force)
    }
    try record.writePictures(
      under: outputs.folder, number: item.number, overwrite: batch.force,
      where: outputs.isMissing)
  }

  /// The three files of a person, or what is found in a photo.
  private func sample(
    _ item: DinarBatch.Item, with maker: DinarAvatar, clock: WorkClock<DinarStage>,
    progress: ProgressReport
  ) throws -> DinarSample {
    switch item.source {
    case .person(let person): return try maker.sample(person)
    case .photo(let path):
      let file = try PhotoFile(path: path)
      var report = CreationReport(photo: file.photo)
      let sample = try maker.sample(of: file, report: &report, clock: clock)
      progress.endLine()
      if !batch.quiet { batch.say(report, of: file) }
      return sample
    }
  }

  /// Writes decoded textures as FOLDER/NAME_STEP.png.
  private func preview(
    _ item: DinarBatch.Item, in folder: String
  ) throws -> (Int, Tensor) throws -> Void {
    try OutputFolder.create(folder)
    let stem = PathParts(item.outputs.avatar).stem
    return { step, texture in
      let number = String(format: "%04d", step)
      try PNGFile.write(
        DinarTexture.colors(of: texture), to: "\(folder)/\(stem)_\(number).png", overwrite: true,
        compression: .fast)
    }
  }

  /// What `inference.py` shows of a person, as the commands of their own make it.
  private func render(_ outputs: DinarOutputs) throws {
    var common = ["--like", "dinar"]
    if results.withoutWeights { common += ["--checkpoint", networks.checkpoint] }
    if batch.force { common.append("--force") }
    if batch.quiet { common.append("--quiet") }
    if let threads = batch.threads { common += ["--threads", "\(threads)"] }
    var commands: [any ParsableCommand] = []
    if let still = outputs.still, outputs.isMissing(still) {
      commands.append(try Export.parse([outputs.avatar, "-o", still] + common))
    }
    if let turntable = outputs.turntable, outputs.isMissing(turntable) {
      commands.append(try Turntable.parse([outputs.avatar, "-o", turntable] + common))
    }
    if let video = outputs.video, let motion = results.video, outputs.isMissing(video) {
      commands.append(try Animate.parse([outputs.avatar, motion, "-o", video] + common))
    }
    for var command in commands { try command.run() }
  }
}
