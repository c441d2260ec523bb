import Avatar
import Compute
import Foundation
import Media
import SMPLX

/// What turntable, animate and export have in common: load, frame, loop, report.
struct RenderJob {
  let assets: Assets
  private(set) var person: Person
  let settings: RenderSettings
  let pool: WorkerPool
  private let run: RunOptions
  private let video: VideoOptions?
  private let quality: PictureOptions.Quality
  private let output: FrameOutput
  private let masks: FrameOutput?
  private let profiles: Bool

  /// Checks the output first, so that a wrong name costs no work, then loads the avatar.
  ///
  /// - Parameters:
  ///   - video: nil makes one picture.
  init(
    avatar: String, assets: Assets, run: RunOptions, body: BodyOptions, picture: PictureOptions,
    neural: NeuralOptions, video: VideoOptions?
  ) throws {
    self.run = run
    profiles = neural.profile
    self.video = video
    self.assets = assets
    quality = picture.effectiveQuality
    let description = try AvatarFile(path: assets.resolve(avatar, .avatar)).description
    settings = try picture.settings(for: description, neural)
    let plainNumbers = neural.like == .dinar
    output = try FrameOutput(
      path: run.output, single: video == nil, force: run.force, settings: settings,
      plainNumbers: plainNumbers)
    masks = try neural.maskFolder.map { [settings] in
      try FrameOutput(
        masks: $0, force: run.force, settings: settings, plainNumbers: plainNumbers)
    }
    pool = WorkerPool(threads: run.threads)
    person = try Person(
      avatar: avatar, body: body.body, checkpoint: neural.checkpoint, assets: assets, pool: pool)
    for notice in person.notices { run.warn(notice) }
  }

  /// Reads a motion for this person and, when asked for, takes its shape.
  mutating func load(
    _ motion: String, playback: PlaybackOptions, like original: OriginalSystem? = nil
  ) throws -> any Motion {
    let source = try playback.load(
      motion, assets: assets, body: person.body.model, like: original)
    if let betas = try playback.shape(of: source) { person = try person.reshaped(betas: betas) }
    return source
  }

  /// Renders the selected frames of a sequence into the output, seen by a camera that shows them all.
  ///
  /// - Parameter turn: degrees the person turns over the sequence, for turntables.
  func render(poses: any PoseSource, camera: CameraSettings, turn: Float?) throws {
    try render(count: poses.frameCount, numbers: nil) { selection, report in
      try Scene(
        person: person, poses: poses, selection: selection, settings: camera,
        width: settings.width, height: settings.height, turn: turn, pool: pool, progress: report)
    }
  }

  /// Renders the selected frames before the camera of the photo that a neural avatar was made from.
  ///
  /// - Parameters:
  ///   - poses: nil stands as in the photo.
  ///   - angles: that the person is turned by in each frame, radians.
  ///   - numbers: in the names of numbered pictures, if not the frames' own; the last of equal ones
  ///     counts.
  func renderInPhoto(
    poses: (any PoseSource)?, angles: [Float] = [0], numbers: [Int]? = nil
  ) throws {
    guard let photo = person.description.photo else {
      throw ProgramError(
        .usage, "the avatar was not made from a photo by DINAR", key: "--like",
        found: person.description.name)
    }
    let sequence: any PoseSource =
      poses.map { PhotoPoses($0, photo: photo) }
      ?? StillPose(photo.pose, frameCount: angles.count)
    try render(count: sequence.frameCount, numbers: numbers) { selection, _ in
      try Scene(
        inPhotoOf: person, poses: sequence, selection: selection, width: settings.width,
        height: settings.height, angles: angles)
    }
  }

  private func render(
    count: Int, numbers: [Int]?,
    _ makeScene: (FrameSelection, (FrameProgress) -> Bool) throws -> Scene
  ) throws {
    let selection =
      try video?.frames.map { try FrameSelection.parse($0, count: count) }
      ?? FrameSelection.all(count)
    Interruption.install()
    let report = run.report()
    let start = ContinuousClock.now
    let scene = try makeScene(selection, report.update)
    let loop = try FrameLoop(
      scene: scene, settings: settings, pool: pool, progress: report.update)
    if let result = loop.quantization, let line = result.summary.split(separator: "\n").first {
      run.note("fast: \(line)")
    }
    let names = FrameNumbers(selection, numbers)
    let sink = try output.sink(
      settings: settings, numbers: names, encoding: try video?.encoding(quality), pool: pool,
      buffers: loop.bufferCount)
    let maskSink: (any FrameSink)?
    let finished: Bool
    do {
      maskSink = try masks?.sink(
        settings: settings, numbers: names, encoding: nil, pool: pool, buffers: loop.bufferCount)
    } catch {
      _ = try? sink.cancel(keepPartial: false)
      throw error
    }
    do {
      finished = try loop.run(into: sink, masks: maskSink, progress: report.update)
    } catch {
      report.endLine()
      _ = try? sink.cancel(keepPartial: false)
      _ = try? maskSink?.cancel(keepPartial: false)
      throw error
    }
    report.endLine()
    guard finished else {
      let kept = try sink.cancel(keepPartial: true)
      _ = try maskSink?.cancel(keepPartial: true)
      throw ProgramError(
        .interrupted, "interrupted", file: run.output,
        found: kept.map { "\($0.frameCount) finished frames, kept in \($0.path)" }
          ?? "no finished frame")
    }
    let result = try sink.finish()
    _ = try maskSink?.finish()
    let seconds = ProgressReport.seconds(.now - start)
    let rate =
      selection.count > 1
      ? String(format: ", %.1f frames/s", Double(selection.count) / seconds) : ""
    run.note(
      "\(result.path): \(result.frameCount) frame\(result.frameCount == 1 ? "" : "s"), "
        + "\(settings.width)x\(settings.height)"
        + String(format: ", %.2f s", seconds) + rate)
    if profiles, let profile = loop.profile() {
      for line in profile.lines { print(line) }
      if let result = loop.quantization { print(result.summary) }
    }
  }
}
