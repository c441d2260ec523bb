import ArgumentParser
import Avatar
import AvatarCreation
import Compute
import Foundation
import Media

// One person of a batch: networks, files and pictures.

extension CreateDinar {
  /// Makes what is missing of a person.
  func make(_ item: DinarBatch.Item, with maker: DinarAvatar, place: String) throws {
    let progress = batch.report()
    defer { progress.endLine() }
    let start = ContinuousClock.now
    let clock = WorkClock<DinarStage> {
      progress.update(.init(stage: place + $0.stage, done: $0.done, total: $0.total))
    }
    let outputs = item.outputs
    var notices: [String] = []
    if outputs.needsTexture {
      let samples = try clock.run(.reading) {
        try item.sources.map { source in
          do {
            return try sample(source, with: maker, clock: clock, progress: progress)
          } catch let error as ProgramError where error.code != .interrupted {
            throw error.inFile(source.photo)
          }
        }
      }
      notices = Self.remarks(samples)
      let texture = try maker.texture(
        of: samples, clock: clock, preview: try results.preview.map { try preview(item, in: $0) })
      if outputs.isMissing(outputs.avatar) {
        notices += try maker.write(
          texture, name: item.name, to: outputs.avatar, overwrite: batch.force, clock: clock)
      }
      try writeRecord(item, texture, with: maker)
      if let sheet = outputs.sheet {
        try clock.run(.sheet) {
          try PNGFile.write(
            maker.sheet(texture, avatar: outputs.avatar, name: item.name), to: sheet,
            overwrite: true, compression: .fast)
        }
      }
    }
    progress.endLine()
    try render(outputs)
    guard !batch.quiet else { return }
    for notice in notices { Terminal.warn(OptionNames.written(notice)) }
    Terminal.note(
      String(
        format: "\(outputs.avatar): \(item.name), %.1f s",
        ProgressReport.seconds(.now - start)))
    if batch.profile { BatchOptions.say(clock.times) }
  }

  /// What DINAR's own test run would write.
  private func writeRecord(
    _ item: DinarBatch.Item, _ texture: DinarTexture, with maker: DinarAvatar
  ) throws {
    let outputs = item.outputs
    guard outputs.lacksRecord else { return }
    let record = try maker.record(texture, name: item.name)
    if outputs.isMissing(DinarRecord.path(under: outputs.folder, name: item.name)) {
      _ = try record.write(under: outputs.folder, overwrite: batch.force)
    }
    try record.writePictures(
      under: outputs.folder, number: item.number, overwrite: batch.force,
      where: outputs.isMissing)
  }

  /// The three files of a person, or what is found in a photo.
  private func sample(
    _ source: DinarBatch.Source, with maker: DinarAvatar, clock: WorkClock<DinarStage>,
    progress: ProgressReport
  ) throws -> DinarSample {
    switch source {
    case .person(let person): return try maker.sample(person)
    case .photo(let path):
      let file = try PhotoFile(path: path)
      var report = CreationReport(photo: file.photo)
      let sample = try maker.sample(of: file, report: &report, clock: clock)
      progress.endLine()
      if !batch.quiet { batch.say(report, of: file) }
      return sample
    }
  }

  /// What is odd about several photos of one person.
  private static func remarks(_ samples: [DinarSample]) -> [String] {
    let genders = samples.map(\.fit.gender)
    guard let first = samples.first,
      let other = samples.first(where: { $0.fit.gender != genders[0] })
    else { return [] }
    return [
      "the fits are of different bodies, \(genders[0]) (\(first.fit.path)) and "
        + "\(other.fit.gender) (\(other.fit.path)); the avatar has the first one's"
    ]
  }

  /// Writes decoded textures as FOLDER/NAME_STEP.png.
  private func preview(
    _ item: DinarBatch.Item, in folder: String
  ) throws -> (Int, Tensor) throws -> Void {
    try OutputFolder.create(folder)
    let stem = PathParts(item.outputs.avatar).stem
    return { step, texture in
      let number = String(format: "%04d", step)
      try PNGFile.write(
        DinarTexture.colors(of: texture), to: "\(folder)/\(stem)_\(number).png", overwrite: true,
        compression: .fast)
    }
  }

  /// What `inference.py` shows of a person, as the commands of their own make it.
  private func render(_ outputs: DinarOutputs) throws {
    var common = ["--like", "dinar"]
    if results.withoutWeights { common += ["--checkpoint", networks.checkpoint] }
    if batch.force { common.append("--force") }
    if batch.quiet { common.append("--quiet") }
    if let threads = batch.threads { common += ["--threads", "\(threads)"] }
    var commands: [any ParsableCommand] = []
    if let still = outputs.still, outputs.isMissing(still) {
      commands.append(try Export.parse([outputs.avatar, "-o", still] + common))
    }
    if let turntable = outputs.turntable, outputs.isMissing(turntable) {
      commands.append(try Turntable.parse([outputs.avatar, "-o", turntable] + common))
    }
    if let video = outputs.video, let motion = results.video, outputs.isMissing(video) {
      commands.append(try Animate.parse([outputs.avatar, motion, "-o", video] + common))
    }
    for var command in commands { try command.run() }
  }
}
