import Compute

/// A corner of a clipped polygon.
struct ClipCorner: BitwiseCopyable {
  /// Camera axes, metres. Double precision, so that a cut between points far apart lies on its plane.
  var position: SIMD3<Double>
  var attributes: SIMD4<Double>
  /// Texture coordinates of the cut-out, if the instance has one.
  var coordinates: SIMD2<Double>
  /// On the screen, if the corner is a vertex; cut points are projected when all planes are done.
  var screen: SIMD2<Int64> = .zero
  var inverseDepth: Float = 0
  var isCut = false
  /// A vertex that the fast path takes as it is: no plane cuts it off, whatever rounding says, because
  /// a neighbour may be drawn by the fast path.
  var isInside = false

  /// Signed distance from a plane in multiples of its normal; inside where it is not negative.
  @inline(__always)
  fileprivate func distance(_ plane: ClipPlane) -> Double {
    let distance = (position * plane.normal).sum() - plane.offset
    return isInside && !(distance > 0) ? 0 : distance
  }
}

/// Inside where normal . p >= offset.
struct ClipPlane {
  var normal: SIMD3<Double>
  var offset: Double = 0
}

/// Sutherland-Hodgman leaves at most k + 2 min(k, n - k) of n corners of which k are inside: 4, 6, 9,
/// 13 and 19 after five planes if rounding made the polygon as far from convex as can be. A convex one
/// has at most eight.
let mostCorners = 19

/// The near plane, then the guard band's right, left, lower and upper end, half way between where the
/// fast path gives up and where coordinates end.
struct ClipPlanes {
  private let planes: (ClipPlane, ClipPlane, ClipPlane, ClipPlane, ClipPlane)

  init(_ projection: VertexProjection) {
    let f = SIMD2<Double>(projection.focalLength)
    let c = SIMD2<Double>(projection.principalPoint)
    let middle = SIMD2<Double>(projection.middle)
    let reach = SIMD2<Double>(repeating: Double(VertexProjection.reach) * 31 / 32)
    let low = c - (middle - reach)
    let high = (middle + reach) - c
    planes = (
      ClipPlane(normal: SIMD3(0, 0, 1), offset: Double(projection.near)),
      ClipPlane(normal: SIMD3(-f.x, 0, high.x)), ClipPlane(normal: SIMD3(f.x, 0, low.x)),
      ClipPlane(normal: SIMD3(0, -f.y, high.y)), ClipPlane(normal: SIMD3(0, f.y, low.y))
    )
  }

  subscript(index: Int) -> ClipPlane {
    switch index {
    case 0: planes.0
    case 1: planes.1
    case 2: planes.2
    case 3: planes.3
    default: planes.4
    }
  }
}

/// Sutherland-Hodgman: clips a polygon by one plane; returns the number of corners left.
func clip(
  _ polygon: UnsafeMutablePointer<ClipCorner>, _ count: Int, _ plane: ClipPlane,
  into result: UnsafeMutablePointer<ClipCorner>
) -> Int {
  var written = 0
  var previous = polygon[count - 1]
  var previousDistance = previous.distance(plane)
  for index in 0..<count {
    let current = polygon[index]
    let distance = current.distance(plane)
    if (distance >= 0) != (previousDistance >= 0) {
      let cut =
        distance >= 0
        ? between(current, distance, previous, previousDistance)
        : between(previous, previousDistance, current, distance)
      (result + written).initialize(to: cut)
      written += 1
    }
    if distance >= 0 {
      (result + written).initialize(to: current)
      written += 1
    }
    previous = current
    previousDistance = distance
  }
  return written
}

/// Where the edge between an inner and an outer corner meets the plane from which they are so far.
private func between(
  _ inner: ClipCorner, _ innerDistance: Double, _ outer: ClipCorner, _ outerDistance: Double
) -> ClipCorner {
  let t = innerDistance / (innerDistance - outerDistance)
  return ClipCorner(
    position: inner.position + (outer.position - inner.position) * t,
    attributes: inner.attributes + (outer.attributes - inner.attributes) * t,
    coordinates: inner.coordinates + (outer.coordinates - inner.coordinates) * t, isCut: true)
}
