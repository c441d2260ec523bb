import ArgumentParser
import Avatar
import Compute
import Foundation

struct Turntable: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a video of an avatar turning once; it loops without a repeated frame.",
    discussion: """
      avatar turntable sample -o turn.mp4
      avatar turntable sample -o face.mp4 --focus head --seconds 8 \\
        --background studio
      avatar turntable female -o body.mp4 --size 1080x1920
      avatar turntable sample -o frames/turn_%03d.png --fps 12 \\
        --background transparent

      --help-all shows every option.
      """)

  @Argument(help: AvatarArgument.help)
  var avatar: String

  @OptionGroup(title: "Output") var outputOptions: RunOptions
  @OptionGroup(title: "Turning") var turning: Turning
  @OptionGroup(title: "Body and pose") var body: BodyOptions
  @OptionGroup(title: "Body and pose") var pose: PoseOptions
  @OptionGroup(title: "Picture") var picture: PictureOptions
  @OptionGroup(title: "Camera") var view: CameraOptions
  @OptionGroup(title: "Video") var video: VideoOptions
  @OptionGroup(title: "Neural avatars", visibility: .hidden) var neural: NeuralOptions

  /// How long and how far.
  struct Turning: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: "Length of one video, \(Limits.seconds) (default: 6, or 12 as DINAR has it).",
      transform: Limits.seconds.parse)
    var seconds: Double?

    @Option(
      parsing: .unconditional,
      help: "Number of turns, \(Limits.turns) but not 0; below 0 the other way (default 1).",
      transform: Turning.parseTurns)
    var turns: Float?

    @Flag(help: "Turn the other way.")
    var reverse = false

    @Sendable static func parseTurns(_ text: String) throws -> Float {
      guard let turns = try? Limits.turns.parse(text), turns != 0 else {
        throw ValidationError("it must be \(Limits.turns), but not 0")
      }
      return turns
    }

    /// Degrees.
    var angle: Float { 360 * (turns ?? 1) * (reverse ? -1 : 1) }
  }

  mutating func validate() throws {
    guard neural.like == .dinar else { return }
    if turning.turns != nil || turning.reverse {
      throw ValidationError("--like dinar turns once, its own way")
    }
    try LikeDinar.check(camera: view, pose: pose)
  }

  func run() throws {
    let job = try RenderJob(
      avatar: avatar, assets: Assets.locate(), run: outputOptions, body: body, picture: picture,
      neural: neural, video: video)
    let duration = turning.seconds ?? (neural.like == .dinar ? 12 : 6)
    let count = try max(1, Int(saturating: duration * video.frameRate().framesPerSecond))
    if neural.like == .dinar {
      return try job.renderInPhoto(
        poses: nil, angles: DinarTurntable.angles(count: count),
        numbers: DinarTurntable.numbers(count: count))
    }
    try job.render(
      poses: StillPose(pose.stillPose(model: job.person.body.model), frameCount: count),
      camera: view.settings(mode: .fit), turn: turning.angle)
  }
}
