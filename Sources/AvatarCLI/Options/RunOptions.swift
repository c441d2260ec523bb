import ArgumentParser
import Compute
import Foundation
import Media

/// Options of every command that renders.
struct RunOptions: ParsableArguments {
  @Option(
    name: [.short, .long], parsing: .unconditional,
    help:
      "What to make, known by its name: \(VideoFormat.usualExtensions.map { "FILE\($0), " }.joined())FILE.png, or pictures NAME_%06d.png or FOLDER/.",
    transform: OptionText.parse)
  var output: String

  @OptionGroup var work: WorkOptions

  var force: Bool { work.force }
  var quiet: Bool { work.quiet }
  var threads: Int? { work.threads }

  func report() -> ProgressReport { work.report() }

  func warn(_ text: String) {
    if !quiet { Terminal.warn(text) }
  }

  func note(_ text: String) {
    if !quiet { Terminal.note(text) }
  }
}
