import ArgumentParser
import Avatar
import AvatarCreation
import Compute
import Foundation

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells how good photos are for avatars, and what would make them better.",
    discussion: """
      avatar check photo.jpg
      avatar check *.jpg
      avatar check data/

      A folder with rgb, segm and smplx is DINAR's: what is missing or odd is told of \
      each person, and a picture of photo, fit and mask is drawn into NAME-check.
      """)

  @Argument(
    help: "Photos of persons: files, folders, or bundled names; folders of DINAR's data.")
  var photos: [String]

  @OptionGroup var photo: PhotoOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Body of DINAR's data, a file or a folder (default: smplx_models beside it, or the bundled ones).",
      valueName: "body"), transform: OptionText.parse)
  var body: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Folder of uv tables for DINAR's data (default: smplx_data beside it, or the body's).",
      valueName: "folder"), transform: OptionText.parse)
  var tables: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "DINAR's checkpoint, to judge its data by what its networks look at.", valueName: "file"),
    transform: OptionText.parse)
  var checkpoint: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Folder for the pictures of DINAR's data (default: NAME-check in the working folder).",
      valueName: "folder"),
    transform: OptionText.parse)
  var overlays: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of threads, 1 to 1024 (default: one per processor). Does not change the result.",
      visibility: .hidden), transform: Limits.threads.parse)
  var threads: Int?

  mutating func validate() throws { try photo.check(several: photos.count > 1) }

  func run() throws {
    let pool = WorkerPool(threads: threads)
    let assets = Assets.locate()
    var failure: ProgramError?
    for folder in photos where DinarFolder.resembles(folder) {
      let first = try check(data: folder, assets: assets, pool: pool)
      failure = failure ?? first
    }
    let photos = try photos.filter { !DinarFolder.resembles($0) }
      .flatMap { try PhotoBatch.files($0, assets) }
    let finder = photos.isEmpty ? nil : try PersonFinder(assets: assets, pool: pool)
    for path in photos {
      guard let finder else { break }
      do {
        try check(path, finder)
      } catch let error as ProgramError {
        guard photos.count > 1 else { throw error.inFile(path) }
        Terminal.error(AvatarCommand.named(error.inFile(path)))
        failure = failure ?? error
      }
    }
    if let failure { throw ExitCode(failure.code.rawValue) }
  }

  private func check(_ path: String, _ finder: PersonFinder) throws {
    let file = try PhotoFile(path: path)
    let person = try finder.find(
      in: file.photo, number: photo.person ?? 1, mask: photo.mask, clock: StageClock())
    for notice in file.notices { Terminal.warn(notice) }
    let assessment = person.assessment
    let count = assessment.persons == 1 ? "one person" : "\(assessment.persons) persons"
    print("\(path): \(file.photo.width) x \(file.photo.height), \(count)")
    for remark in assessment.remarks {
      let columns = [remark.part, remark.certainty.rawValue]
        .map { $0.padding(toLength: 9, withPad: " ", startingAt: 0) }
      print("  \(columns.joined())\(OptionNames.written(remark.sentence))")
    }
  }
}
