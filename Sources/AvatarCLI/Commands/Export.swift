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
      avatar export sample -o jump.png --motion jump.npz --time 1.25 --size 2048
      avatar export sample -o depth.png --pass depth
      """)

  @Argument(help: "An avatar file or a bundled name.")
  var avatar: String

  @Option(help: "front, back, left or right (the person's), instead of --yaw.")
  var view: View?

  @Option(help: "Pose: a motion file or a bundled name (default: see --pose).")
  var motion: String?

  @Option(help: "Seconds into the motion.")
  var time = 0.0

  @OptionGroup var playback: PlaybackOptions
  @OptionGroup var outputOptions: RunOptions
  @OptionGroup var body: BodyOptions
  @OptionGroup var picture: PictureOptions
  @OptionGroup var neural: NeuralOptions
  @OptionGroup var camera: CameraOptions

  enum View: String, ExpressibleByArgument, CaseIterable {
    case front, left, back, right

    var yaw: Float {
      switch self {
      case .front: 0
      case .left: 90
      case .back: 180
      case .right: 270
      }
    }
  }

  mutating func validate() throws {
    if view != nil && camera.yaw != nil {
      throw ValidationError("--view and --yaw say the same thing; give one of them")
    }
    if !time.isFinite || time < 0 { throw ValidationError("--time must be 0 or more") }
    if !outputOptions.output.lowercased().hasSuffix(".png") {
      throw ValidationError("export writes a .png, not \(outputOptions.output)")
    }
  }

  func run() throws {
    var settings = camera
    if let view { settings.yaw = view.yaw }
    var job = try RenderJob(
      avatar: avatar, assets: Assets.locate(), run: outputOptions, body: body, picture: picture,
      neural: neural, video: nil)
    let source = try motion.map { try job.load($0, playback: playback, like: neural.like) }
    var pose = body.stillPose(model: job.person.body.model)
    if let source {
      let resampled = try playback.resampled(
        source, fps: source.frameRate, body: job.person.body, like: neural.like)
      outputOptions.note(resampled.description)
      try resampled.pose(at: time, into: &pose)
    }
    if neural.like == .dinar {
      return try job.renderInPhoto(
        poses: source.map { _ in StillPose(pose) },
        angles: [(settings.yaw ?? 0) * .pi / 180])
    }
    try job.render(poses: StillPose(pose), camera: settings.settings(mode: .fit), turn: nil)
  }
}
