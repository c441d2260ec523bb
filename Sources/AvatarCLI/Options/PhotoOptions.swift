import ArgumentParser
import Avatar
import AvatarCreation
import Compute
import Foundation
import SMPLX

/// Who in a photo is meant.
struct PhotoOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Which person, \(Limits.person), the largest first (default 1).", valueName: "number"),
    transform: Limits.person.parse)
  var person: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Mask of your own: a picture of the photo's size, white where the person is.",
      valueName: "file"), transform: OptionText.parse)
  var mask: String?

  func apply(to settings: inout PhotoAvatarSettings) {
    settings.person = person ?? 1
    settings.mask = mask
  }

  /// - Throws: for what is said of one photo when there are several.
  func check(several: Bool) throws {
    if several, mask != nil { throw ValidationError("--mask is for one photo") }
  }
}

/// What is known of the body in a photo.
struct BodyFitOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Body that is fitted (default: neutral).")
  var gender: Gender?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Body of your own: a file, or a folder of official SMPL-X files (default: the free body).",
      valueName: "body"), transform: OptionText.parse)
  var body: String?

  @Option(
    parsing: .unconditional,
    help: "How tall the person is, \(Limits.height); a photo alone does not tell.",
    transform: Limits.height.parse)
  var height: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Focal length in 35 mm equivalents, \(Limits.focalLength) (default: the photo's, if its file tells).",
      valueName: "mm"), transform: Limits.focalLength.parse)
  var focal: Double?

  @Option(
    parsing: .unconditional,
    help: "Whether the person stands upright or not (default: what is seen).")
  var pose: PhotoPose?

  enum Gender: String, ExpressibleByArgument, CaseIterable { case neutral, male, female }
  enum PhotoPose: String, ExpressibleByArgument, CaseIterable { case standing, free }

  func apply(to settings: inout PhotoAvatarSettings) {
    settings.gender = (gender ?? .neutral).rawValue
    settings.body = body
    settings.height = height
    settings.focalLength = focal
    settings.pose = pose.map { $0 == .free ? .free : .standing }
  }
}

/// Options of every command that works through photos.
struct BatchOptions: ParsableArguments {
  @OptionGroup var work: WorkOptions

  @Flag(help: ArgumentHelp("Print how long each stage took.", visibility: .hidden))
  var profile = false

  var force: Bool { work.force }
  var quiet: Bool { work.quiet }
  var threads: Int? { work.threads }

  func report() -> ProgressReport { work.report(measure: .percents) }

  /// Says what the user should know of how a photo was worked on.
  func say(_ report: CreationReport, of file: PhotoFile) {
    for notice in file.notices { Terminal.warn(notice) }
    for sentence in report.notices + report.warnings.map(\.sentence) {
      Terminal.warn("\(file.path): \(OptionNames.written(sentence))")
    }
  }

  /// How long each stage took, for `profile`.
  static func say<Stage: WorkStage>(_ times: [(stage: Stage, duration: Duration)]) {
    for (stage, duration) in times {
      print(
        stage.rawValue.padding(toLength: 36, withPad: " ", startingAt: 0)
          + String(format: "%7.3f s", ProgressReport.seconds(duration)))
    }
  }

  /// Loads networks and body, which may be one that has to be measured first.
  func maker(
    _ settings: PhotoAvatarSettings, assets: Assets, pool: WorkerPool
  ) throws -> PhotoAvatar {
    let report = report()
    let maker = try PhotoAvatar(settings, assets: assets, pool: pool, progress: report.update)
    report.endLine()
    return maker
  }
}
