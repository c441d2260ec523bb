import ArgumentParser
import Avatar
import Compute
import Foundation
import SMPLX

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a motion of any kind as an AMASS file or as BVH.",
    discussion: """
      avatar convert walk.bvh -o walk.npz
      avatar convert walk.pkl -o walk.bvh --fps 30 --start 2 --end 6
      avatar convert strange.bvh -o strange.npz --map strange.json --facing camera

      FILE.npz is AMASS SMPL-X (Z up unless --output-up says otherwise), FILE.bvh the skeleton of the body
      in centimetres, Y up. Frames stay as recorded unless --fps gives another rate.
      --help-all shows every option.
      """)

  @Argument(help: "A motion file or a bundled name.")
  var motion: String

  @Option(
    name: [.short, .long], parsing: .unconditional, help: "What to write: FILE.npz or FILE.bvh.",
    transform: OptionText.parse)
  var output: String

  @Option(
    parsing: .unconditional,
    help: "Frames per second of the output, \(Limits.motionRate) (default: the motion's own).",
    transform: Limits.motionRate.parse)
  var fps: Double?

  @Option(
    parsing: .unconditional, help: "The output's up axis: y or z (default: z for .npz, y for .bvh)."
  )
  var outputUp: OutputUp?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Body whose skeleton is written and which gives hands their meaning: neutral, male, female, a file, or a folder of official SMPL-X files (default: neutral).",
      valueName: "body"),
    transform: OptionText.parse)
  var body: String?

  @OptionGroup(title: "Motion") var playback: PlaybackOptions
  @OptionGroup(title: "Motion") var motionFile: MotionFileOptions

  @Flag(help: "Overwrite a file that exists.")
  var force = false

  @Flag(help: "Say nothing unless something fails.")
  var quiet = false

  enum OutputUp: String, ExpressibleByArgument, CaseIterable { case y, z }

  func run() throws {
    let isBVH = try isBVH()
    if !force, FileManager.default.fileExists(atPath: output) {
      throw PendingFile.alreadyExists(output)
    }
    let assets = Assets.locate()
    try OutputPlace.check(output, isNoneOf: [assets.resolve(motion, .motion)])
    let model = try BodyModel.load(
      path: BodyModel.file(in: assets.resolve(body ?? "neutral", .body), gender: "neutral"))
    var options = motionFile
    // What is written is the motion, not a show of it.
    options.facing = options.facing ?? .keep
    let source = try options.load(motion, assets: assets, body: model, playback: playback)
    let shape = try options.shape(of: source).map { Array($0.prefix(model.shapeCount)) } ?? []
    let shaped = try ShapedBody(model: model, betas: shape)
    let resampled = try options.resampled(
      source, fps: fps ?? source.frameRate, body: shaped, playback: playback)
    let recording = MotionRecording(
      resampled, restJoints: shaped.restJoints,
      up: outputUp.map { $0 == .y ? .y : .z } ?? (isBVH ? .y : .z), gender: model.gender,
      betas: shape)
    if !quiet {
      Terminal.note(resampled.description)
      for notice in resampled.notices { Terminal.warn(notice) }
      if source.followsBody {
        Terminal.note(
          "matched to the skeleton of \(body ?? "the neutral body")\(shape.isEmpty ? "" : " of this shape"): "
            + "a body of other proportions plays \(PathParts(motion).name) itself a little differently"
        )
      }
    }
    if isBVH {
      try recording.writeBVH(to: output, overwrite: force)
    } else {
      try recording.writeAMASS(to: output, overwrite: force)
    }
    if !quiet {
      let count = recording.frameCount
      Terminal.note(
        "\(output): \(count) frame\(count == 1 ? "" : "s") at "
          + "\(Limit<Double>.text(resampled.fps)) fps, \(recording.up.label)")
    }
  }

  private func isBVH() throws -> Bool {
    switch PathParts(output).pathExtension.lowercased() {
    case ".npz": return false
    case ".bvh": return true
    default:
      throw ProgramError(
        .usage, "the output's kind is not known by its name", file: output,
        expected: "FILE.npz or FILE.bvh")
    }
  }
}
