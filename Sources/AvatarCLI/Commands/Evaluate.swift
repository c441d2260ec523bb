import ArgumentParser
import Avatar
import Compute
import Evaluation
import Foundation
import Media

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures how far pictures, folders of pictures or videos are apart.",
    discussion: """
      avatar evaluate ours.png truth.png
      avatar evaluate renders/ photos/ --mask masks/ --csv views.csv --plot views.png
      avatar evaluate ours.mp4 truth.mp4 --difference worst.png
      avatar evaluate renders/ photos/ --lpips alexnet.pth --lpips alex.pth

      Pictures of folders are paired by their names, or in natural order if no name is in both. Each metric
      has the name of its definition; docs/EVALUATION.md tells them apart. --help-all shows every option.
      """)

  @Argument(help: ArgumentHelp("A picture, a folder of pictures or a video.", valueName: "a"))
  var a: String

  @Argument(help: ArgumentHelp("What it is compared with, of the same kind.", valueName: "b"))
  var b: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Names with commas between them, or all: \(Metric.all.map(\.name).joined(separator: ", ")) (default: \(Metric.usual.map(\.name).joined(separator: ","))).",
      valueName: "metrics"), transform: MetricNames.parse)
  var metrics: [Metric]?

  @Option(
    name: .customLong("protocol"), parsing: .unconditional,
    help: ArgumentHelp("Measure as it was published.", valueName: "protocol"))
  var published: EvaluationProtocol?

  @OptionGroup(title: "Pairs") var measure: MeasureOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Write all values, a line a pair.", valueName: "file.csv"),
    transform: OptionText.parse)
  var csv: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Write all values, with definitions.", valueName: "file.json"),
    transform: OptionText.parse)
  var json: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw the values of all pairs.", valueName: "file.png"),
    transform: OptionText.parse)
  var plot: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw the worst pair and where it differs.", valueName: "file.png"),
    transform: OptionText.parse)
  var difference: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seed of the resampling behind intervals, \(Limits.seed) (default: 0).",
      visibility: .hidden), transform: Limits.seed.parse)
  var seed: Int = 0

  @OptionGroup var work: WorkOptions

  mutating func validate() throws {
    if published != nil, metrics != nil {
      throw ValidationError("--protocol says which metrics; give it or --metrics")
    }
    if published?.needsMask ?? false, measure.mask == nil {
      throw ValidationError(
        "--protocol \(published?.rawValue ?? "") multiplies by the UV mask; give it with --mask")
    }
  }

  func run() throws {
    let files = try EvaluationFiles(
      [(.csv, csv), (.json, json), (.plot, plot), (.difference, difference)],
      inputs: [a, b] + [measure.mask].compactMap { $0 } + measure.lpips, force: work.force)
    let pool = WorkerPool(threads: work.threads)
    let source = try PairSource(
      a, b, mask: measure.mask, reading: measure.reading(of: published))
    let evaluator = Evaluator(
      metrics: published?.metrics ?? metrics ?? Metric.usual,
      networks: try measure.networks(of: published, pool: pool), pool: pool)
    let evaluation = try MeasureRun(source, evaluator, measure, work).result()
    let summaries = try evaluation.summary(seed: UInt64(seed), pool: pool)
    print(evaluation, summaries, source)
    let written = try files.write { kind in
      switch kind {
      case .csv: [UInt8](evaluation.csv(summaries).utf8)
      case .json: try evaluation.json(summaries, about: about(source))
      case .plot:
        try PNGFile.encode(ValuePlot(evaluation, summaries, title: "\(a) and \(b)").picture())
      case .difference: try PNGFile.encode(differencePicture(evaluation, pool: pool))
      }
    }
    if !work.quiet { for path in written { Terminal.note("\(path) is written") } }
  }

  private func print(
    _ evaluation: Evaluation, _ summaries: [MetricSummary], _ source: PairSource
  ) {
    let table = EvaluationTable(evaluation, summaries)
    if let published { Terminal.print(published.words) }
    for line in table.pairLines { Terminal.print(line) }
    let (shown, total) = (table.pairLines.count - 1, evaluation.pairs.count)
    if shown < total {
      Terminal.print(
        "the worst \(shown) of \(total) by \(evaluation.metrics.first?.name ?? ""); --csv FILE has all"
      )
    }
    if total > 1 {
      Terminal.print("")
      for line in table.summaryLines { Terminal.print(line) }
    }
    guard !work.quiet else { return }
    for remark in table.remarks { Terminal.note(remark) }
    if published == .snapshotPeople, measure.lpips.isEmpty {
      Terminal.note("the protocol's LPIPS needs weights: --lpips alexnet.pth --lpips alex.pth")
    }
  }

  private func about(_ source: PairSource) throws -> [String: String] {
    let reading = try measure.reading(of: published)
    var about = [
      "a": a.printable(), "b": b.printable(), "alpha": reading.alpha.rawValue, "seed": "\(seed)",
      "resamples": "\(MetricSummary.resamples)",
    ]
    about["protocol"] = published?.rawValue
    about["mask"] = measure.mask?.printable()
    if measure.mask != nil { about["mask_use"] = reading.maskUse.rawValue }
    return about
  }

  private func differencePicture(_ evaluation: Evaluation, pool: WorkerPool) throws -> Picture {
    guard let worst = evaluation.worst, let metric = evaluation.metrics.first else {
      throw ProgramError(.software, "nothing was measured")
    }
    let pair = evaluation.pairs[worst.index]
    let value = EvaluationTable.text(pair.measurement.values[metric], of: metric)
    return try DifferencePicture(
      worst.a, worst.b,
      title: (evaluation.isVideo ? "frame " : "") + "\(pair.name): \(metric.name) \(value)"
    ).picture(pool: pool)
  }
}
