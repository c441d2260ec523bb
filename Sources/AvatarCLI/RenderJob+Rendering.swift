import Avatar
import Compute
import Foundation
import Media
import SMPLX

extension RenderJob {
  /// Renders the selected frames of a sequence into the output, seen by a camera that shows all frames of
  /// the sequence.
  ///
  /// - Parameter turn: degrees the person turns over the sequence, for turntables.
  func render(poses: any PoseSource, camera: CameraSettings, turn: Float?) throws {
    try render(
      poses, seenBy: "\(camera) \(turn.map { "\($0)" } ?? "-")", numbers: nil
    ) { selection, report in
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
    try render(
      sequence, seenBy: "the photo, \(angles.count) angles to \(angles.last ?? 0)", numbers: numbers
    ) { selection, _ in
      try Scene(
        inPhotoOf: person, poses: sequence, selection: selection, width: settings.width,
        height: settings.height, angles: angles)
    }
  }

  /// - Parameter camera: all that the camera follows from besides poses and files, in words.
  private func render(
    _ poses: any PoseSource, seenBy camera: String, numbers: [Int]?,
    _ makeScene: (FrameSelection, @escaping (FrameProgress) -> Bool) throws -> Scene
  ) throws {
    let count = poses.frameCount
    let asked =
      try video?.frames.map { try FrameSelection.parse($0, count: count) }
      ?? FrameSelection.all(count)
    let encoding = try video?.encoding(quality, output.kind)
    let work = try FrameWork(
      asked: asked, sequence: count, numbers: numbers, output: output, masks: masks,
      resumes: video?.resume ?? false, encoding: encoding)
    guard work.selection.count > 0 else {
      run.note("\(output.path): nothing is missing")
      return
    }
    let report = run.report()
    let start = ContinuousClock.now
    let scene = try makeScene(work.selection, report.update)
    let loop = try FrameLoop(
      scene: scene, settings: settings, masks: masks != nil, pool: pool, progress: report.update)
    if let result = loop.quantization, let line = result.summary.split(separator: "\n").first {
      run.note("fast: \(line)")
    }
    let sink = try output.sink(
      numbers: work.pictureNumber, count: work.selection.count, encoding: encoding,
      comment: label(scene, camera, encoding: encoding), pool: pool,
      buffers: loop.bufferCount)
    let maskSink: (any FrameSink)?
    let finished: Bool
    do {
      maskSink = try masks?.sink(
        numbers: work.maskNumber, count: work.selection.count, encoding: nil, comment: nil,
        pool: pool, buffers: loop.bufferCount)
    } catch {
      _ = try? sink.cancel(keepPartial: false)
      throw error
    }
    // From here on there are frames to keep; a single picture has no part worth it.
    if video != nil { Interruption.install() }
    do {
      finished = try loop.run(into: sink, masks: maskSink, progress: report.update)
    } catch {
      report.endLine()
      // Finished pictures stay, those of earlier runs that were replaced among them.
      _ = try? sink.cancel(keepPartial: output.kind == .sequence)
      _ = try? maskSink?.cancel(keepPartial: true)
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
    let result: FinishedOutput
    do {
      result = try sink.finish()
    } catch {
      _ = try? maskSink?.cancel(keepPartial: true)
      throw error
    }
    _ = try maskSink?.finish()
    let seconds = ProgressReport.seconds(.now - start)
    let rendered = work.selection.count
    let rate = rendered > 1 ? String(format: ", %.1f frames/s", Double(rendered) / seconds) : ""
    run.note(
      "\(result.path): \(result.frameCount) frame\(result.frameCount == 1 ? "" : "s"), "
        + output.storedSize(settings)
        + String(format: ", %.2f s", seconds) + rate)
    if let departure = loop.departure {
      run.warn(
        "the person \(departure.words) from frame \(departure.frame) on; "
          + "--camera fit or follow sees the whole motion")
    }
    if profiles, let profile = try loop.profile() {
      for line in profile.lines { print(line) }
      if let result = loop.quantization {
        for line in result.summary.split(separator: "\n") { print(String(line)) }
      }
    }
  }

  /// What a video of some frames says of itself, so that it can be joined with the others; nil for a
  /// video of a whole sequence that nobody asked for by pieces.
  private func label(_ scene: Scene, _ camera: String, encoding: VideoEncoding?) throws -> String? {
    let count = scene.poses.frameCount
    guard output.kind.videoFormat != nil, let encoding, video?.frames != nil else { return nil }
    let identity = try RunIdentity(
      files: sources + [person.body.model.path], person: person, poses: scene.poses,
      settings: settings,
      conditions: [Version.text, camera, encoding.description])
    return PieceLabel(
      version: Version.text, frames: scene.selection, total: count, run: identity.description
    ).description
  }
}
