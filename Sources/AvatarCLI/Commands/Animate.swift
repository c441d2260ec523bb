import ArgumentParser
import Avatar
import Compute
import Foundation
import SMPLX

struct Animate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a video of an avatar that moves as a motion file says.",
    discussion: """
      avatar animate sample wave -o wave.mp4
      avatar animate sample 01_01_stageii.npz -o walk.mp4 --camera follow --start 1 --end 6.5
      avatar animate sample wave -o hands.mp4 --focus hands --view front-left
      avatar animate me.safetensors take.pkl -o take.mp4 --up -z --speed 0.5
      avatar animate person01.safetensors poses.pickle --like dinar -o person01 --mask-folder person01_segm

      Motions: AMASS, SMPL-X parameters and what most data sets, estimators and generators write
      (docs/MOTIONS.md), a file or a folder of frames. What was found in it (frames, rate, up axis) is
      said in one line and can be overridden; avatar inspect lists persons and sequences.

      --help-all shows every option.
      """)

  @Argument(help: AvatarArgument.help)
  var avatar: String

  @Argument(help: "A motion file or a bundled name.")
  var motion: String

  @OptionGroup(title: "Output") var outputOptions: RunOptions
  @OptionGroup(title: "Motion") var playback: PlaybackOptions
  @OptionGroup(title: "Motion") var motionFile: MotionFileOptions
  @OptionGroup(title: "Body") var body: BodyOptions
  @OptionGroup(title: "Picture") var picture: PictureOptions
  @OptionGroup(title: "Camera") var movement: CameraMovement
  @OptionGroup(title: "Camera") var view: CameraOptions
  @OptionGroup(title: "Video") var video: VideoOptions
  @OptionGroup(title: "Neural avatars", visibility: .hidden) var neural: NeuralOptions

  struct CameraMovement: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: "fit (sees the whole motion), fixed (frames the start), follow or orbit (default: fit)."
    )
    var camera: CameraMode?
  }

  mutating func validate() throws {
    try motionFile.check(like: neural.like)
    guard neural.like == .dinar else { return }
    if movement.camera != nil {
      throw ValidationError(
        "--camera cannot be given with --like dinar, which has the photo's camera")
    }
    try LikeDinar.check(camera: view)
  }

  func run() throws {
    var job = try RenderJob(
      avatar: avatar, assets: Assets.locate(), run: outputOptions, body: body, picture: picture,
      neural: neural, video: video)
    let source = try job.load(
      motion, options: motionFile, playback: playback, like: neural.like)
    let resampled = try motionFile.resampled(
      source, fps: video.frameRate().framesPerSecond, body: job.person.body, playback: playback,
      like: neural.like)
    outputOptions.note(resampled.description)
    for notice in resampled.notices { outputOptions.warn(notice) }
    if neural.like == .dinar {
      return try job.renderInPhoto(poses: MotionPoses(resampled))
    }
    try job.render(
      poses: MotionPoses(resampled), camera: view.settings(mode: movement.camera ?? .fit), turn: nil
    )
  }
}
