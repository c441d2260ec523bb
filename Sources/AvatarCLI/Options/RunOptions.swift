import ArgumentParser
import Compute
import Foundation

/// Options of every command that makes a file.
struct RunOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: "File to make; its extension decides: .mp4, .png, or NAME_%06d.png for a sequence.")
  var output: String

  @Option(help: "Number of threads (default: one per processor). Does not change the result.")
  var threads: Int?

  @Flag(help: "Overwrite the output if it exists.")
  var force = false

  @Flag(help: "Say nothing unless something fails.")
  var quiet = false

  @Option(help: "Progress: auto, or json for one JSON object a line on standard error.")
  var progress: ProgressStyle = .auto

  enum ProgressStyle: String, ExpressibleByArgument, CaseIterable { case auto, json }

  mutating func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be 1 to 1024, not \(threads)")
    }
    if output.isEmpty { throw ValidationError("--output must not be empty") }
  }

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
