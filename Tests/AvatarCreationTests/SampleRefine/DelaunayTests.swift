import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct DelaunayTests {
  /// Euler: a triangulation of n points, h of them on the hull, has 2n - 2 - h triangles; none has a point
  /// inside its circle.
  static func check(_ points: [LatticePoint], hull: Int) {
    let triangles = Delaunay.triangles(of: points)
    #expect(triangles.count == 2 * points.count - 2 - hull)
    for triangle in triangles {
      let (a, b, c) = (points[Int(triangle.x)], points[Int(triangle.y)], points[Int(triangle.z)])
      #expect(LatticePoint.area(a, b, c) > 0)
      #expect(points.allSatisfy { LatticePoint.placeToCircle(a, b, c, $0) <= 0 })
    }
  }

  @Test func latticesOfCocircularPoints() {
    for (width, height) in [(2, 2), (3, 2), (7, 5), (16, 16)] {
      let points = (0..<width * height).map {
        LatticePoint(x: ($0 % width) * 1000, y: ($0 / width) * 1000)
      }
      Self.check(points, hull: 2 * (width + height) - 4)
    }
  }

  @Test func collinearPointsHaveNoTriangles() {
    for step in [(1, 0), (0, 1), (3, 7), (-2, 5)] {
      let points = (0..<40).map { LatticePoint(x: step.0 * $0, y: step.1 * $0) }
      #expect(Delaunay.triangles(of: points).isEmpty)
      // One point beside the line: a fan.
      Self.check(points + [LatticePoint(x: 1000, y: -999)], hull: 41)
    }
    #expect(Delaunay.triangles(of: []).isEmpty)
    #expect(Delaunay.triangles(of: [LatticePoint(x: 1, y: 2)]).isEmpty)
  }

  @Test func randomPoints() {
    var random = SeededGenerator(state: 5)
    for count in [4, 11, 60, 200] {
      var points = [
        LatticePoint(x: 0, y: 0), LatticePoint(x: 1 << 27, y: 0),
        LatticePoint(x: 1 << 27, y: 1 << 27), LatticePoint(x: 0, y: 1 << 27),
      ]
      for _ in 4..<count {
        // Half of them on a coarse lattice, where ties are many.
        let step = Bool.random(using: &random) ? 1 << 23 : 1
        let point = LatticePoint(
          x: Int.random(in: 1..<(1 << 27) / step, using: &random) * step,
          y: Int.random(in: 1..<(1 << 27) / step, using: &random) * step)
        if !points.contains(point) { points.append(point) }
      }
      Self.check(points, hull: 4)
    }
  }

  /// A linear function is interpolated exactly, and outside of the hull the nearest value is taken.
  @Test func interpolation() {
    var random = SeededGenerator(state: 9)
    let size = 24
    let places = (0..<150).map { _ in
      SIMD2(Double.random(in: 3...18, using: &random), Double.random(in: 4...20, using: &random))
    }
    let values = places.map { SIMD2(2 * $0.x - $0.y + 3, 0.5 * $0.y) }
    let grid = ScatteredInterpolation(places, values: values, size: size)
      .grid(where: [Bool](repeating: true, count: size * size))
    for row in 7..<17 {
      for column in 6..<15 {
        let value = grid[row * size + column]
        #expect(abs(value.x - Double(2 * column - row + 3)) < 1e-3)
        #expect(abs(value.y - 0.5 * Double(row)) < 1e-3)
      }
    }
    func distance(_ index: Int, _ point: SIMD2<Double>) -> Double {
      let step = places[index] - point
      return (step * step).sum()
    }
    for corner in [SIMD2(0.0, 0.0), SIMD2(23.0, 0.0), SIMD2(0.0, 23.0), SIMD2(23.0, 23.0)] {
      let nearest = places.indices.min { distance($0, corner) < distance($1, corner) } ?? 0
      #expect(grid[Int(corner.y) * size + Int(corner.x)] == values[nearest])
    }
  }

  @Test func degeneratePlaces() {
    // All in one place, and all on a line: the nearest everywhere.
    let same = [SIMD2<Double>](repeating: SIMD2(2.5, 1), count: 9)
    let wanted = [Bool](repeating: true, count: 25)
    let values = (0..<9).map { SIMD2(Double($0), 1) }
    let single = ScatteredInterpolation(same, values: values, size: 5).grid(where: wanted)
    #expect(single.allSatisfy { $0 == SIMD2(8, 1) })
    let line = (0..<9).map { SIMD2(Double($0) / 2, 2) }
    let rows = ScatteredInterpolation(line, values: values, size: 5).grid(where: wanted)
    #expect(rows[0] == SIMD2(0, 1) && rows[24] == SIMD2(8, 1) && rows[13].x == 6)
  }
}
