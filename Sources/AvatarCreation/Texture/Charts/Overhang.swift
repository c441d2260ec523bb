import Compute

/// Cloth of the trunk that hangs before a leg in the photo: a shirt's hem over a lifted thigh.
enum Overhang {
  /// Below this difference the trunk's cloth and the leg's cannot be told apart.
  private static let leastDifference: Float = 18
  /// Metres above an island within which the leg's own cloth is seen.
  private static let above: Float = 0.03
  /// Metres below the hip's joint from which on a shirt does not end on the surface unless it covers the hip.
  private static let belowHip: Float = 0.02
  /// Cells: smaller islands are noise.
  private static let leastCells = 8
  /// Cells around an island where its edge is.
  private static let edge = 3

  /// Takes the trust from islands on the legs that have the trunk's colour and hang together with it in the
  /// photo only, not on the surface.
  ///
  /// - Returns: whether there were any.
  static func distrust(
    _ seen: SeenTexels, _ charts: [Chart], atlas: AtlasTexels, body: BodySurface, pool: WorkerPool
  ) -> Bool {
    guard let trunk = charts.first(where: { $0.axis.group == .trunk }),
      let cloth = cloth(trunk, body: body)
    else { return false }
    var isFound = false
    for chart in charts where chart.axis.group == .leftLeg || chart.axis.group == .rightLeg {
      let side = chart.axis.group == .leftLeg ? 0 : 1
      let joints = (hip: body.joints[1 + side].y, knee: body.joints[4 + side].y)
      guard let trust = trust(chart, cloth, joints) else { continue }
      isFound = true
      let group = chart.axis.group.rawValue
      let (groups, rest) = (body.groups, body.rest)
      pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
        for texel in range where seen.colors[texel].w > 0 {
          guard atlas.interpolate(groups.pointer, texel)[group] > 0.25 else { continue }
          let (along, angle) = chart.axis.coordinates(atlas.interpolate(rest.pointer, texel))
          seen.colors[texel].w *= chart.sample(trust, row: chart.row(along), angle: angle).x
        }
      }
    }
    return isFound
  }

  /// The usual colour of the chest.
  private static func cloth(_ trunk: Chart, body: BodySurface) -> SIMD3<Float>? {
    let middle = min(
      max(Int(saturating: trunk.row(body.joints[12].y - 0.22)), 0), trunk.rows - 1)
    let rows = max(0, middle - 10)..<min(trunk.rows, middle + 10)
    return usual(trunk, rows).map(PerceptualColor.lab)
  }

  private static func usual(_ chart: Chart, _ rows: Range<Int>) -> SIMD4<Float>? {
    PerceptualColor.median(
      (rows.lowerBound * Chart.columns..<rows.upperBound * Chart.columns)
        .filter { chart.quality[$0] > 0.5 }.map { chart.colors[$0] })
  }

  /// (rows, columns): 0 on islands, 1 elsewhere; nil where there are none.
  private static func trust(
    _ chart: Chart, _ cloth: SIMD3<Float>, _ joints: (hip: Float, knee: Float)
  ) -> Plane<SIMD4<Float>>? {
    let columns = Chart.columns
    guard let color = usual(chart, 0..<chart.rows) else { return nil }
    let leg = PerceptualColor.lab(color)
    guard PerceptualColor.difference(leg, cloth) > leastDifference else { return nil }
    let rows = chart.rows
    func row(_ height: Float) -> Int { min(max(Int(saturating: chart.row(height)), 0), rows - 1) }
    let (hip, knee) = (row(joints.hip - belowHip), row(joints.knee))
    // Above the knees: socks and shoes are nobody's hem.
    let isCloth = (0..<rows * columns).map { cell in
      guard cell / columns > knee, chart.quality[cell] > 0.3 else { return false }
      let lab = PerceptualColor.lab(chart.colors[cell])
      return PerceptualColor.difference(lab, cloth) < PerceptualColor.difference(lab, leg)
    }
    // Rows count upwards. Where a shirt ends on the hips themselves, the trunk is above it.
    let reach = Int(above / Chart.rowHeight)
    func isBelowLeg(_ cell: Int) -> Bool {
      (1...reach).contains { step in
        let other = cell + step * columns
        return other < rows * columns && chart.quality[other] > 0.5 && !isCloth[other]
      }
    }
    let islands = Components.all(isCloth, width: columns, height: rows).filter { cells in
      let tops = cells.filter { $0 + columns >= rows * columns || !isCloth[$0 + columns] }
      return cells.count >= leastCells
        && (tops.filter(isBelowLeg).count > tops.count * 2 / 3
          || cells.allSatisfy { $0 / columns < hip })
    }
    guard !islands.isEmpty else { return nil }
    let result = Plane<SIMD4<Float>>(
      count: chart.rows * columns, filledWith: SIMD4(repeating: 1))
    for cell in islands.joined() {
      let (row, column) = (cell / columns, cell % columns)
      for near in max(0, row - edge)...min(chart.rows - 1, row + edge) {
        for turn in -edge...edge {
          result[near * columns + (column + turn + columns) % columns] = .zero
        }
      }
    }
    return result
  }
}
