import Compute
import Foundation
import Media

/// A picture of each metric over the pairs, one panel below the other.
public struct ValuePlot {
  private let summaries: [MetricSummary]
  private let pairs: [Evaluation.Pair]
  private let title: String

  private static let width = 960
  private static let panelHeight = 190
  private static let header = 34
  private static let (left, right, top, bottom) = (76, 20, 30, 24)
  /// More panels than this make a picture that nobody looks at.
  private static let mostPanels = 12
  /// Points of fewer pairs than this are marked.
  private static let mostMarks = 120
  private static let ink: Canvas.Color = [40, 44, 52]
  private static let grey: Canvas.Color = [150, 156, 166]
  private static let pale: Canvas.Color = [228, 231, 236]
  private static let line: Canvas.Color = [31, 119, 180]
  private static let band: Canvas.Color = [255, 127, 14]

  /// - Parameter title: what was compared, in a line.
  public init(_ evaluation: Evaluation, _ summaries: [MetricSummary], title: String) {
    self.summaries = Array(
      summaries.filter { $0.worst != nil && !$0.metric.isPart }.prefix(Self.mostPanels))
    pairs = evaluation.pairs
    self.title = title
  }

  /// - Throws: `dataError` when no metric has a value.
  public func picture() throws -> Picture {
    guard !summaries.isEmpty else {
      throw ProgramError(.dataError, "there is no value to plot", found: "pictures too small")
    }
    var canvas = Canvas(
      width: Self.width, height: Self.header + summaries.count * Self.panelHeight,
      color: [255, 255, 255])
    canvas.text(
      title.printable(limit: 150), x: Self.left, y: 12, scale: 1, color: Self.ink)
    for (index, summary) in summaries.enumerated() {
      draw(summary, y: Self.header + index * Self.panelHeight, on: &canvas)
    }
    return try canvas.picture()
  }

  private func draw(_ summary: MetricSummary, y top: Int, on canvas: inout Canvas) {
    let values = pairs.map { $0.measurement.values[summary.metric] }
    let panel = PlotPanel(
      values, left: Self.left, right: Self.width - Self.right, top: top + Self.top,
      bottom: top + Self.panelHeight - Self.bottom)
    canvas.text(summary.metric.name, x: Self.left, y: top + 10, scale: 2, color: Self.ink)
    for (text, y) in panel.ticks {
      canvas.line(from: [panel.left, y], to: [panel.right, y], width: 1, color: Self.pale)
      canvas.text(
        text, x: Self.left - 6 - text.count * PixelFont.advance, y: Int(saturating: y) - 4,
        scale: 1, color: Self.grey)
    }
    if let mean = summary.mean { drawMean(mean, summary, panel, top: top, on: &canvas) }
    canvas.line(
      from: [panel.left, panel.lower], to: [panel.right, panel.lower], width: 1, color: Self.grey)
    var previous: SIMD2<Float>?
    for (index, value) in values.enumerated() {
      guard let value, !value.isNaN else {
        previous = nil
        continue
      }
      let point = SIMD2(panel.x(index), panel.y(value))
      if let previous, value.isFinite {
        canvas.line(from: previous, to: point, width: 1.5, color: Self.line)
      }
      if values.count <= Self.mostMarks || !value.isFinite {
        canvas.disc(at: point, radius: 2.5, color: Self.line)
      }
      // Nothing lies between a number and the infinite.
      previous = value.isFinite ? point : nil
    }
    for index in Set([0, values.count / 2, values.count - 1]).sorted() where index >= 0 {
      let name = String(pairs[index].name.printable(limit: 24))
      let width = name.count * PixelFont.advance
      let start = min(
        max(Int(saturating: panel.x(index)) - width / 2, Self.left), Self.width - width - 4)
      canvas.text(
        name, x: start, y: Int(saturating: panel.lower) + 6, scale: 1, color: Self.grey)
    }
  }

  /// A line and a band behind the values, and in words above them.
  private func drawMean(
    _ mean: Double, _ summary: MetricSummary, _ panel: PlotPanel, top: Int,
    on canvas: inout Canvas
  ) {
    let (first, last, y) = (panel.left, panel.right, panel.y)
    var text = String(format: "mean %.5g", mean)
    if let (low, high) = summary.interval {
      let (upper, lower) = (Int(saturating: y(high), .down), Int(saturating: y(low), .down))
      for row in upper...max(lower, upper) {
        canvas.line(
          from: [first, Float(row) + 0.5], to: [last, Float(row) + 0.5], width: 1,
          color: Self.band, opacity: 0.16)
      }
      text += String(format: ", 95 %% %.5g to %.5g", low, high)
    }
    canvas.line(
      from: [first, y(mean)], to: [last, y(mean)], width: 1, color: Self.band, opacity: 0.8)
    canvas.text(
      text, x: Self.width - Self.right - text.count * PixelFont.advance, y: top + 14,
      scale: 1, color: Self.ink)
  }
}
