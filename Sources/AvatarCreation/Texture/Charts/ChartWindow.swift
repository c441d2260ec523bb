import Compute
import Foundation

/// By row of a chart: the directions that the photo shows, and what their usual colour is.
///
/// A class: texels look at it millions of times, and a copy would count references to each table.
final class ChartWindow: Sendable {
  /// Radians: the middle of the window and its half width.
  let centres: [Float]
  let halfWidths: [Float]
  /// Whether the photo shows the row.
  let isSeen: [Bool]
  /// The nearest row that the photo shows.
  let sources: [Int]
  /// The median colour of what is seen.
  let medians: [SIMD4<Float>]

  /// Nil if the photo shows next to nothing.
  init?(_ chart: Chart) {
    let (rows, columns) = (chart.rows, Chart.columns)
    var spans: [(middle: Float, half: Float)?] = (0..<rows).map { row in
      Self.widest(chart, row).flatMap { span in
        let half = Float(span.count) / 2 * Chart.columnAngle
        guard half >= 0.15 else { return nil }
        return (
          (Float(span.first) + Float(span.count) / 2) * Chart.columnAngle - .pi, min(half, 2.6)
        )
      }
    }
    // A row seen alone among rows that are not is chance.
    if spans.compactMap({ $0 }).count < 4 { return nil }
    let isSeen = spans.map { $0 != nil }
    let sources = Self.nearest(isSeen)
    (self.isSeen, self.sources) = (isSeen, sources)
    for row in 0..<rows where spans[row] == nil { spans[row] = spans[sources[row]] }
    let whole = spans.compactMap { $0 }
    let real = Self.smoothed(Self.median(whole.map { cos($0.middle) }))
    let imaginary = Self.smoothed(Self.median(whole.map { sin($0.middle) }))
    let middles = zip(imaginary, real).map { atan2($0, $1) }
    // The limits apart: a row that is seen further on one side only keeps the other.
    func limit(_ side: Float) -> [Float] {
      let raw = (0..<rows).map { whole[$0].half + side * wrapped(whole[$0].middle - middles[$0]) }
      return Self.smoothed(Self.least(Self.median(raw)))
    }
    let (low, high) = (limit(-1), limit(1))
    centres = (0..<rows).map { wrapped(middles[$0] + (high[$0] - low[$0]) / 2) }
    halfWidths = (0..<rows).map { max((high[$0] + low[$0]) / 2 * 0.97, 0.15) }
    let medians = (0..<rows).map { row -> SIMD4<Float> in
      var channels: [[Float]] = [[], [], []]
      for column in 0..<columns where chart.quality[row * columns + column] > 0.4 {
        let color = chart.colors[row * columns + column]
        for k in 0..<3 { channels[k].append(color[k]) }
      }
      guard channels[0].count >= 4 else { return SIMD4(repeating: -1) }
      for k in 0..<3 { channels[k].sort() }
      let middle = channels[0].count / 2
      return SIMD4(channels[0][middle], channels[1][middle], channels[2][middle], 1)
    }
    let known = Self.nearest(medians.map { $0.w > 0 })
    self.medians = known.map { medians[$0] }
  }

  /// The longest run of well seen columns of a row, around the back too, small gaps closed.
  private static func widest(_ chart: Chart, _ row: Int) -> (first: Int, count: Int)? {
    let columns = Chart.columns
    var isWell = (0..<columns).map { chart.quality[row * columns + $0] > 0.5 }
    guard isWell.filter({ $0 }).count >= 4 else { return nil }
    var last: Int?
    for place in 0..<2 * columns where isWell[place % columns] {
      if let last, (2...7).contains(place - last) {
        for gap in last + 1..<place { isWell[gap % columns] = true }
      }
      last = place
    }
    var best = (first: 0, count: 0)
    var run = 0
    for place in 0..<2 * columns {
      run = isWell[place % columns] ? min(run + 1, columns) : 0
      if run > best.count { best = (place - run + 1, run) }
    }
    return best.count > 0 ? best : nil
  }

  private static func nearest(_ isThere: [Bool]) -> [Int] {
    let there = isThere.indices.filter { isThere[$0] }
    return isThere.indices.map { row in
      there.min { abs($0 - row) < abs($1 - row) } ?? 0
    }
  }

  private static func median(_ values: [Float]) -> [Float] {
    neighbours(values, 4) { $0.sorted()[$0.count / 2] }
  }

  private static func least(_ values: [Float]) -> [Float] {
    neighbours(values, 4) { $0.min() ?? 0 }
  }

  private static func smoothed(_ values: [Float]) -> [Float] {
    let weights = (-24...24).map { exp(-Float($0 * $0) / 128) }
    let sum = weights.reduce(0, +)
    return neighbours(values, 24) { values in zip(values, weights).map(*).reduce(0, +) / sum }
  }

  private static func neighbours(
    _ values: [Float], _ reach: Int, _ body: ([Float]) -> Float
  ) -> [Float] {
    values.indices.map { row in
      body((-reach...reach).map { values[min(max(row + $0, 0), values.count - 1)] })
    }
  }
}
