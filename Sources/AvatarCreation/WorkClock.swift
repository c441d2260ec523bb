import Avatar
import Compute

/// The stages of some work in their order, as people are told of them.
public protocol WorkStage: RawRepresentable<String>, CaseIterable, Sendable, Equatable {
  /// Of the time of all, percent; they add up to 100.
  var share: Int { get }
}

/// The clock of a photo's way to an avatar.
public typealias StageClock = WorkClock<CreationStage>

/// Says which stage begins, and keeps how long each took.
public final class WorkClock<Stage: WorkStage> {
  /// In the order in which they began; one that ran twice with the sum.
  public private(set) var times: [(stage: Stage, duration: Duration)] = []
  private var done = 0
  private let progress: (FrameProgress) -> Bool

  /// - Parameter progress: told the stage that begins, and how much of the work is done in percent; false
  ///   stops it.
  public init(progress: @escaping (FrameProgress) -> Bool = { _ in true }) {
    self.progress = progress
  }

  /// - Throws: `interrupted` when the work is to stop, and what the stage throws.
  public func run<Result>(_ stage: Stage, _ body: () throws -> Result) throws -> Result {
    try goOn(stage)
    let start = ContinuousClock.now
    defer { add(stage, .now - start) }
    return try body()
  }

  /// Asks within a stage whether the work is to go on.
  ///
  /// - Parameter part: how much of the stage is done, 0 to 1.
  func goesOn(_ stage: Stage, part: Double = 0) -> Bool {
    let percent = done + Int(saturating: part * Double(stage.share), .down)
    return progress(FrameProgress(stage: stage.rawValue, done: min(percent, 100), total: 100))
  }

  /// - Throws: `interrupted` when the work is to stop.
  func goOn(_ stage: Stage, part: Double = 0) throws {
    guard goesOn(stage, part: part) else { throw ProgramError(.interrupted, "interrupted") }
  }

  private func add(_ stage: Stage, _ duration: Duration) {
    if let index = times.firstIndex(where: { $0.stage == stage }) {
      times[index].duration += duration
    } else {
      times.append((stage, duration))
      done += stage.share
    }
  }
}
