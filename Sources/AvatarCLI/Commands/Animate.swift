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
      avatar animate me.safetensors take.pkl -o take.mp4 --up z --speed 0.5
      avatar animate person01.safetensors poses.pickle --like dinar -o person01 --mask-folder person01_segm

      Motions: AMASS (SMPL-H and SMPL-X .npz), SMPL-X parameters, DINAR's animation pickle. What was
      found in the file (frames, rate, up axis) is said in one line and can be overridden.
      """)

  @Argument(help: "An avatar file or a bundled name.")
  var avatar: String

  @Argument(help: "A motion file or a bundled name.")
  var motion: String

  @Option(help: "fit (sees the whole motion), fixed (frames the start), follow or orbit.")
  var camera: CameraMode = .fit

  @OptionGroup var playback: PlaybackOptions
  @OptionGroup var outputOptions: RunOptions
  @OptionGroup var body: BodyOptions
  @OptionGroup var picture: PictureOptions
  @OptionGroup var neural: NeuralOptions
  @OptionGroup var view: CameraOptions
  @OptionGroup var video: VideoOptions

  func run() throws {
    var job = try RenderJob(
      avatar: avatar, assets: Assets.locate(), run: outputOptions, body: body, picture: picture,
      neural: neural, video: video)
    let source = try job.load(motion, playback: playback, like: neural.like)
    let resampled = try playback.resampled(
      source, fps: video.frameRate().framesPerSecond, body: job.person.body,
      like: neural.like)
    outputOptions.note(resampled.description)
    for notice in resampled.notices { outputOptions.warn(notice) }
    if neural.like == .dinar {
      return try job.renderInPhoto(poses: MotionPoses(resampled))
    }
    try job.render(
      poses: MotionPoses(resampled), camera: view.settings(mode: camera), turn: nil)
  }
}
