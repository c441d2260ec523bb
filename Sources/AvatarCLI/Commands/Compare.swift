import ArgumentParser
import Avatar
import Compute
import Evaluation
import Foundation
import Media

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Tells whether two pictures or videos are alike: exit status 0, or 1 where they are not.",
    discussion: """
      avatar compare ours.png expected.png
      avatar compare ours.png expected.png --psnr 40 --ssim 0.98
      avatar compare ours.mp4 expected.mp4 --max-difference 2

      Without a bound the pictures must be identical. Of folders and videos each pair must be within the
      bounds. Other exit statuses are errors: what cannot be read, or has two sizes, is not compared.
      """)

  @Argument(help: ArgumentHelp("A picture, a folder of pictures or a video.", valueName: "a"))
  var a: String

  @Argument(help: ArgumentHelp("What it is compared with, of the same kind.", valueName: "b"))
  var b: String

  @OptionGroup(title: "Bounds") var bounds: BoundOptions
  @OptionGroup(title: "Pairs") var measure: MeasureOptions
  @OptionGroup var work: WorkOptions

  mutating func validate() throws {
    if bounds.lpips != nil, measure.lpips.isEmpty {
      throw ValidationError("--lpips-at-most needs weights; give them with --lpips")
    }
  }

  func run() throws {
    let pool = WorkerPool(threads: work.threads)
    let networks = try measure.networks(of: nil, pool: pool)
    let limits = bounds.limits(networks)
    let source = try PairSource(a, b, mask: measure.mask, reading: measure.reading(of: nil))
    let metrics = limits.map(\.metric).filter { Metric.all.contains($0) }
    let evaluation = try MeasureRun(
      source, Evaluator(metrics: metrics, networks: networks, pool: pool), measure, work
    ).result()
    let verdict = try Verdict(evaluation, limits, file: a)
    if !work.quiet {
      for line in verdict.lines { Terminal.print(line) }
      for note in evaluation.notes { Terminal.note(note) }
      for (name, error) in evaluation.failures {
        Terminal.warn("\(name) was left out: \(error.what)")
      }
    }
    if !verdict.isWithin { throw ExitCode(Self.beyond) }
  }

  /// The exit status of pictures that are not alike.
  private static let beyond: Int32 = 1
}
