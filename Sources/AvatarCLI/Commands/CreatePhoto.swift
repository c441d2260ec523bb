import ArgumentParser
import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import NeuralRender
import TensorFiles

struct CreatePhoto: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "photo",
    abstract: "Makes an avatar of a photo of a person, with what ships.",
    discussion: """
      avatar create photo.jpg -o me.safetensors
      avatar animate me.safetensors wave -o me.mp4
      avatar create standing -o trial.safetensors
      avatar create group.jpg --person 2 --height 1.72 -o second.safetensors
      avatar create photos/ -o people/

      Best: one person, upright, from the front, arms a little away from the body, from \
      head to foot, 800 px or more; avatar check PHOTO tells how good a photo is. Beside \
      the avatar lies a picture of what was found, NAME.report.png. With several photos \
      those that are finished are skipped.

      --help-all shows every option; avatar create dinar --help is about DINAR's networks.
      """)

  @Argument(help: "Photos of persons: files, folders, or bundled names.")
  var photos: [String]

  @Option(
    name: [.short, .long], parsing: .unconditional,
    help: "Avatar to make, FILE.safetensors, or a FOLDER/ for several photos.",
    transform: OptionText.parse)
  var output: String

  @OptionGroup(title: "Person") var photo: PhotoOptions
  @OptionGroup(title: "Body") var body: BodyFitOptions
  @OptionGroup(title: "Avatar") var making: Making
  @OptionGroup(title: "Run") var batch: BatchOptions

  /// What is made of a person.
  struct Making: ParsableArguments {
    @Option(
      parsing: .unconditional, help: "Its name (default: the file's).",
      transform: OptionText.parse)
    var name: String?

    @Flag(help: "Leave clothes and hair as thin as paint.")
    var noDisplacement = false

    @Option(
      parsing: .unconditional,
      help: "Texture's side, \(Limits.textureSize) (default 2048).",
      transform: Limits.textureSize.parse)
    var textureSize: Int?

    @Option(
      parsing: .unconditional,
      help:
        "How it is lit: soft (hemisphere and key light) or none (as photographed) (default: none).")
    var light: Light?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Fit of yours, as SMPLify-X or avatar fit writes it, instead of finding one.",
        valueName: "file"), transform: OptionText.parse)
    var fit: String?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("Also write the fit, FILE.npz.", valueName: "file"),
      transform: OptionText.parse)
    var writeFit: String?

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Picture of what was found, FILE.png (default: beside the avatar, replaced).",
        valueName: "file"), transform: OptionText.parse)
    var report: String?

    @Flag(help: "Draw no such picture.")
    var noReport = false

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Checkpoint of DINAR or Sample&Refine to make it with.", valueName: "file",
        visibility: .hidden), transform: OptionText.parse)
    var with: String?
  }

  mutating func validate() throws {
    let several = photos.count > 1
    try photo.check(several: several)
    for (option, isGiven) in [
      ("--fit", making.fit != nil), ("--write-fit", making.writeFit != nil),
      ("--report", making.report != nil), ("--name", making.name != nil),
    ] where several && isGiven {
      throw ValidationError("\(option) is for one photo")
    }
    for (option, isGiven) in [("--height", body.height != nil), ("--pose", body.pose != nil)]
    where isGiven && making.fit != nil {
      throw ValidationError("\(option) is for finding a fit, which --fit gives")
    }
    if making.report != nil, making.noReport {
      throw ValidationError("--report and --no-report contradict each other")
    }
    if let report = making.report, !report.lowercased().hasSuffix(".png") {
      throw ValidationError("the report is a .png, not \(report)")
    }
    if let fit = making.writeFit, !fit.lowercased().hasSuffix(".npz") {
      throw ValidationError("a fit is an .npz, not \(fit)")
    }
  }

  func run() throws {
    if let with = making.with { throw try Self.notYet(with) }
    let assets = Assets.locate()
    let work = try PhotoBatch(
      photos, output: output, ending: ".safetensors", force: batch.force, assets: assets)
    for path in [making.writeFit, making.report].compactMap({ $0 }) {
      if !batch.force, FileManager.default.fileExists(atPath: path) {
        throw PendingFile.alreadyExists(path)
      }
      try OutputProbe.check(path)
    }
    guard !work.items.isEmpty else {
      if !batch.quiet { Terminal.note("\(output): nothing is missing") }
      return
    }
    var settings = PhotoAvatarSettings()
    photo.apply(to: &settings)
    body.apply(to: &settings)
    settings.isDisplaced = !making.noDisplacement
    settings.textureSize = making.textureSize ?? settings.textureSize
    settings.light = making.light ?? settings.light
    settings.fit = making.fit
    settings.name = making.name
    let pool = WorkerPool(threads: batch.threads)
    let maker = try batch.maker(settings, assets: assets, pool: pool)
    try work.forEach(quiet: batch.quiet) { try make($0, with: maker, pool: pool, place: $1) }
  }

  private func make(
    _ item: PhotoBatch.Item, with maker: PhotoAvatar, pool: WorkerPool, place: String
  ) throws {
    let progress = batch.report()
    let start = ContinuousClock.now
    let clock = StageClock {
      progress.update(.init(stage: place + $0.stage, done: $0.done, total: $0.total))
    }
    let file = try PhotoFile(path: item.photo)
    var report = CreationReport(photo: file.photo)
    do {
      try maker.make(
        of: file, output: item.output, fit: making.writeFit, overwrite: batch.force,
        report: &report, clock: clock)
      let picture = try draw(report, of: item, clock: clock, pool: pool)
      progress.endLine()
      if !batch.quiet {
        batch.say(report, of: file)
        let seconds = ProgressReport.seconds(.now - start)
        Terminal.note(
          String(format: "\(item.output): made of \(item.photo), %.1f s", seconds)
            + (picture.map { ", see \($0)" } ?? ""))
      }
    } catch let error as ProgramError {
      progress.endLine()
      guard error.code != .interrupted, report.landmarks != nil,
        let picture = try? draw(report, of: item, clock: StageClock(), pool: pool)
      else { throw error.inFile(item.photo) }
      Terminal.note("what was found is in \(picture)")
      throw error.inFile(item.photo)
    }
    if batch.profile { BatchOptions.say(clock.times) }
  }

  /// - Returns: the report's path; nil if none is wanted.
  private func draw(
    _ report: CreationReport, of item: PhotoBatch.Item, clock: StageClock, pool: WorkerPool
  ) throws -> String? {
    guard !making.noReport else { return nil }
    let parts = PathParts(item.output)
    let path = making.report ?? "\(parts.folder)\(parts.stem).report.png"
    try clock.run(.report) {
      try PNGFile.write(report.picture(pool: pool), to: path, overwrite: true, compression: .fast)
    }
    return path
  }

  /// What is said of a checkpoint until avatars can be made with it.
  private static func notYet(_ path: String) throws -> ProgramError {
    let networks =
      try FileKind(path: path) == .safetensors
      ? [] : KnownNetwork.all(in: TorchCheckpoint(path: path))
    guard !networks.isEmpty else {
      return ProgramError(
        .dataError, "holds no network that avatars are made with", file: path, key: "--with",
        expected: "a checkpoint of DINAR or Sample&Refine",
        hint: "avatar inspect shows what is in it")
    }
    let names = Set(networks.map(\.kind.rawValue)).sorted().joined(separator: ", ")
    let isSampleRefine = networks.contains { [.sampler, .refiner].contains($0.kind) }
    return ProgramError(
      .usage, "a command of its own makes avatars with it", file: path, key: "--with", found: names,
      hint: "avatar create \(isSampleRefine ? "sample-refine" : "dinar") PHOTO --checkpoint "
        + path.shortened())
  }
}
