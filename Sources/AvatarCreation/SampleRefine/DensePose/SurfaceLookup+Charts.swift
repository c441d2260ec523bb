import Compute
import TensorFiles

extension SurfaceLookup {
  /// Whether a file of an atlas also tells where its triangles are on DensePose's charts.
  static func hasCharts(_ path: String) throws -> Bool {
    guard try FileKind(path: path) == .zip else { return false }
    return try NPZFile(path: path).contains("densepose_parts")
  }

  /// The table drawn from a mesh that has both the SMPL atlas and DensePose's charts.
  ///
  /// - Parameter path: an .npz file with `vt` (T, 2) and `ft` (F, 3), the SMPL atlas; `densepose_parts` (F),
  ///   1 to 24; `densepose_uv` (F, 3, 2), U and V of the triangles' corners, 0 to 1.
  init(chartsIn path: String) throws {
    let file = try NPZFile(path: path)
    func array(_ key: String, _ shape: [Int?]) throws -> TensorData {
      let found = try file.tensor(key)
      guard found.shape.count == shape.count,
        zip(found.shape, shape).allSatisfy({ $1 == nil || $0 == $1 })
      else {
        throw ProgramError(
          .dataError, "has another shape", file: path, key: key,
          expected: shape.map { $0.map(String.init) ?? "n" }.joined(separator: " x "),
          found: "\(found.shape)")
      }
      return found
    }
    let atlas = try array("vt", [nil, 2]).doubles()
    let rows = try array("ft", [nil, 3]).ints()
    let parts = try array("densepose_parts", [rows.count / 3]).ints()
    let charts = try array("densepose_uv", [rows.count / 3, 3, 2]).doubles()
    guard rows.allSatisfy({ $0 >= 0 && $0 < atlas.count / 2 }),
      parts.allSatisfy({ (1...IUVPicture.partCount).contains($0) }),
      charts.allSatisfy({ $0 >= 0 && $0 <= 1 }), atlas.allSatisfy({ $0 >= 0 && $0 <= 1 })
    else {
      throw ProgramError(
        .dataError, "the charts do not fit the atlas", file: path,
        expected: "rows of vt, parts of 1 to 24, coordinates of 0 to 1")
    }
    var table = ChartTable()
    for face in parts.indices {
      table.draw(
        part: parts[face] - 1,
        (0..<3).map { corner in
          let (at, row) = (6 * face + 2 * corner, rows[3 * face + corner])
          return (
            SIMD2(charts[at], charts[at + 1]) * 255, SIMD2(atlas[2 * row], atlas[2 * row + 1])
          )
        })
    }
    for part in 0..<IUVPicture.partCount { table.spread(part) }
    try self.init(TensorData(shape: Self.shape, doubles: table.values))
  }
}

/// A table while it is drawn: places of the atlas by part, U and V.
private struct ChartTable {
  var values = [Double](repeating: .nan, count: SurfaceLookup.shape.reduce(1, *))

  private func index(_ part: Int, _ u: Int, _ v: Int) -> Int { 2 * ((part * 256 + u) * 256 + v) }

  /// Sets the steps of U and V in a triangle, its edges included.
  mutating func draw(part: Int, _ corners: [(chart: SIMD2<Double>, atlas: SIMD2<Double>)]) {
    let (a, b, c) = (corners[0].chart, corners[1].chart, corners[2].chart)
    let (first, second) = (b - a, c - a)
    let area = first.x * second.y - first.y * second.x
    let low = pointwiseMin(pointwiseMin(a, b), c)
    let high = pointwiseMax(pointwiseMax(a, b), c)
    guard area != 0 else { return }
    func steps(_ low: Double, _ high: Double) -> Range<Int> {
      let first = min(max(Int(saturating: low, .up), 0), 256)
      return first..<max(first, min(max(Int(saturating: high, .down), -1), 255) + 1)
    }
    for u in steps(low.x, high.x) {
      for v in steps(low.y, high.y) {
        let step = SIMD2(Double(u), Double(v)) - a
        let s = (step.x * second.y - step.y * second.x) / area
        let t = (first.x * step.y - first.y * step.x) / area
        guard s >= -1e-9, t >= -1e-9, s + t <= 1 + 1e-9 else { continue }
        let place =
          corners[0].atlas * (1 - s - t) + corners[1].atlas * s + corners[2].atlas * t
        let at = index(part, u, v)
        (values[at], values[at + 1]) = (
          min(max(place.x, 0), 1), min(max(place.y, 0), 1)
        )
      }
    }
  }

  /// Gives steps beside the chart the place of a neighbour, ring by ring.
  mutating func spread(_ part: Int) {
    var border = (0..<65536).filter { !values[2 * (part * 65536 + $0)].isNaN }
    while !border.isEmpty {
      var next: [Int] = []
      for cell in border {
        let from = 2 * (part * 65536 + cell)
        let (u, v) = (cell / 256, cell % 256)
        for (x, y) in [(u - 1, v), (u + 1, v), (u, v - 1), (u, v + 1)]
        where (0..<256).contains(x) && (0..<256).contains(y) {
          let to = index(part, x, y)
          guard values[to].isNaN else { continue }
          (values[to], values[to + 1]) = (values[from], values[from + 1])
          next.append(x * 256 + y)
        }
      }
      border = next
    }
  }
}
