import Avatar
import Compute

/// Says what begins, and keeps how long each stage took.
public final class StageClock {
  /// Stages in their order, one that ran twice with the sum.
  public private(set) var times: [(stage: String, duration: Duration)] = []
  private let count: Int
  private let progress: (FrameProgress) -> Bool

  /// - Parameters:
  ///   - count: of the stages that are to come.
  ///   - progress: told the stage that begins, and how many are done; false stops the work.
  public init(count: Int = 1, progress: @escaping (FrameProgress) -> Bool = { _ in true }) {
    self.count = count
    self.progress = progress
  }

  /// - Throws: `interrupted` when the work is to stop, and what the stage throws.
  public func run<Result>(_ stage: String, _ body: () throws -> Result) throws -> Result {
    try begin(stage)
    let start = ContinuousClock.now
    defer { add(stage, .now - start) }
    return try body()
  }

  private func begin(_ stage: String) throws {
    let step = FrameProgress(stage: stage, done: min(times.count, count), total: count)
    guard progress(step) else { throw ProgramError(.interrupted, "interrupted") }
  }

  private func add(_ stage: String, _ duration: Duration) {
    if let index = times.firstIndex(where: { $0.stage == stage }) {
      times[index].duration += duration
    } else {
      times.append((stage, duration))
    }
  }
}
