import Compute

/// What of the front does not belong on the back as well: badges, buttons, a tie, prints, and the light and
/// shade of a chest.
///
/// A class: texels look at it millions of times, and a copy would count references to each table.
final class ChartBlemishes: Sendable {
  /// (rows, columns): sRGB, and how far it and its surroundings are from the row's usual colour.
  let compared: Plane<SIMD4<Float>>
  /// (rows, columns): how far the cloth is lighter or darker than is usual in its row, sRGB levels.
  let shading: Plane<SIMD4<Float>>
  /// (rows, columns): sRGB as it goes on over blemishes, without shading.
  let plain: Plane<SIMD4<Float>>
  /// Whether there are so many that they are the cloth's pattern, which goes round.
  let isPattern: Bool

  /// Distances from the usual colour, sRGB levels: none to certain.
  static let certain: (Float, Float) = (18, 40)
  /// So many spots of about one size are a pattern; folds and noise are smaller, in cells of 0.2 cm2.
  private static let patternCount = 16
  private static let leastSpot: Float = 4
  /// Rows about a hem, and differences of usual colours there, from which it is one.
  private static let hemRows = 10
  private static let hem: (Float, Float) = (20, 40)
  private static let spotRange: Float = 2.5
  /// Cells of 4 mm and 2 degrees: shade is wider than folds.
  private static let shadeSize: Float = 6
  /// Differences in a row, sRGB levels: of light and shade, and of other cloths.
  private static let cloths: (Float, Float) = (30, 60)

  init(_ chart: Chart, window: ChartWindow, pool: WorkerPool) {
    let (rows, columns) = (chart.rows, Chart.columns)
    let usual = Self.steady(window.medians)
    compared = Plane(count: rows * columns, filledWith: .zero)
    plain = Plane(count: rows * columns, filledWith: .zero)
    let shading = Self.shading(chart, window.medians, pool)
    self.shading = shading
    let levels = Self.levelness(usual)
    var distances = [Float](repeating: 0, count: rows * columns)
    for cell in distances.indices {
      let (color, level) = (chart.colors[cell] - shading[cell], levels[cell / columns])
      distances[cell] = level * Self.distance(color, usual[cell / columns])
    }
    // Over whole badges rather than cell by cell, and smooth, so that no edge shows where sides are
    // exchanged.
    let grown = Self.grown(
      Self.grown(distances, columns, step: (1, 0)), columns, step: (0, 1))
    let smooth = Blur.gaussian(grown, width: columns, height: rows, sigma: 3, pool: pool)
    for cell in smooth.indices {
      let color = chart.colors[cell] - shading[cell]
      compared[cell] = SIMD4(color.x, color.y, color.z, smooth[cell])
      let weight = 1 - smoothStep(smooth[cell], Self.certain.0 * 0.6, Self.certain.0)
      plain[cell] = SIMD4(color.x, color.y, color.z, 1) * (weight + 1e-4)
    }
    PushPull.fill(plain, width: columns, height: rows, wrapsColumns: true, pool: pool)
    isPattern = Self.isPattern(
      distances.indices.map { chart.quality[$0] > 0.5 && distances[$0] > Self.certain.1 }, columns)
  }

  /// Smooth differences from the row's own usual colour; none where they are as large as those of cloths.
  private static func shading(
    _ chart: Chart, _ medians: [SIMD4<Float>], _ pool: WorkerPool
  ) -> Plane<SIMD4<Float>> {
    let (rows, columns) = (chart.rows, Chart.columns)
    var planes = [[Float]](
      repeating: [Float](repeating: 0, count: rows * columns), count: 4)
    for cell in 0..<rows * columns where chart.quality[cell] > 0.3 {
      let step = chart.colors[cell] - medians[cell / columns]
      let weight = smoothStep(SIMD3(step.x, step.y, step.z).length, cloths.1, cloths.0)
      for k in 0..<3 { planes[k][cell] = step[k] * weight }
      planes[3][cell] = weight
    }
    planes = planes.map {
      Blur.gaussian($0, width: columns, height: rows, sigma: shadeSize, pool: pool)
    }
    let result = Plane<SIMD4<Float>>(count: rows * columns, filledWith: .zero)
    for cell in 0..<rows * columns {
      // Where next to nothing is seen it ends.
      let weight = planes[3][cell] + 0.05
      result[cell] = SIMD4(planes[0][cell], planes[1][cell], planes[2][cell], 0) / weight
    }
    return result
  }

  /// What is usual changes at a hem, not from row to row.
  private static func steady(_ medians: [SIMD4<Float>]) -> [SIMD4<Float>] {
    medians.indices.map { row in
      let near = (-4...4).map { medians[min(max(row + $0, 0), medians.count - 1)] }
      return PerceptualColor.median(near, atLeast: 1) ?? medians[row]
    }
  }

  /// By row: 0 near a hem, belt or neckline, which need not be level and go round as they are; else 1.
  private static func levelness(_ usual: [SIMD4<Float>]) -> [Float] {
    usual.indices.map { row in
      let near = usual[max(0, row - hemRows)...min(row + hemRows, usual.count - 1)]
      return 1 - smoothStep(near.map { distance($0, usual[row]) }.max() ?? 0, hem.0, hem.1)
    }
  }

  private static func distance(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> Float {
    SIMD3(a.x - b.x, a.y - b.y, a.z - b.z).length
  }

  /// The greatest of five along rows or columns.
  private static func grown(
    _ values: [Float], _ columns: Int, step: (column: Int, row: Int)
  ) -> [Float] {
    let rows = values.count / columns
    return values.indices.map { cell in
      let (row, column) = (cell / columns, cell % columns)
      return (-2...2).map { reach in
        let at = (column + reach * step.column + columns) % columns
        return values[min(max(row + reach * step.row, 0), rows - 1) * columns + at]
      }.max() ?? 0
    }
  }

  /// Whether there are many spots of about one size.
  private static func isPattern(_ isStrange: [Bool], _ columns: Int) -> Bool {
    let sizes = Components.all(isStrange, width: columns, height: isStrange.count / columns)
      .map { Float($0.count) }.filter { $0 >= leastSpot }.sorted()
    guard sizes.count >= patternCount else { return false }
    let usual = sizes[sizes.count / 2]
    return sizes.filter { $0 < usual * spotRange && $0 > usual / spotRange }.count >= patternCount
  }
}
