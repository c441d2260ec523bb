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
    let finite = values.compactMap { $0 }.filter(\.isFinite)
    let axis = PlotAxis(finite)
    let (first, last) = (Float(Self.left), Float(Self.width - Self.right))
    let upper = Float(top + Self.top)
    let lower = Float(top + Self.panelHeight - Self.bottom)
    func y(_ value: Double) -> Float { lower - Float(axis.place(value)) * (lower - upper) }
    func x(_ index: Int) -> Float {
      values.count < 2
        ? (first + last) / 2
        : first + 6 + (last - first - 12) * Float(index) / Float(values.count - 1)
    }
    canvas.text(summary.metric.name, x: Self.left, y: top + 10, scale: 2, color: Self.ink)
    for tick in axis.ticks {
      canvas.line(from: [first, y(tick)], to: [last, y(tick)], width: 1, color: Self.pale)
      let text = axis.text(tick)
      canvas.text(
        text, x: Self.left - 6 - text.count * PixelFont.advance, y: Int(saturating: y(tick)) - 4,
        scale: 1,
        color: Self.grey)
    }
    if let mean = summary.mean { drawMean(mean, summary, y, top: top, on: &canvas) }
    canvas.line(from: [first, lower], to: [last, lower], width: 1, color: Self.grey)
    var previous: SIMD2<Float>?
    for (index, value) in values.enumerated() {
      guard let value, !value.isNaN else {
        previous = nil
        continue
      }
      // Infinite values stand on the upper border.
      let point = SIMD2(x(index), value.isFinite ? y(value) : upper)
      if let previous {
        canvas.line(from: previous, to: point, width: 1.5, color: Self.line)
      }
      if values.count <= Self.mostMarks || !value.isFinite {
        canvas.disc(at: point, radius: 2.5, color: Self.line)
      }
      if !value.isFinite, values.count <= Self.mostMarks {
        canvas.text(
          "inf", x: Int(saturating: point.x) - 8, y: Int(saturating: point.y) - 13, scale: 1,
          color: Self.grey)
      }
      previous = point
    }
    for index in Set([0, values.count / 2, values.count - 1]).sorted() where index >= 0 {
      let name = String(pairs[index].name.printable(limit: 24))
      let width = name.count * PixelFont.advance
      let start = min(max(Int(saturating: x(index)) - width / 2, Self.left), Self.width - width - 4)
      canvas.text(name, x: start, y: Int(saturating: lower) + 6, scale: 1, color: Self.grey)
    }
  }

  /// A line and a band behind the values, and in words above them.
  private func drawMean(
    _ mean: Double, _ summary: MetricSummary, _ y: (Double) -> Float, top: Int,
    on canvas: inout Canvas
  ) {
    let (first, last) = (Float(Self.left), Float(Self.width - Self.right))
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
