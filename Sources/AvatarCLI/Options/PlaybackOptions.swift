import ArgumentParser
import Avatar
import Compute
import SMPLX

extension HandReading: ExpressibleByArgument {}
extension MotionCoordinates: ExpressibleByArgument {}

/// How a motion file is read: which way is up, where it faces, whose shape counts.
struct MotionFileOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The file's up axis: auto, x, y, z, -x, -y or -z (default: auto).", visibility: .hidden),
    transform: MotionFileOptions.parseUp)
  var up: UpChoice?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "camera (the motion starts facing the camera), average, keep, or \(Limits.facing) to turn by (default: camera).",
      visibility: .hidden),
    transform: MotionFileOptions.parseFacing)
  var facing: Facing?

  @Flag(
    help: ArgumentHelp(
      "Take the shape (betas) of the motion file instead of the avatar's.", visibility: .hidden))
  var motionShape = false

  @Option(
    name: .customLong("motion-fps"), parsing: .unconditional,
    help: ArgumentHelp(
      "Frames per second of the motion file, if it does not say or says it wrongly, 0.01 to 100000.",
      valueName: "fps", visibility: .hidden),
    transform: Limits.motionRate.parse)
  var motionFPS: Double?

  @Option(
    name: .customLong("map"), parsing: .unconditional,
    help: ArgumentHelp(
      "Which joint of a BVH file is which of SMPL-X, FILE.json (avatar inspect FILE.bvh --write-map writes one).",
      valueName: "file", visibility: .hidden),
    transform: OptionText.parse)
  var jointMap: String?

  @Option(
    name: .customLong("motion-scale"), parsing: .unconditional,
    help: ArgumentHelp(
      "Metres of a unit of the motion's translation, \(Limits.motionScale): 0.01 for centimetres (default 1).",
      valueName: "metres", visibility: .hidden),
    transform: Limits.motionScale.parse)
  var motionScale: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What the motion's hands are: complete, relative (to the relaxed hand) or flat (not taken; default: as the file's kind has it).",
      visibility: .hidden))
  var hands: HandReading?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The person of a file of several, by name or number (default: the first).",
      visibility: .hidden), transform: OptionText.parse)
  var person: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The sequence of a file or folder of several, by name (default: the first).",
      visibility: .hidden), transform: OptionText.parse)
  var sequence: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where a file has both: world, or camera (default: world).", visibility: .hidden))
  var coordinates: MotionCoordinates?

  @Flag(
    help: ArgumentHelp(
      "Put the feet on the floor, by the body's lowest points over time.", visibility: .hidden))
  var ground = false

  @Flag(
    name: .customLong("in-place"),
    help: ArgumentHelp("Take off what the body travels over the floor.", visibility: .hidden))
  var inPlace = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Smooth a trembling motion over \(Limits.smoothing) (default: not).", valueName: "seconds",
      visibility: .hidden),
    transform: Limits.smoothing.parse)
  var smooth: Double?

  /// Options that were given, by name.
  var given: [String] {
    [
      ("--up", up != nil), ("--facing", facing != nil), ("--motion-shape", motionShape),
      ("--motion-fps", motionFPS != nil), ("--map", jointMap != nil),
      ("--motion-scale", motionScale != nil),
      ("--hands", hands != nil), ("--person", person != nil), ("--sequence", sequence != nil),
      ("--coordinates", coordinates != nil), ("--ground", ground), ("--in-place", inPlace),
      ("--smooth", smooth != nil),
    ].filter(\.1).map(\.0)
  }

  /// Throws for options that DINAR's own way leaves no choice about.
  func check(like original: OriginalSystem?) throws {
    guard original == .dinar,
      let option = given.first(where: {
        ["--up", "--facing", "--ground", "--in-place"].contains($0)
      })
    else { return }
    throw ValidationError(
      "\(option) cannot be given with --like dinar, whose motions face the camera")
  }

  /// Reads a motion file or bundled motion.
  ///
  /// - Parameters:
  ///   - body: gives hands in components their meaning; nil only to look at a file.
  ///   - cut: the part that will be shown.
  ///   - time: the only moment that will be shown, seconds.
  ///   - original: whose constants for the eyes are taken.
  func load(
    _ name: String, assets: Assets, body: BodyModel? = nil, playback cut: PlaybackOptions? = nil,
    at time: Double? = nil, like original: OriginalSystem? = nil
  ) throws -> any Motion {
    var options = MotionOptions()
    options.frameRate = motionFPS
    options.jointMap = try jointMap.map(JointMap.init)
    options.scale = motionScale
    options.hands = hands
    options.person = person
    options.sequence = sequence
    if let coordinates { options.coordinates = coordinates }
    (options.start, options.end) = time.map { ($0, $0) } ?? (cut?.start, cut?.end)
    if original == .dinar { options.gaze = .dinar }
    let path = try assets.resolve(name, .motion)
    let motion = try MotionFile.load(path: path, body: body, options: options)
    return smooth.map { SmoothedMotion(motion, seconds: $0) } ?? motion
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
    _ motion: any Motion, fps: Double, body: ShapedBody, playback cut: PlaybackOptions? = nil,
    like original: OriginalSystem? = nil
  ) throws -> ResampledMotion {
    var playback = Playback()
    playback.fps = fps
    playback.start = cut?.start
    playback.end = cut?.end
    playback.speed = cut?.speed ?? 1
    playback.repeats = cut?.loop ?? 1
    playback.up = up ?? .auto
    playback.facing = facing ?? .firstFrame
    playback.inPlace = inPlace
    if motionShape, let betas = motion.summary.betas {
      playback.takenBetas = min(betas.count, body.model.shapeCount)
    }
    if original == .dinar {
      // Its motions are in the axes of the photo's camera already.
      playback.up = .axis(.y)
      playback.facing = .keep
    }
    let resampled = try ResampledMotion(
      motion.fitted(to: body.restJoints), playback: playback, restPelvis: body.restJoints[0])
    return ground ? try resampled.grounded(on: body) : resampled
  }

  @Sendable static func parseUp(_ text: String) throws -> UpChoice {
    guard let choice = UpChoice(text) else {
      throw ValidationError("it must be auto, x, y, z, -x, -y or -z")
    }
    return choice
  }

  @Sendable static func parseFacing(_ text: String) throws -> Facing {
    if let facing = Facing(text) {
      guard case .degrees(let angle) = facing else { return facing }
      if Limits.facing.range.contains(angle) { return facing }
    }
    throw ValidationError("it must be camera, average, keep, or \(Limits.facing)")
  }
}

/// Which part of a motion is shown, and how fast.
struct PlaybackOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "Start here, \(Limits.start) into the motion (default 0).",
    transform: Limits.start.parse)
  var start: Double?

  @Option(
    parsing: .unconditional,
    help: "End here, \(Limits.start) into the motion (default: where it ends).",
    transform: Limits.start.parse)
  var end: Double?

  @Option(
    parsing: .unconditional,
    help: "Speed, \(Limits.speed): 2 is twice as fast (default 1).", transform: Limits.speed.parse)
  var speed: Double?

  @Option(
    parsing: .unconditional, help: "Play the motion this many times, 1 to 100000 (default 1).",
    transform: Limits.loop.parse)
  var loop: Int?

  mutating func validate() throws {
    if let end, end <= start ?? 0 { throw ValidationError("--end must be later than --start") }
  }
}
