import ArgumentParser
import Avatar
import Compute
import Foundation
import SMPLX

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes one picture of an avatar.",
    discussion: """
      avatar export sample -o person.png
      avatar export sample -o left.png --view left --background transparent
      avatar export sample -o face.png --focus head --view front-left
      avatar export sample -o jump.png --motion jump.npz --time 1.25 --size 2048
      avatar export male -o parts.png --pass parts

      --help-all shows every option.
      """)

  @Argument(help: AvatarArgument.help)
  var avatar: String

  @OptionGroup(title: "Output") var outputOptions: RunOptions
  @OptionGroup(title: "Body and pose") var body: BodyOptions
  @OptionGroup(title: "Body and pose") var pose: PoseOptions
  @OptionGroup(title: "Body and pose") var moment: Moment
  @OptionGroup(title: "Body and pose") var motionFile: MotionFileOptions
  @OptionGroup(title: "Picture") var picture: PictureOptions
  @OptionGroup(title: "Camera") var camera: CameraOptions
  @OptionGroup(title: "Neural avatars", visibility: .hidden) var neural: NeuralOptions

  /// A pose out of a motion.
  struct Moment: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: "Pose out of a motion: a file or a bundled name (default: see --pose).",
      transform: OptionText.parse)
    var motion: String?

    @Option(
      parsing: .unconditional,
      help: "Where in the motion, \(Limits.start) and up to its end (default 0).",
      transform: Limits.start.parse)
    var time: Double?
  }

  mutating func validate() throws {
    if !outputOptions.output.lowercased().hasSuffix(".png") {
      throw ValidationError("export writes a .png, not \(outputOptions.output)")
    }
    if moment.motion == nil {
      let given = (moment.time == nil ? [] : ["--time"]) + motionFile.given
      if let option = given.first { throw ValidationError("\(option) is for a pose of --motion") }
    } else if pose.pose != nil {
      throw ValidationError("--pose and --motion both say the pose; give one of them")
    }
    try motionFile.check(like: neural.like)
    if neural.like == .dinar { try LikeDinar.check(camera: camera, pose: pose, turns: true) }
  }

  func run() throws {
    var job = try RenderJob(
      avatar: avatar, assets: Assets.locate(), run: outputOptions, body: body, picture: picture,
      neural: neural, video: nil)
    let source = try moment.motion.map {
      try job.load($0, options: motionFile, at: moment.time ?? 0, like: neural.like)
    }
    var still = pose.stillPose(model: job.person.body.model)
    if let source {
      let resampled = try motionFile.resampled(
        source, fps: source.frameRate, body: job.person.body, like: neural.like)
      outputOptions.note(resampled.description)
      for notice in resampled.notices { outputOptions.warn(notice) }
      try resampled.pose(at: time(in: source), into: &still)
    }
    if neural.like == .dinar {
      return try job.renderInPhoto(
        poses: source.map { _ in StillPose(still) }, angles: [camera.angle])
    }
    try job.render(poses: StillPose(still), camera: camera.settings(mode: .fit), turn: nil)
  }

  /// The time asked for, which the motion must have.
  private func time(in motion: any Motion) throws -> Double {
    let time = moment.time ?? 0
    // "5.01 s" is also how a 5.0 second recording of 601 frames is described.
    guard time <= motion.span + 1.5 / motion.frameRate else {
      throw ProgramError(
        .usage, "the motion has ended by then", file: moment.motion, key: "--time",
        expected: String(format: "0 to %.3f seconds", motion.span), found: "\(time)")
    }
    return time
  }
}
