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

  /// Checks the output first, so that a wrong name costs no work, then loads the avatar.
  ///
  /// - Parameters:
  ///   - video: nil makes one picture.
  init(
    avatar: String, assets: Assets, run: RunOptions, body: BodyOptions, picture: PictureOptions,
    video: VideoOptions?
  ) throws {
    self.run = run
    self.video = video
    self.assets = assets
    quality = picture.effectiveQuality
    let size = picture.frameSize
    settings = RenderSettings(
      width: size.width, height: size.height, supersample: picture.samples,
      background: try picture.backgroundValue(), light: picture.light, pass: picture.pass)
    try settings.check()
    output = try FrameOutput(
      path: run.output, single: video == nil, force: run.force, settings: settings)
    pool = WorkerPool(threads: run.threads)
    person = try Person(avatar: avatar, body: body.body, assets: assets, pool: pool)
    for notice in person.notices { run.warn(notice) }
  }

  /// Reads a motion for this person and, when asked for, takes its shape.
  mutating func load(_ motion: String, playback: PlaybackOptions) throws -> any Motion {
    let source = try playback.load(motion, assets: assets, body: person.body.model)
    if let betas = try playback.shape(of: source) { person = try person.reshaped(betas: betas) }
    return source
  }

  /// Renders the selected frames of a sequence into the output.
  ///
  /// - Parameter turn: degrees the person turns over the sequence, for turntables.
  func render(poses: any PoseSource, camera: CameraSettings, turn: Float?) throws {
    let selection =
      try video?.frames.map { try FrameSelection.parse($0, count: poses.frameCount) }
      ?? FrameSelection.all(poses.frameCount)
    Interruption.install()
    let report = run.report()
    let start = ContinuousClock.now
    let scene = try Scene(
      person: person, poses: poses, selection: selection, settings: camera,
      width: settings.width, height: settings.height, turn: turn, pool: pool,
      progress: report.update)
    let loop = FrameLoop(scene: scene, settings: settings, pool: pool)
    let sink = try output.sink(
      settings: settings, selection: selection, encoding: try video?.encoding(quality),
      pool: pool, buffers: loop.bufferCount)
    let finished: Bool
    do {
      finished = try loop.run(into: sink, progress: report.update)
    } catch {
      report.endLine()
      _ = try? sink.cancel(keepPartial: false)
      throw error
    }
    report.endLine()
    guard finished else {
      let kept = try sink.cancel(keepPartial: true)
      throw ProgramError(
        .interrupted, "interrupted", file: run.output,
        found: kept.map { "\($0.frameCount) finished frames, kept in \($0.path)" }
          ?? "no finished frame")
    }
    let result = try sink.finish()
    let seconds = ProgressReport.seconds(.now - start)
    let rate =
      selection.count > 1
      ? String(format: ", %.1f frames/s", Double(selection.count) / seconds) : ""
    run.note(
      "\(result.path): \(selection.count) frame\(selection.count == 1 ? "" : "s"), "
        + "\(settings.width)x\(settings.height)"
        + String(format: ", %.2f s", seconds) + rate)
  }
}
