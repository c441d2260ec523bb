import ArgumentParser
import Avatar
import Compute
import Foundation

struct Turntable: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a video of an avatar turning once; it loops without a repeated frame.",
    discussion: """
      avatar turntable sample -o turn.mp4
      avatar turntable sample -o turn.mp4 --size 1080x1920 --seconds 8 --background studio
      avatar turntable sample -o frames/turn_%03d.png --background transparent --fps 12
      """)

  @Argument(help: "An avatar file or a bundled name.")
  var avatar: String

  @Option(help: "Length of one video, seconds (default: 6, or 12 as DINAR has it).")
  var seconds: Double?

  @Option(help: "Number of turns.")
  var turns: Float = 1

  @Flag(help: "Turn the other way.")
  var reverse = false

  @OptionGroup var outputOptions: RunOptions
  @OptionGroup var body: BodyOptions
  @OptionGroup var picture: PictureOptions
  @OptionGroup var neural: NeuralOptions
  @OptionGroup var view: CameraOptions
  @OptionGroup var video: VideoOptions

  mutating func validate() throws {
    if let seconds, !(seconds > 0 && seconds <= 36000) {
      throw ValidationError("--seconds must be more than 0 and at most 36000")
    }
    if !turns.isFinite || turns == 0 { throw ValidationError("--turns must not be 0") }
    if neural.like == .dinar, turns != 1 || reverse {
      throw ValidationError("--like dinar turns once, its own way")
    }
  }

  func run() throws {
    let job = try RenderJob(
      avatar: avatar, assets: Assets.locate(), run: outputOptions, body: body, picture: picture,
      neural: neural, video: video)
    let duration = seconds ?? (neural.like == .dinar ? 12 : 6)
    let count = try max(1, Int((duration * video.frameRate().framesPerSecond).rounded()))
    if neural.like == .dinar {
      return try job.renderInPhoto(
        poses: nil, angles: PhotoCamera.turntableAngles(count: count),
        numbers: PhotoCamera.turntableNumbers(count: count))
    }
    try job.render(
      poses: StillPose(body.stillPose(model: job.person.body.model), frameCount: count),
      camera: view.settings(mode: .fit), turn: 360 * turns * (reverse ? -1 : 1))
  }
}
