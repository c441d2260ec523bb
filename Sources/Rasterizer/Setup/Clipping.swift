import CSIMD
import Compute

/// A corner of a clipped polygon.
private struct ClipCorner: BitwiseCopyable {
  /// Camera axes, metres. Double precision, so that a cut between points far apart lies on its plane.
  var position: SIMD3<Double>
  var attributes: SIMD4<Double>
  /// On the screen, if the corner is a vertex; cut points are projected when all planes are done.
  var screen: SIMD2<Int64> = .zero
  var inverseDepth: Float = 0
  var isCut = false
  /// A vertex that the fast path takes as it is: no plane cuts it off, whatever rounding says, because
  /// a neighbour may be drawn by the fast path.
  var isInside = false

  /// Signed distance from a plane in multiples of its normal; inside where it is not negative.
  @inline(__always)
  func distance(_ plane: ClipPlane) -> Double {
    let distance = (position * plane.normal).sum() - plane.offset
    return isInside && !(distance > 0) ? 0 : distance
  }
}

/// Inside where normal . p >= offset.
private struct ClipPlane {
  var normal: SIMD3<Double>
  var offset: Double = 0
}

/// Sutherland-Hodgman leaves at most k + 2 min(k, n - k) of n corners of which k are inside: 4, 6, 9,
/// 13 and 19 after five planes if rounding made the polygon as far from convex as can be. A convex one
/// has at most eight.
private let mostCorners = 19

/// Words of scratch that `setUpSlowly` needs: two polygons, from one of which a plane clips the other.
let clippingScratchWords =
  (2 * mostCorners * MemoryLayout<ClipCorner>.stride / MemoryLayout<Int32>.stride + 15) & ~15

/// Sets up one triangle the careful way: in 64 bits if it is large, and clipped at the near plane and
/// the guard band if a corner is outside, with the pieces as records of the same triangle.
///
/// Watertight, because every point that two triangles can share is a function of what they share. A
/// vertex is projected by `VertexProjection`, here as in the fast path. A plane cuts an edge only where
/// one end is outside; the point is computed from the inner end to the outer one, and the next plane
/// cuts what is left of the edge, which again is the same for both triangles. The pieces of one polygon
/// share its projected corners.
///
/// Triangles with a corner that is not finite are dropped.
///
/// - Parameter scratch: `clippingScratchWords` words, 64-byte aligned.
func setUpSlowly(
  _ input: SetupInput, triangle: Int, scratch: UnsafeMutablePointer<Int32>,
  into list: inout RecordList
) {
  let rows = input.vertices.rows
  let vertices = (
    input.vertex(triangle, 0), input.vertex(triangle, 1), input.vertex(triangle, 2)
  )
  func row(_ vertex: Int) -> UnsafePointer<Int32> {
    UnsafePointer(rows + vertex &* ProjectedVertices.stride)
  }
  if row(vertices.0)[3] | row(vertices.1)[3] | row(vertices.2)[3] == 0 {
    func corner(_ vertex: Int, _ k: Int) -> ScreenCorner {
      let row = row(vertex)
      return ScreenCorner(
        position: [Int64(row[0]), Int64(row[1])],
        inverseDepth: Float(bitPattern: UInt32(bitPattern: row[2])),
        attributes: input.cornerAttributes(triangle, k))
    }
    appendWideRecord(
      input, triangle: triangle, corner(vertices.0, 0), corner(vertices.1, 1),
      corner(vertices.2, 2), into: &list)
    return
  }
  let base = UnsafeMutableRawPointer(scratch)
    .bindMemory(to: ClipCorner.self, capacity: 2 * mostCorners)
  guard loadCorners(input, triangle, vertices, into: base) else { return }
  var count = 3
  var (from, to) = (base, base + mostCorners)
  let planes = ClipPlanes(input.projection)
  for index in 0..<5 {
    let plane = planes[index]
    count = clip(from, count, plane, into: to)
    if count < 3 { return }
    (from, to) = (to, from)
    // Exactly there, however far the edge's ends are apart.
    if index == 0 {
      for corner in 0..<count where from[corner].isCut { from[corner].position.z = plane.offset }
    }
  }
  appendFan(input, triangle: triangle, corners: from, count: count, into: &list)
}

extension SetupInput {
  @inline(__always)
  fileprivate func vertex(_ triangle: Int, _ k: Int) -> Int {
    Int(corners[k * cornerStride + triangle])
  }

  /// Attributes of corner k of a triangle.
  fileprivate func cornerAttributes(_ triangle: Int, _ k: Int) -> SIMD4<Float> {
    var result = SIMD4<Float>.zero
    for index in 0..<attributeCount {
      guard let attribute = attribute(index) else { continue }
      var corner = vertex(triangle, k)
      if attribute.indexing == .texture, let uvCorners {
        corner = Int(uvCorners[k * uvCornerStride + triangle])
      }
      result[index] = attribute.values[corner]
    }
    return result
  }
}

/// The three corners of a triangle; false if one is not finite.
private func loadCorners(
  _ input: SetupInput, _ triangle: Int, _ vertices: (Int, Int, Int),
  into result: UnsafeMutablePointer<ClipCorner>
) -> Bool {
  func lanes(_ plane: UnsafePointer<Float>) -> SIMD16<Float> {
    var value = SIMD16<Float>.zero
    value[0] = plane[vertices.0]
    value[1] = plane[vertices.1]
    value[2] = plane[vertices.2]
    return value
  }
  let position = input.projection.cameraCoordinates(
    lanes(input.world.0), lanes(input.world.1), lanes(input.world.2))
  let screen = input.projection.screen(position)
  let inside = unsafeBitCast(screen.inside, to: SIMD16<Int32>.self)
  for k in 0..<3 {
    let point = SIMD3(position.x[k], position.y[k], position.z[k])
    guard point.x.isFinite && point.y.isFinite && point.z.isFinite else { return false }
    (result + k).initialize(
      to: ClipCorner(
        position: SIMD3<Double>(point),
        attributes: SIMD4<Double>(input.cornerAttributes(triangle, k)),
        screen: input.projection.nearest([Double(screen.x[k]), Double(screen.y[k])]),
        inverseDepth: screen.inverseDepth[k], isInside: inside[k] != 0))
  }
  return true
}

/// The near plane, then the guard band's right, left, lower and upper end, half way between where the
/// fast path gives up and where coordinates end.
private struct ClipPlanes {
  private let planes: (ClipPlane, ClipPlane, ClipPlane, ClipPlane, ClipPlane)

  init(_ projection: VertexProjection) {
    let f = SIMD2<Double>(projection.focalLength)
    let c = SIMD2<Double>(projection.principalPoint)
    let middle = SIMD2<Double>(projection.middle)
    let reach = SIMD2<Double>(repeating: Double(VertexProjection.reach) * 31 / 32)
    let low = c - (middle - reach)
    let high = (middle + reach) - c
    planes = (
      ClipPlane(normal: [0, 0, 1], offset: Double(projection.near)),
      ClipPlane(normal: [-f.x, 0, high.x]), ClipPlane(normal: [f.x, 0, low.x]),
      ClipPlane(normal: [0, -f.y, high.y]), ClipPlane(normal: [0, f.y, low.y])
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
private func clip(
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
    attributes: inner.attributes + (outer.attributes - inner.attributes) * t, isCut: true)
}

/// Projects the cut points and appends the polygon's pieces.
private func appendFan(
  _ input: SetupInput, triangle: Int, corners: UnsafeMutablePointer<ClipCorner>, count: Int,
  into list: inout RecordList
) {
  let projection = input.projection
  func project(_ corner: ClipCorner) -> ScreenCorner {
    let attributes = SIMD4<Float>(corner.attributes)
    guard corner.isCut else {
      return ScreenCorner(
        position: corner.screen, inverseDepth: corner.inverseDepth, attributes: attributes)
    }
    let inverse = 1 / corner.position.z
    let point = SIMD2(corner.position.x, corner.position.y) * inverse
    return ScreenCorner(
      position: projection.nearest(
        point * SIMD2<Double>(projection.focalLength) + SIMD2<Double>(projection.principalPoint)),
      inverseDepth: Float(inverse), attributes: attributes)
  }
  let first = project(corners[0])
  var second = project(corners[1])
  for index in 2..<min(count, RasterConstants.recordsPerTriangle + 2) {
    let third = project(corners[index])
    appendWideRecord(input, triangle: triangle, first, second, third, into: &list)
    second = third
  }
}
