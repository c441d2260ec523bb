import ArgumentParser
import Avatar
import AvatarCreation
import Compute
import Foundation

struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fits a body to a person in a photo, and writes it as SMPLify-X does.",
    discussion: """
      avatar fit photo.jpg -o fit.npz
      avatar fit photos/ -o fits/
      avatar create photo.jpg --fit fit.npz -o me.safetensors

      The file holds shape, pose, expression and camera, in the names and axes of \
      SMPLify-X's results, with focal_length, camera_center and image_size besides.
      """)

  @Argument(help: "Photos of persons: files, folders, or bundled names.")
  var photos: [String]

  @Option(
    name: [.short, .long], parsing: .unconditional,
    help: "Fit to write, FILE.npz, or a FOLDER/ for several photos.",
    transform: OptionText.parse)
  var output: String

  @OptionGroup(title: "Person") var photo: PhotoOptions
  @OptionGroup(title: "Body") var body: BodyFitOptions
  @OptionGroup(title: "Run") var batch: BatchOptions

  mutating func validate() throws { try photo.check(several: photos.count > 1) }

  func run() throws {
    let assets = Assets.locate()
    let work = try PhotoBatch(
      photos, output: output, ending: ".npz", force: batch.force, assets: assets)
    guard !work.items.isEmpty else {
      if !batch.quiet { Terminal.note("\(output): nothing is missing") }
      return
    }
    var settings = PhotoAvatarSettings()
    photo.apply(to: &settings)
    body.apply(to: &settings)
    let maker = try batch.maker(
      settings, assets: assets, pool: WorkerPool(threads: batch.threads))
    try work.forEach(quiet: batch.quiet) { item, place in
      let file = try PhotoFile(path: item.photo)
      var report = CreationReport(photo: file.photo)
      let clock = StageClock()
      do {
        let person = try maker.find(in: file, report: &report, clock: clock)
        let fit = try maker.fit(person, report: &report, clock: clock)
        try maker.write(fit, of: person, in: file, to: item.output, overwrite: batch.force)
      } catch let error as ProgramError {
        throw error.inFile(item.photo)
      }
      guard !batch.quiet else { return }
      batch.say(report, of: file)
      for line in report.results { Terminal.note("\(item.output): \(line)") }
    }
  }
}
