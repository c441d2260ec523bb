import ArgumentParser
import Avatar
import Compute
import SMPLX

/// Which part of a motion is shown, how fast, and which way is up.
struct PlaybackOptions: ParsableArguments {
  @Option(help: "Start here, seconds into the motion.")
  var start = 0.0

  @Option(help: "End here, seconds into the motion.")
  var end: Double?

  @Option(help: "Speed: 2 is twice as fast.")
  var speed = 1.0

  @Option(help: "Play the motion this many times.")
  var loop = 1

  @Option(help: "The file's up axis: auto, x, y, z, -x, -y or -z.")
  var up = "auto"

  @Option(
    help: "camera (the motion starts facing the camera), average, keep, or degrees to turn by.")
  var facing = "camera"

  @Flag(help: "Take the shape (betas) of the motion file instead of the avatar's.")
  var motionShape = false

  @Option(help: "Frames per second of the motion file, if it does not say or says it wrongly.")
  var motionFPS: Double?

  mutating func validate() throws {
    if !(speed > 0.001 && speed < 1000) { throw ValidationError("--speed must be 0.001 to 1000") }
    if !(start >= 0) { throw ValidationError("--start must be 0 or more") }
    if let end, !(end > start) { throw ValidationError("--end must be later than --start") }
    if !(1...100_000).contains(loop) { throw ValidationError("--loop must be 1 or more") }
    if UpChoice(up) == nil { throw ValidationError("--up must be auto, x, y, z, -x, -y or -z") }
    if Facing(facing) == nil {
      throw ValidationError("--facing must be camera, average, keep or a number of degrees")
    }
  }

  /// Reads a motion file or bundled motion.
  ///
  /// - Parameters:
  ///   - body: gives hands in components their meaning; nil only to look at a file.
  ///   - original: whose constants for the eyes are taken.
  func load(
    _ name: String, assets: Assets, body: BodyModel? = nil, like original: OriginalSystem? = nil
  ) throws -> any Motion {
    var options = MotionOptions()
    options.frameRate = motionFPS
    options.usesDINAREyes = original == .dinar
    return try MotionFile.load(path: assets.resolve(name, .motion), body: body, options: options)
  }

  /// The motion's own shape, when it is asked for.
  func shape(of motion: any Motion) throws -> [Float]? {
    guard motionShape else { return nil }
    guard let betas = motion.summary.betas else {
      throw ProgramError(.dataError, "the motion has no shape (betas)", key: "--motion-shape")
    }
    return betas
  }

  /// The motion as an output of `fps` frames a second plays it.
  func resampled(
    _ motion: any Motion, fps: Double, body: ShapedBody, like original: OriginalSystem? = nil
  ) throws -> ResampledMotion {
    var playback = Playback()
    playback.fps = fps
    playback.start = start
    playback.end = end
    playback.speed = speed
    playback.repeats = loop
    playback.up = UpChoice(up) ?? .auto
    playback.facing = Facing(facing) ?? .firstFrame
    if original == .dinar {
      // Its motions are in the axes of the photo's camera already.
      playback.up = .axis(.y)
      playback.facing = .keep
    }
    return try ResampledMotion(motion, playback: playback, restPelvis: body.restJoints[0])
  }
}
