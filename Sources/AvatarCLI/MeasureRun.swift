import Avatar
import Compute
import Evaluation

/// Measures the pairs of a source, with progress.
struct MeasureRun {
  private let source: PairSource
  private let evaluator: Evaluator
  private let options: MeasureOptions
  private let work: WorkOptions

  init(
    _ source: PairSource, _ evaluator: Evaluator, _ options: MeasureOptions, _ work: WorkOptions
  ) {
    self.source = source
    self.evaluator = evaluator
    self.options = options
    self.work = work
  }

  func result() throws -> Evaluation {
    let report = work.report()
    defer { report.endLine() }
    let evaluation = try evaluator.evaluate(source, isPartial: options.partial) { done in
      report.update(FrameProgress(stage: "measuring", done: done, total: source.count))
    }
    if evaluation.isTransparent, options.alpha == nil, !work.quiet {
      Terminal.note("transparent pixels were laid over white (--alpha)")
    }
    return evaluation
  }
}
