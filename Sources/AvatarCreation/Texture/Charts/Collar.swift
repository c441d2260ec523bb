import Compute

/// Where around the neck skin ends and cloth begins: in front as the photo shows it, behind as at the sides.
struct Collar: Sendable {
  /// By column of the trunk's chart: height in metres.
  private let heights: [Float]

  /// Heights about the neck's joint where a collar may be, metres.
  private static let range: (Float, Float) = (-0.16, 0.10)
  /// Below this distance cloth and skin cannot be told apart.
  private static let leastDifference: Float = 14
  /// Rows of skin above, and of cloth below.
  private static let skinRows = 2
  private static let clothRows = 3

  /// Nil where there is none: a bare chest, cloth of the skin's colour, hair over the neck.
  init?(_ chart: Chart, window: ChartWindow, body: BodySurface, colors: PersonColors) {
    let columns = Chart.columns
    let neck = body.joints[12].y
    func row(_ height: Float) -> Int {
      min(max(Int(saturating: chart.row(height)), 0), chart.rows - 1)
    }
    let chest = window.medians[row(neck - 0.22)]
    let (skin, cloth, hair) = (
      PerceptualColor.lab(colors.skin), PerceptualColor.lab(chest), PerceptualColor.lab(colors.hair)
    )
    guard PerceptualColor.difference(skin, cloth) > Self.leastDifference else { return nil }
    let (top, bottom) = (row(neck + Self.range.1), row(neck + Self.range.0))
    var found = [Float?](repeating: nil, count: columns)
    for column in 0..<columns {
      var skinRun = 0
      var clothRun = 0
      for row in stride(from: top, through: bottom, by: -1) {
        let cell = row * columns + column
        guard chart.quality[cell] > 0.3 else { continue }
        let lab = PerceptualColor.lab(chart.colors[cell])
        let (toSkin, toCloth) = (
          PerceptualColor.difference(lab, skin), PerceptualColor.difference(lab, cloth)
        )
        if toSkin < min(toCloth, 28) {
          skinRun += 1
          clothRun = 0
        } else if skinRun >= Self.skinRows {
          clothRun += 1
          guard clothRun == Self.clothRows else { continue }
          if PerceptualColor.difference(lab, hair) > toCloth * 0.5 || toCloth < Self.leastDifference
          {
            found[column] =
              chart.start + (Float(row + Self.clothRows - 1) + 1) * Chart.rowHeight
          }
          break
        }
      }
    }
    guard let whole = Self.completed(found) else { return nil }
    heights = whole
  }

  /// Columns that show nothing are between those that do; the back is as high as the sides.
  private static func completed(_ found: [Float?]) -> [Float]? {
    let columns = found.count
    // The middle column looks to the front.
    let front = columns / 2
    let seen = found.indices.filter { found[$0] != nil }
    guard seen.count >= 8, let first = seen.first, let last = seen.last else { return nil }
    func side(_ range: Range<Int>) -> Float? {
      let values = range.compactMap { found[$0] }.sorted()
      return values.isEmpty ? nil : values[values.count * 3 / 4]
    }
    let reach = max(4, columns / 24)
    let left = first < front ? side(first..<min(first + reach, columns)) : nil
    let right = last > front ? side(max(last + 1 - reach, 0)..<last + 1) : nil
    guard let low = left ?? right, let high = right ?? left else { return nil }
    let back = max(low, high)
    var values = [Float](repeating: back, count: columns)
    for column in first...last {
      let below = seen.last { $0 <= column } ?? first
      let above = seen.first { $0 >= column } ?? last
      guard let a = found[below], let b = found[above] else { continue }
      values[column] =
        above > below ? a + (b - a) * Float(column - below) / Float(above - below) : a
    }
    func smoothed(_ body: ([Float]) -> Float) {
      let old = values
      for column in 0..<columns {
        values[column] = body((-5...5).map { old[(column + $0 + columns) % columns] })
      }
    }
    smoothed { $0.sorted()[$0.count / 2] }
    smoothed { $0.reduce(0, +) / Float($0.count) }
    return values
  }

  /// Metres, in a direction of the trunk's chart.
  @inline(__always)
  func height(_ angle: Float) -> Float {
    let turn = (angle + .pi) / (2 * .pi)
    let at = (turn - turn.rounded(.down)) * Float(Chart.columns) - 0.5
    let first = at < 0 ? Chart.columns - 1 : min(Int(at), Chart.columns - 1)
    let next = first + 1 == Chart.columns ? 0 : first + 1
    let t = at - at.rounded(.down)
    return heights.withUnsafeBufferPointer { $0[first] + ($0[next] - $0[first]) * t }
  }
}
