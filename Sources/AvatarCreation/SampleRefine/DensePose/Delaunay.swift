import Compute

/// The Delaunay triangulation of points of the plane.
///
/// Method: Guibas and Stolfi, "Primitives for the manipulation of general subdivisions and the computation of
/// Voronoi diagrams" (1985), divide and conquer over quad-edges, with exact predicates: collinear and
/// cocircular points are as good as any. Of four points on a circle the first one given has the diagonal, as
/// if it lay a little inside.
struct Delaunay {
  /// Distinct points in the order of x, then y.
  private let points: [LatticePoint]
  /// Their numbers as they were given.
  private let numbers: [Int]
  /// Four entries an edge: itself, its dual, its reverse, the reverse's dual; the next one around the origin.
  private var next: [Int32] = []
  /// Where a directed edge begins, for even entries; -1 where the edge is deleted.
  private var origins: [Int32] = []

  /// Triangles of points' numbers, counter-clockwise with y upwards; none for points on one line.
  ///
  /// - Parameter points: distinct, coordinates below `LatticePoint.greatest` in size.
  static func triangles(of points: [LatticePoint]) -> [SIMD3<Int32>] {
    guard points.count > 2 else { return [] }
    let order = points.indices.sorted {
      (points[$0].x, points[$0].y) < (points[$1].x, points[$1].y)
    }
    var work = Delaunay(order.map { points[$0] }, numbers: order)
    _ = work.triangulate(0, points.count)
    return work.faces().map { face in
      SIMD3(
        Int32(order[Int(face.x)]), Int32(order[Int(face.y)]), Int32(order[Int(face.z)]))
    }
  }

  private init(_ sorted: [LatticePoint], numbers: [Int]) {
    points = sorted
    self.numbers = numbers
    next.reserveCapacity(16 * sorted.count)
    origins.reserveCapacity(16 * sorted.count)
  }

  @inline(__always) private static func turned(_ edge: Int32) -> Int32 {
    edge & ~3 | (edge + 1) & 3
  }
  @inline(__always) private static func back(_ edge: Int32) -> Int32 { edge & ~3 | (edge + 3) & 3 }
  @inline(__always) private static func reverse(_ edge: Int32) -> Int32 { edge ^ 2 }

  @inline(__always) private func origin(_ edge: Int32) -> Int32 { origins[Int(edge)] }
  @inline(__always) private func end(_ edge: Int32) -> Int32 { origins[Int(edge ^ 2)] }
  @inline(__always) private func aroundOrigin(_ edge: Int32) -> Int32 { next[Int(edge)] }
  @inline(__always) private func beforeAroundOrigin(_ edge: Int32) -> Int32 {
    Self.turned(next[Int(Self.turned(edge))])
  }
  /// The next edge of the face to the left.
  @inline(__always) private func aroundLeft(_ edge: Int32) -> Int32 {
    Self.turned(next[Int(Self.back(edge))])
  }
  /// The edge before in the face to the right.
  @inline(__always) private func beforeAroundRight(_ edge: Int32) -> Int32 {
    next[Int(Self.reverse(edge))]
  }

  private mutating func edge(from first: Int32, to second: Int32) -> Int32 {
    let edge = Int32(next.count)
    next += [edge, edge + 3, edge + 2, edge + 1]
    origins += [first, -1, second, -1]
    return edge
  }

  private mutating func splice(_ a: Int32, _ b: Int32) {
    let alpha = Self.turned(aroundOrigin(a))
    let beta = Self.turned(aroundOrigin(b))
    next.swapAt(Int(a), Int(b))
    next.swapAt(Int(alpha), Int(beta))
  }

  /// A new edge from the end of `a` to the origin of `b`, in the face to the left of both.
  private mutating func connect(_ a: Int32, _ b: Int32) -> Int32 {
    let new = edge(from: end(a), to: origin(b))
    splice(new, aroundLeft(a))
    splice(Self.reverse(new), b)
    return new
  }

  private mutating func delete(_ edge: Int32) {
    splice(edge, beforeAroundOrigin(edge))
    splice(Self.reverse(edge), beforeAroundOrigin(Self.reverse(edge)))
    origins[Int(edge)] = -1
    origins[Int(Self.reverse(edge))] = -1
  }

  private func area(_ a: Int32, _ b: Int32, _ c: Int32) -> Int {
    LatticePoint.area(points[Int(a)], points[Int(b)], points[Int(c)])
  }
  private func isLeft(_ point: Int32, of edge: Int32) -> Bool {
    area(point, origin(edge), end(edge)) > 0
  }
  private func isRight(_ point: Int32, of edge: Int32) -> Bool {
    area(point, end(edge), origin(edge)) > 0
  }
  private func isInCircle(_ a: Int32, _ b: Int32, _ c: Int32, _ d: Int32) -> Bool {
    let place = LatticePoint.placeToCircle(
      points[Int(a)], points[Int(b)], points[Int(c)], points[Int(d)])
    return place > 0 || place == 0 && hasDiagonal(a, b, c, d)
  }

  /// Whether `d` is to be connected through the triangle of three points on whose circle it lies.
  private func hasDiagonal(_ a: Int32, _ b: Int32, _ c: Int32, _ d: Int32) -> Bool {
    let first = [a, b, c, d].min { numbers[Int($0)] < numbers[Int($1)] }
    // A corner is, if the opposite edge lies between it and d.
    switch first {
    case a: return area(d, b, c) < 0
    case b: return area(a, d, c) < 0
    case c: return area(a, b, d) < 0
    default: return true
    }
  }

  /// - Returns: the counter-clockwise hull edge out of the leftmost point, the clockwise one out of the
  ///   rightmost.
  private mutating func triangulate(_ low: Int, _ high: Int) -> (left: Int32, right: Int32) {
    let first = Int32(low)
    if high - low == 2 {
      let a = edge(from: first, to: first + 1)
      return (a, Self.reverse(a))
    }
    if high - low == 3 {
      let a = edge(from: first, to: first + 1)
      let b = edge(from: first + 1, to: first + 2)
      splice(Self.reverse(a), b)
      let area = area(first, first + 1, first + 2)
      guard area != 0 else { return (a, Self.reverse(b)) }
      let c = connect(b, a)
      return area > 0 ? (a, Self.reverse(b)) : (Self.reverse(c), c)
    }
    let middle = (low + high) / 2
    var (outerLeft, innerLeft) = triangulate(low, middle)
    var (innerRight, outerRight) = triangulate(middle, high)
    // The lower common tangent.
    while true {
      if isLeft(origin(innerRight), of: innerLeft) {
        innerLeft = aroundLeft(innerLeft)
      } else if isRight(origin(innerLeft), of: innerRight) {
        innerRight = beforeAroundRight(innerRight)
      } else {
        break
      }
    }
    var base = connect(Self.reverse(innerRight), innerLeft)
    if origin(innerLeft) == origin(outerLeft) { outerLeft = Self.reverse(base) }
    if origin(innerRight) == origin(outerRight) { outerRight = base }
    merge(from: &base)
    return (outerLeft, outerRight)
  }

  /// Rises between two triangulations from their lower tangent to the upper one.
  private mutating func merge(from base: inout Int32) {
    while true {
      var left = aroundOrigin(Self.reverse(base))
      if isRight(end(left), of: base) {
        while isInCircle(end(base), origin(base), end(left), end(aroundOrigin(left))) {
          let following = aroundOrigin(left)
          delete(left)
          left = following
        }
      }
      var right = beforeAroundOrigin(base)
      if isRight(end(right), of: base) {
        while isInCircle(end(base), origin(base), end(right), end(beforeAroundOrigin(right))) {
          let following = beforeAroundOrigin(right)
          delete(right)
          right = following
        }
      }
      let (hasLeft, hasRight) = (isRight(end(left), of: base), isRight(end(right), of: base))
      guard hasLeft || hasRight else { return }
      if !hasLeft
        || hasRight && isInCircle(end(left), origin(left), origin(right), end(right))
      {
        base = connect(right, Self.reverse(base))
      } else {
        base = connect(Self.reverse(base), Self.reverse(left))
      }
    }
  }

  /// The faces with three edges and counter-clockwise corners, of the sorted points.
  private func faces() -> [SIMD3<Int32>] {
    var isVisited = [Bool](repeating: false, count: next.count)
    var faces: [SIMD3<Int32>] = []
    faces.reserveCapacity(2 * points.count)
    for start in stride(from: Int32(0), to: Int32(next.count), by: 2)
    where origins[Int(start)] >= 0 && !isVisited[Int(start)] {
      let second = aroundLeft(start)
      let third = aroundLeft(second)
      guard aroundLeft(third) == start else { continue }
      for edge in [start, second, third] { isVisited[Int(edge)] = true }
      let face = SIMD3(origin(start), origin(second), origin(third))
      if area(face.x, face.y, face.z) > 0 { faces.append(face) }
    }
    return faces
  }
}
