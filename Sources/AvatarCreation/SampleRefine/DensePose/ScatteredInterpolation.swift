import Compute

/// Values given at scattered places, taken at every point of a square grid: linear on the Delaunay
/// triangulation of the places, and the value of the nearest place outside of their hull.
///
/// Matches: scipy's `griddata` with "linear", and "nearest" where that says nothing; of places within a
/// 65536th of each other one counts, the upper right pixel of those that are the values (scipy's own choice,
/// which follows from the order of its work, is that one in the golden data). Where four and more places lie
/// on a circle the triangulation is not the only one, and scipy's may be another.
struct ScatteredInterpolation {
  /// Points along a side of the grid, at (0 ... size - 1).
  let size: Int
  private let points: [LatticePoint]
  private let values: [SIMD2<Double>]

  /// Steps of the lattice between two points of the grid.
  private static let shift = 16
  /// The largest grid of which the lattice's coordinates are exact.
  static let largestSize = LatticePoint.greatest >> shift

  /// - Parameters:
  ///   - places: x and y in points of the grid, between 0 and size - 1.
  ///   - values: one to a place.
  init(_ places: [SIMD2<Double>], values: [SIMD2<Double>], size: Int) {
    precondition(places.count == values.count && (1...Self.largestSize).contains(size))
    self.size = size
    var (points, kept) = ([LatticePoint](), [SIMD2<Double>]())
    var numbers = [Int: Int](minimumCapacity: places.count)
    for (place, value) in zip(places, values) {
      let scaled = place * Double(1 << Self.shift)
      let point = LatticePoint(x: Int(saturating: scaled.x), y: Int(saturating: scaled.y))
      let key = point.y << 32 | point.x
      if let known = numbers[key] {
        if (value.y, -value.x) < (kept[known].y, -kept[known].x) { kept[known] = value }
        continue
      }
      numbers[key] = points.count
      points.append(point)
      kept.append(value)
    }
    (self.points, self.values) = (points, kept)
  }

  /// (size, size): the values where `isWanted`, zeros elsewhere.
  ///
  /// - Parameter isWanted: (size, size).
  func grid(where isWanted: [Bool]) -> [SIMD2<Double>] {
    var result = [SIMD2<Double>](repeating: .zero, count: size * size)
    var isMissing = isWanted
    for triangle in Delaunay.triangles(of: points) {
      fill(triangle, &result, &isMissing)
    }
    let buckets = PointBuckets(points, size: size, shift: Self.shift)
    for index in isMissing.indices where isMissing[index] {
      let point = LatticePoint(
        x: (index % size) << Self.shift, y: (index / size) << Self.shift)
      if let nearest = buckets.nearest(to: point) { result[index] = values[nearest] }
    }
    return result
  }

  /// Sets the grid's points in a triangle, its edges included, that nothing has set yet.
  private func fill(
    _ triangle: SIMD3<Int32>, _ result: inout [SIMD2<Double>], _ isMissing: inout [Bool]
  ) {
    let (i, j, k) = (Int(triangle.x), Int(triangle.y), Int(triangle.z))
    let (a, b, c) = (points[i], points[j], points[k])
    let unit = 1 << Self.shift
    func lowest(_ value: Int) -> Int { max((value + unit - 1) >> Self.shift, 0) }
    func highest(_ value: Int) -> Int { min(value >> Self.shift, size - 1) }
    let (firstRow, lastRow) = (lowest(min(a.y, b.y, c.y)), highest(max(a.y, b.y, c.y)))
    let (firstColumn, lastColumn) = (lowest(min(a.x, b.x, c.x)), highest(max(a.x, b.x, c.x)))
    guard firstRow <= lastRow, firstColumn <= lastColumn else { return }
    let total = Double(LatticePoint.area(a, b, c))
    for row in firstRow...lastRow {
      for column in firstColumn...lastColumn where isMissing[row * size + column] {
        let point = LatticePoint(x: column << Self.shift, y: row << Self.shift)
        let first = LatticePoint.area(point, b, c)
        let second = LatticePoint.area(a, point, c)
        let third = LatticePoint.area(a, b, point)
        guard first >= 0, second >= 0, third >= 0 else { continue }
        result[row * size + column] =
          values[i] * (Double(first) / total) + values[j] * (Double(second) / total)
          + values[k] * (Double(third) / total)
        isMissing[row * size + column] = false
      }
    }
  }
}

/// Points by the cell of the grid that they lie in.
private struct PointBuckets {
  private let points: [LatticePoint]
  private let size: Int
  private let shift: Int
  /// The points of cell i are members[starts[i] ..< starts[i + 1]].
  private var starts: [Int]
  private var members: [Int]

  init(_ points: [LatticePoint], size: Int, shift: Int) {
    (self.points, self.size, self.shift) = (points, size, shift)
    func cell(_ point: LatticePoint) -> Int {
      let (x, y) = (point.x >> shift, point.y >> shift)
      return min(max(y, 0), size - 1) * size + min(max(x, 0), size - 1)
    }
    starts = [Int](repeating: 0, count: size * size + 1)
    for point in points { starts[cell(point) + 1] += 1 }
    for index in 0..<size * size { starts[index + 1] += starts[index] }
    var filled = starts
    members = [Int](repeating: 0, count: points.count)
    for (index, point) in points.enumerated() {
      members[filled[cell(point)]] = index
      filled[cell(point)] += 1
    }
  }

  /// The point nearest to one of the grid, the first of several.
  func nearest(to point: LatticePoint) -> Int? {
    var best: (index: Int, square: Int)?
    let (x, y) = (point.x >> shift, point.y >> shift)
    for ring in 0..<size {
      // Cells of this ring are at least ring - 1 cells away.
      let reach = max(ring - 1, 0) << shift
      if let best, reach * reach > best.square { break }
      for row in max(y - ring, 0)...min(y + ring, size - 1) {
        let isWhole = abs(row - y) == ring
        for column in stride(
          from: x - ring, through: x + ring, by: isWhole || ring == 0 ? 1 : 2 * ring)
        where column >= 0 && column < size {
          let cell = row * size + column
          for member in members[starts[cell]..<starts[cell + 1]] {
            let (dx, dy) = (points[member].x - point.x, points[member].y - point.y)
            let square = dx * dx + dy * dy
            if let known = best, (known.square, known.index) <= (square, member) { continue }
            best = (member, square)
          }
        }
      }
    }
    return best?.index
  }
}
