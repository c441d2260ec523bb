import Compute

/// Continues what the photo shows of trunk and limbs round to their backs, at the same place along the axis.
///
/// A direction outside the seen window looks at one inside: the sides near the window's edges, the middle
/// of the back near its middle, so that sleeve ends, waist, hem and pattern go round.
struct ChartFill: Sendable {
  private let charts: [Chart]
  private let windows: [ChartWindow?]
  /// By chart: the chart of the other side.
  private let twins: [Int?]
  private let collar: Collar?
  /// The trunk's; nil where the cloth's pattern goes round.
  private let blemishes: ChartBlemishes?

  /// The front's low neckline does not come round to the back: below the collar, what is looked up is
  /// moved with it, over so many metres.
  private static let collarReach: Float = 0.18

  init(_ charts: [Chart], body: BodySurface, colors: PersonColors, pool: WorkerPool) {
    self.charts = charts
    let windows = charts.map { ChartWindow($0) }
    self.windows = windows
    collar = charts.indices.first { charts[$0].axis.group == .trunk }.flatMap { trunk in
      windows[trunk].flatMap { Collar(charts[trunk], window: $0, body: body, colors: colors) }
    }
    blemishes = charts.indices.first { charts[$0].axis.group == .trunk }.flatMap { trunk in
      let found = windows[trunk].map { ChartBlemishes(charts[trunk], window: $0, pool: pool) }
      return found?.isPattern == false ? found : nil
    }
    twins = charts.map { chart in
      charts.firstIndex { $0.axis.group == chart.axis.group.twin }
    }
  }

  /// - Returns: by texel, sRGB and how much there was to fill from; weights of seen texels beyond their
  ///   chart's window fade, so that no islands stay.
  func fill(
    _ seen: SeenTexels, atlas: AtlasTexels, body: BodySurface, photo: PhotoSpline, pool: WorkerPool
  ) -> Plane<SIMD4<Float>> {
    let result = Plane<SIMD4<Float>>(count: max(atlas.count, 1), filledWith: .zero)
    let (groups, rest) = (body.groups, body.rest)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let weights = atlas.interpolate(groups.pointer, texel)
        var sum = SIMD4<Float>.zero
        var total: Float = 0
        for (index, chart) in charts.enumerated() {
          let weight = weights[chart.axis.group.rawValue]
          guard weight > 0.02, let window = windows[index] else { continue }
          let (along, angle) = chart.axis.coordinates(atlas.interpolate(rest.pointer, texel))
          let look = look(chart, window, along: along, angle: angle)
          let cubed = weight * weight * weight
          sum += cubed * color(index, look, along: along, angle: angle, photo: photo)
          total += cubed
          if weight > 0.5 {
            seen.colors[texel].w *= 1 - smoothStep(look.offset - look.half, 0.10, 0.35)
          }
        }
        if total > 0 { result[texel] = sum / total }
        result[texel].w = min(total, 1)
      }
    }
    return result
  }

  /// Where a direction is looked up.
  private struct Look {
    var row: Float
    var angle: Float
    /// The same beyond the window's middle.
    var mirrored: Float
    /// Radians from the window's middle.
    var offset: Float
    var half: Float
  }

  @inline(__always)
  private func look(_ chart: Chart, _ window: ChartWindow, along: Float, angle: Float) -> Look {
    func index(_ row: Float) -> Int { min(max(Int(saturating: row), 0), chart.rows - 1) }
    var row = chart.row(along)
    let at = index(row)
    let turn = wrapped(angle - window.centres[at])
    let half = window.halfWidths[at]
    let offset = abs(turn)
    var inside = offset
    if offset > half { inside = half * (.pi - offset) / (.pi - half) }
    if turn < 0 { inside = -inside }
    let source = window.centres[at] + inside
    if chart.axis.group == .trunk, offset > half, let collar {
      let own = collar.height(angle)
      let lift = own - collar.height(source)
      row -= lift * smoothStep(along, own - Self.collarReach, own) / Chart.rowHeight
    }
    let last = index(row)
    return Look(
      row: window.isSeen[last] ? row : Float(window.sources[last]), angle: source,
      mirrored: window.centres[at] - inside, offset: offset, half: half)
  }

  /// How far a texel is skin over the collar that the photo does not show, 0 to 1.
  func bareNeck(_ place: SIMD4<Float>) -> Float {
    guard let collar,
      let index = charts.firstIndex(where: { $0.axis.group == .trunk }), let window = windows[index]
    else { return 0 }
    let chart = charts[index]
    let (along, angle) = chart.axis.coordinates(place)
    let row = min(max(Int(saturating: chart.row(along)), 0), chart.rows - 1)
    let beyond = abs(wrapped(angle - window.centres[row])) - window.halfWidths[row]
    return smoothStep(along - collar.height(angle), 0, 0.008) * smoothStep(beyond, 0, 0.25)
  }

  @inline(__always)
  private func color(
    _ index: Int, _ look: Look, along: Float, angle: Float, photo: PhotoSpline
  ) -> SIMD4<Float> {
    let chart = charts[index]
    func photoColor(_ chart: Chart, _ row: Float, _ angle: Float) -> SIMD4<Float> {
      let place = chart.sample(chart.places, row: row, angle: angle)
      return photo.sample(SIMD2(place.x, place.y))
    }
    var color = photoColor(chart, look.row, look.angle)
    guard let window = windows[index] else { return color }
    let row = min(max(Int(saturating: chart.row(along)), 0), chart.rows - 1)
    if !window.isSeen[row], let twin = twins[index], let other = windows[twin] {
      let twinLook = self.look(
        charts[twin], other, along: along, angle: chart.axis.twinAngle(angle))
      let at = min(max(Int(saturating: twinLook.row), 0), charts[twin].rows - 1)
      if other.isSeen[at] {
        let distance = Float(abs(window.sources[row] - row))
        let share = smoothStep(distance, 0, 6)
        color += (photoColor(charts[twin], twinLook.row, twinLook.angle) - color) * share
      }
    }
    if chart.axis.group == .trunk, let blemishes {
      let back = smoothStep(look.offset, look.half + 0.3, look.half + 0.9)
      if back > 0 {
        let other = photoColor(chart, look.row, look.mirrored)
        color = clean(color, other: other, chart, blemishes, look, back)
      }
    }
    return color
  }

  /// The back without the front's badges and buttons: the side of the front that is more as its rows
  /// usually are, or what goes on around them.
  @inline(__always)
  private func clean(
    _ color: SIMD4<Float>, other: SIMD4<Float>, _ chart: Chart, _ blemishes: ChartBlemishes,
    _ look: Look, _ back: Float
  ) -> SIMD4<Float> {
    func shading(_ angle: Float) -> SIMD4<Float> {
      chart.sample(blemishes.shading, row: look.row, angle: angle) * back
    }
    let (color, other) = (color - shading(look.angle), other - shading(look.mirrored))
    let first = chart.sample(blemishes.compared, row: look.row, angle: look.angle).w
    let second = chart.sample(blemishes.compared, row: look.row, angle: look.mirrored).w
    let exchange = smoothStep(first - second, 10, 26) * back
    let chosen = color + (other - color) * exchange
    let limits = ChartBlemishes.certain
    let replace = smoothStep(min(first, second), limits.0, limits.1) * back
    guard replace > 0 else { return chosen }
    return chosen
      + (chart.sample(blemishes.plain, row: look.row, angle: look.angle) - chosen) * replace
  }
}
