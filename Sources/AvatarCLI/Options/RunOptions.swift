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

  @Flag(help: "Overwrite the output if it exists.")
  var force = false

  @Flag(help: "Say nothing unless something fails.")
  var quiet = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of threads, 1 to 1024 (default: one per processor). Does not change the result.",
      visibility: .hidden), transform: Limits.threads.parse)
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Progress: auto, or json for one JSON object a line on standard error.", visibility: .hidden))
  var progress: ProgressStyle = .auto

  enum ProgressStyle: String, ExpressibleByArgument, CaseIterable { case auto, json }

  func report() -> ProgressReport {
    ProgressReport(style: quiet ? .quiet : progress == .json ? .json : .automatic)
  }

  func warn(_ text: String) {
    if !quiet { Terminal.warn(text) }
  }

  func note(_ text: String) {
    if !quiet { Terminal.note(text) }
  }
}
