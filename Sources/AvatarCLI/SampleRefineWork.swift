import Avatar
import AvatarCreation
import Compute
import Foundation
import Media

/// Makes what is wanted of one person after another: textures, avatars, and what lies beside them.
struct SampleRefineWork {
  private let maker: SampleRefineAvatar
  /// The chain of photos; nil where no photo's body is needed.
  private let person: PhotoAvatar?
  private let sources: SampleRefineSourceOptions
  private let results: SampleRefineResultOptions
  private let batch: BatchOptions

  init(_ command: CreateSampleRefine, _ maker: SampleRefineAvatar, person: PhotoAvatar?) {
    (self.maker, self.person) = (maker, person)
    (sources, results, batch) = (command.sources, command.results, command.batch)
  }

  /// - Parameter place: "2 of 5, " for progress, or nothing.
  func make(_ item: SampleRefineBatch.Item, place: String) throws {
    let progress = batch.report()
    defer { progress.endLine() }
    let start = ContinuousClock.now
    let clock = WorkClock<SampleRefineStage> {
      progress.update(.init(stage: place + $0.stage, done: $0.done, total: $0.total))
    }
    switch item.source {
    case .prepared(let sample):
      let texture = try maker.texture(of: sample, clock: clock)
      try clock.run(.file) {
        try item.outputs.write(texture, results, force: batch.force)
        if let avatar = item.outputs.avatar, item.outputs.isMissing(avatar) {
          try maker.write(texture, name: item.name, to: avatar, overwrite: batch.force)
        }
      }
    case .photo(let path):
      let file = try PhotoFile(path: path)
      if let person {
        try make(item, of: file, by: person, progress, place)
      } else {
        try item.outputs.write(byCoordinates(file, item), results, force: batch.force)
      }
    }
    progress.endLine()
    guard !batch.quiet else { return }
    Terminal.note(
      String(
        format: "\(item.outputs.main): \(item.name), %.1f s", ProgressReport.seconds(.now - start)))
    if batch.profile { BatchOptions.say(clock.times) }
  }

  /// The texture of a photo by its IUV picture.
  private func byCoordinates(
    _ file: PhotoFile, _ item: SampleRefineBatch.Item
  ) throws -> SampleRefineTexture {
    guard let iuv = sources.iuv else { throw ProgramError(.software, "a photo without a fit") }
    let (texture, surface) = try maker.texture(
      of: file.photo, iuv: iuv, normals: sources.normMap, clock: WorkClock())
    try item.outputs.write(surface, force: batch.force)
    return texture
  }

  /// With a body that is fitted to the photo.
  private func make(
    _ item: SampleRefineBatch.Item, of file: PhotoFile, by person: PhotoAvatar,
    _ progress: ProgressReport, _ place: String
  ) throws {
    let outputs = item.outputs
    func texture(_ dressed: DressedPerson) throws -> SampleRefineTexture {
      if sources.iuv != nil { return try byCoordinates(file, item) }
      let (texture, surface) = try maker.texture(of: dressed, clock: WorkClock())
      try outputs.write(surface, force: batch.force)
      return texture
    }
    var report = CreationReport(photo: file.photo)
    let stages = StageClock {
      progress.update(.init(stage: place + $0.stage, done: $0.done, total: $0.total))
    }
    if let avatar = outputs.avatar, outputs.isMissing(avatar) {
      try person.make(
        of: file, output: avatar, overwrite: batch.force, report: &report, clock: stages,
        origin: "\(maker.settings.provenance), of one photo"
      ) { dressed in
        let made = try texture(dressed)
        try outputs.write(made, results, force: batch.force)
        return try maker.completion(made, on: dressed.model)
      }
    } else {
      let dressed = try person.dressed(
        in: file, overwrite: batch.force, report: &report, stages)
      try outputs.write(texture(dressed), results, force: batch.force)
    }
    progress.endLine()
    if !batch.quiet { batch.say(report, of: file) }
  }
}
