import Compute

/// What the photo shows of the trunk or a limb, unrolled: where in the photo each direction at each place
/// along the axis is seen, and how surely.
///
/// Places in the photo rather than colours, so that what is filled from a chart is as sharp as the photo.
final class Chart: Sendable {
  let axis: ChartAxis
  /// Place along the axis where row 0 begins, metres.
  let start: Float
  let rows: Int
  /// (rows, columns): mean weight of the texels, 0 to 1.
  let quality: Plane<Float>
  /// (rows, columns): pixels of the working photo, holes filled.
  let places: Plane<SIMD4<Float>>
  /// (rows, columns): sRGB, holes filled.
  let colors: Plane<SIMD4<Float>>

  static let rowHeight: Float = 0.004
  static let columns = 192
  static let columnAngle = 2 * Float.pi / Float(columns)

  private init(
    axis: ChartAxis, start: Float, rows: Int, cells: UnsafePointer<SIMD8<Float>>, pool: WorkerPool
  ) {
    self.axis = axis
    self.start = start
    self.rows = rows
    let count = rows * Self.columns
    quality = Plane(count: count, filledWith: 0)
    places = Plane(count: count, filledWith: .zero)
    colors = Plane(count: count, filledWith: .zero)
    for cell in 0..<count {
      let sum = cells[cell]
      quality[cell] = sum[0] / max(sum[1], 1)
      guard quality[cell] > 0.3 else { continue }
      let weight = min(sum[0], 1)
      let scale = weight / sum[0]
      places[cell] = SIMD4(sum[2] * scale, sum[3] * scale, 0, weight)
      colors[cell] = SIMD4(sum[4] * scale, sum[5] * scale, sum[6] * scale, weight)
    }
    PushPull.fill(places, width: Self.columns, height: rows, wrapsColumns: true, pool: pool)
    PushPull.fill(colors, width: Self.columns, height: rows, wrapsColumns: true, pool: pool)
  }

  /// The charts of a body.
  static func charts(
    _ seen: SeenTexels, atlas: AtlasTexels, body: BodySurface, posed: PosedSurface, pool: WorkerPool
  ) -> [Chart] {
    let axes = ChartAxis.groups.compactMap { ChartAxis($0, body: body) }
    var starts: [Float] = []
    var rows: [Int] = []
    var firsts = [0]
    for axis in axes {
      var (low, high) = (Float.infinity, -Float.infinity)
      for vertex in 0..<body.vertexCount where body.groups[vertex][axis.group.rawValue] > 0.02 {
        let along = axis.coordinates(body.rest[vertex]).along
        (low, high) = (min(low, along), max(high, along))
      }
      if low > high { (low, high) = (0, 0) }
      starts.append(low)
      rows.append(min(max(1, Int(saturating: (high - low) / rowHeight) + 2), 2000))
      firsts.append(firsts[firsts.count - 1] + rows[rows.count - 1] * columns)
    }
    let total = firsts[axes.count]
    // As many sums as there are pieces, so that they are added in the same order by any threads.
    let pieces = 4
    let cells = Plane<SIMD8<Float>>(count: pieces * total, filledWith: .zero)
    let (groups, rest, count) = (body.groups, body.rest, atlas.count)
    pool.run(pieces) { [starts, rows, firsts] piece, _ in
      for texel in count * piece / pieces..<count * (piece + 1) / pieces {
        let weights = atlas.interpolate(groups.pointer, texel)
        let color = seen.colors[texel]
        var place: (rest: SIMD4<Float>, photo: SIMD2<Float>)?
        for (index, axis) in axes.enumerated() where weights[axis.group.rawValue] > 0.25 {
          let where_ =
            place
            ?? (
              atlas.interpolate(rest.pointer, texel),
              color.w > 0 ? seen.place(texel, atlas, posed) : .zero
            )
          place = where_
          let (along, angle) = axis.coordinates(where_.rest)
          let row = min(max(Int((along - starts[index]) / rowHeight), 0), rows[index] - 1)
          let column = min(max(Int((angle + .pi) / columnAngle), 0), columns - 1)
          let w = color.w
          cells.pointer[piece * total + firsts[index] + row * columns + column] += SIMD8(
            w, 1, w * where_.photo.x, w * where_.photo.y, w * color.x, w * color.y, w * color.z, 0)
        }
      }
    }
    for piece in 1..<pieces {
      for cell in 0..<total { cells[cell] += cells[piece * total + cell] }
    }
    return axes.indices.map { index in
      Chart(
        axis: axes[index], start: starts[index], rows: rows[index],
        cells: cells.pointer + firsts[index], pool: pool)
    }
  }

  /// A field at a row (whole numbers are the middles of rows) and an angle, bilinear.
  @inline(__always)
  func sample(_ field: Plane<SIMD4<Float>>, row: Float, angle: Float) -> SIMD4<Float> {
    let y = row.limited(to: 0...Float(rows - 1))
    let turn = (angle + .pi) / (2 * .pi)
    let x = (turn - turn.rounded(.down)) * Float(Self.columns) - 0.5
    let left = x < 0 ? Self.columns - 1 : min(Int(x), Self.columns - 1)
    let right = left + 1 == Self.columns ? 0 : left + 1
    let fx = x - x.rounded(.down)
    let upper = min(Int(y), rows - 1)
    let fy = y - Float(upper)
    let base = field.pointer + upper * Self.columns
    let next = field.pointer + min(upper + 1, rows - 1) * Self.columns
    let first = base[left] + (base[right] - base[left]) * fx
    let second = next[left] + (next[right] - next[left]) * fx
    return first + (second - first) * fy
  }

  @inline(__always)
  func row(_ along: Float) -> Float { (along - start) / Self.rowHeight - 0.5 }
}
