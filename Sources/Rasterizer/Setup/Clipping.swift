import CSIMD
import Compute

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
        position: SIMD2(Int64(row[0]), Int64(row[1])),
        inverseDepth: Float(bitPattern: UInt32(bitPattern: row[2])),
        attributes: input.cornerAttributes(triangle, k),
        coordinates: input.cornerCoordinates(triangle, k))
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
      result[index] = value(attribute, triangle, k)
    }
    return result
  }

  /// Texture coordinates of the cut-out at corner k of a triangle, zero where there is none.
  fileprivate func cornerCoordinates(_ triangle: Int, _ k: Int) -> SIMD2<Float> {
    guard let cutOut else { return .zero }
    return SIMD2(value(cutOut.u, triangle, k), value(cutOut.v, triangle, k))
  }

  private func value(_ attribute: VertexAttribute, _ triangle: Int, _ k: Int) -> Float {
    if attribute.indexing == .texture, let uvCorners {
      return attribute.values[Int(uvCorners[k * uvCornerStride + triangle])]
    }
    return attribute.values[vertex(triangle, k)]
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
        coordinates: SIMD2<Double>(input.cornerCoordinates(triangle, k)),
        screen: input.projection.nearest(SIMD2(Double(screen.x[k]), Double(screen.y[k]))),
        inverseDepth: screen.inverseDepth[k], isInside: inside[k] != 0))
  }
  return true
}

/// Projects the cut points and appends the polygon's pieces.
private func appendFan(
  _ input: SetupInput, triangle: Int, corners: UnsafeMutablePointer<ClipCorner>, count: Int,
  into list: inout RecordList
) {
  let projection = input.projection
  func project(_ corner: ClipCorner) -> ScreenCorner {
    let attributes = SIMD4<Float>(corner.attributes)
    let coordinates = SIMD2<Float>(corner.coordinates)
    guard corner.isCut else {
      return ScreenCorner(
        position: corner.screen, inverseDepth: corner.inverseDepth, attributes: attributes,
        coordinates: coordinates)
    }
    let inverse = 1 / corner.position.z
    let point = SIMD2(corner.position.x, corner.position.y) * inverse
    return ScreenCorner(
      position: projection.nearest(
        point * SIMD2<Double>(projection.focalLength) + SIMD2<Double>(projection.principalPoint)),
      inverseDepth: Float(inverse), attributes: attributes, coordinates: coordinates)
  }
  let first = project(corners[0])
  var second = project(corners[1])
  for index in 2..<min(count, RasterConstants.recordsPerTriangle + 2) {
    let third = project(corners[index])
    appendWideRecord(input, triangle: triangle, first, second, third, into: &list)
    second = third
  }
}
