import Avatar
import Compute
import Foundation

/// Shows how far a loop is: a bar on a terminal, a plain line now and then elsewhere, or JSON lines.
final class ProgressReport {
  enum Style: Sendable { case quiet, automatic, json }
  /// What is counted: frames, each stage from its own beginning, or percents of all stages together.
  enum Measure: Sendable { case frames, percents }

  private let style: Style
  private let measure: Measure
  private let interactive: Bool
  private var start = ContinuousClock.now
  /// The stage that rates are of, and what was done when it was first heard of.
  private var stage: String?
  private var base = 0
  private var last: ContinuousClock.Instant?
  private var drewBar = false

  init(style: Style, measure: Measure = .frames) {
    self.style = style
    self.measure = measure
    interactive = Terminal.isInteractive
  }

  /// Called after each frame; returns false when the user wants to stop.
  func update(_ progress: FrameProgress) -> Bool {
    if style != .quiet { show(progress) }
    return !Interruption.isRequested
  }

  private func show(_ progress: FrameProgress) {
    let now = ContinuousClock.now
    if let stage, stage != progress.stage, measure == .frames {
      start = now
      base = progress.done
    }
    stage = progress.stage
    let interval: Duration = interactive && style == .automatic ? .milliseconds(100) : .seconds(2)
    let complete = progress.done == progress.total
    if let last, !complete, now - last < interval { return }
    if last == nil, !complete, now - start < interval { return }
    last = now
    let seconds = Self.seconds(now - start)
    let rate = seconds > 0 ? Double(progress.done - base) / seconds : 0
    let left = rate > 0 ? Double(progress.total - progress.done) / rate : 0
    switch style {
    case .quiet: return
    case .json:
      Terminal.write(
        json: Line(
          stage: progress.stage, done: progress.done, total: progress.total,
          fps: measure == .frames ? Self.rounded(rate, to: 100) : nil,
          seconds_left: Self.rounded(left, to: 10)))
    case .automatic where interactive:
      let width = 30
      let filled = progress.total > 0 ? progress.done * width / progress.total : width
      Terminal.write(
        "\r\(progress.stage) [" + String(repeating: "#", count: filled)
          + String(repeating: ".", count: width - filled)
          + "] \(amount(progress, rate))  \(Self.clock(left)) left ")
      drewBar = true
      if complete { endLine() }
    case .automatic:
      if complete && seconds < 1 { return }
      Terminal.write(
        "\(progress.stage) \(amount(progress, rate))  \(Self.clock(left)) left\n")
    }
  }

  private func amount(_ progress: FrameProgress, _ rate: Double) -> String {
    switch measure {
    case .frames:
      String(format: "%d/%d  %.1f frames/s", progress.done, progress.total, rate)
    case .percents: "\(progress.total > 0 ? progress.done * 100 / progress.total : 100) %"
    }
  }

  /// A line of JSON.
  private struct Line: Encodable {
    let stage: String
    let done, total: Int
    let fps: Double?
    // The name in the object.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let seconds_left: Double
  }

  private static func rounded(_ value: Double, to parts: Double) -> Double {
    (value * parts).rounded() / parts
  }

  /// Ends the bar's line, so that what follows starts on its own.
  func endLine() {
    if drewBar { Terminal.write("\n") }
    drewBar = false
  }

  static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(saturating: seconds, .up)
    return whole >= 3600
      ? String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
      : String(format: "%d:%02d", whole / 60, whole % 60)
  }
}
