import Avatar
import Compute

/// Says which stage begins, and keeps how long each took.
public final class StageClock {
  /// In the order in which they began; one that ran twice with the sum.
  public private(set) var times: [(stage: CreationStage, duration: Duration)] = []
  private var done = 0
  private let progress: (FrameProgress) -> Bool

  /// - Parameter progress: told the stage that begins, and how much of the work is done in percent; false
  ///   stops it.
  public init(progress: @escaping (FrameProgress) -> Bool = { _ in true }) {
    self.progress = progress
  }

  /// - Throws: `interrupted` when the work is to stop, and what the stage throws.
  public func run<Result>(_ stage: CreationStage, _ body: () throws -> Result) throws -> Result {
    guard goesOn(stage) else { throw ProgramError(.interrupted, "interrupted") }
    let start = ContinuousClock.now
    defer { add(stage, .now - start) }
    return try body()
  }

  /// Asks within a stage whether the work is to go on.
  func goesOn(_ stage: CreationStage) -> Bool {
    progress(FrameProgress(stage: stage.rawValue, done: min(done, 100), total: 100))
  }

  private func add(_ stage: CreationStage, _ duration: Duration) {
    if let index = times.firstIndex(where: { $0.stage == stage }) {
      times[index].duration += duration
    } else {
      times.append((stage, duration))
      done += stage.share
    }
  }
}
