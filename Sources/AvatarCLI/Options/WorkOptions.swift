import ArgumentParser
import Compute

/// Options of every command that works for longer than a moment.
struct WorkOptions: ParsableArguments {
  @Flag(help: "Overwrite what exists.")
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

  func report(measure: ProgressReport.Measure = .frames) -> ProgressReport {
    ProgressReport(
      style: quiet ? .quiet : progress == .json ? .json : .automatic, measure: measure)
  }
}
