import Compute

/// A corner of a clipped polygon: camera coordinates and attributes.
private struct ClipCorner {
  var position: SIMD3<Float>
  var attributes: SIMD4<Float>
}

/// Sets up one triangle the careful way: clips it at the near plane and the guard band, projects the
/// corners and appends the pieces as records of the same triangle.
///
/// Triangles with a corner that is not finite are dropped. Two triangles that share an edge cut it at
/// the same point, because the point is computed from the inner corner to the outer one.
func setUpSlowly(_ input: SetupInput, triangle: Int, into list: inout RecordList) {
  withUnsafeTemporaryAllocation(of: ClipCorner.self, capacity: 32) { memory in
    guard let base = memory.baseAddress else { return }
    var count = 3
    for k in 0..<3 {
      let vertex = Int(input.corners[k * input.cornerStride + triangle])
      let world = SIMD3(input.world.0[vertex], input.world.1[vertex], input.world.2[vertex])
      let position = input.camera.transform(world)
      guard position.x.isFinite && position.y.isFinite && position.z.isFinite else { return }
      var attributes = SIMD4<Float>.zero
      for index in 0..<input.attributeCount {
        guard let attribute = input.attribute(index) else { continue }
        var corner = vertex
        if attribute.indexing == .texture, let uvCorners = input.uvCorners {
          corner = Int(uvCorners[k * input.uvCornerStride + triangle])
        }
        attributes[index] = attribute.values[corner]
      }
      (base + k).initialize(to: ClipCorner(position: position, attributes: attributes))
    }
    // Planes as (normal, offset): inside where normal . p >= offset. The guard planes leave a sixteenth
    // of the band to the rounding of the projection.
    let camera = input.camera
    let limit = RasterConstants.guardBand * 15 / 16
    let right = (limit - camera.principalPoint.x) / camera.focalLength.x
    let left = (limit + camera.principalPoint.x) / camera.focalLength.x
    let bottom = (limit - camera.principalPoint.y) / camera.focalLength.y
    let top = (limit + camera.principalPoint.y) / camera.focalLength.y
    var from = base
    var to = base + 16
    for plane in 0..<5 {
      let (normal, offset): (SIMD3<Float>, Float) =
        switch plane {
        case 0: ([0, 0, 1], camera.near)
        case 1: ([-1, 0, right], 0)
        case 2: ([1, 0, left], 0)
        case 3: ([0, -1, bottom], 0)
        default: ([0, 1, top], 0)
        }
      count = clip(from, count, normal, offset, into: to)
      if count < 3 { return }
      (from, to) = (to, from)
    }
    appendFan(input, triangle: triangle, corners: from, count: count, into: &list)
  }
}

/// Sutherland-Hodgman: clips a convex polygon by one plane; returns the number of corners left.
private func clip(
  _ polygon: UnsafeMutablePointer<ClipCorner>, _ count: Int, _ normal: SIMD3<Float>,
  _ offset: Float, into result: UnsafeMutablePointer<ClipCorner>
) -> Int {
  var written = 0
  var previous = polygon[count - 1]
  var previousDistance = (previous.position * normal).sum() - offset
  for index in 0..<count {
    let current = polygon[index]
    let distance = (current.position * normal).sum() - offset
    if (distance >= 0) != (previousDistance >= 0) {
      let currentIsInside = distance >= 0
      let inner = currentIsInside ? current : previous
      let outer = currentIsInside ? previous : current
      let (di, do_) = currentIsInside ? (distance, previousDistance) : (previousDistance, distance)
      let t = di / (di - do_)
      (result + written).initialize(
        to: ClipCorner(
          position: inner.position + (outer.position - inner.position) * t,
          attributes: inner.attributes + (outer.attributes - inner.attributes) * t))
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

/// A projected corner in 64-bit sub-pixels.
private struct ScreenCorner {
  var x: Int64
  var y: Int64
  var inverseDepth: Float
  var attributes: SIMD4<Float>
}

private func appendFan(
  _ input: SetupInput, triangle: Int, corners: UnsafeMutablePointer<ClipCorner>, count: Int,
  into list: inout RecordList
) {
  let camera = input.camera
  func project(_ corner: ClipCorner) -> ScreenCorner {
    // The same expression as `projectVertices`, so that unclipped corners meet their neighbours.
    let inverse = 1 / corner.position.z
    let scale = RasterConstants.subpixels
    let x = multiplyAdd(
      SIMD2(corner.position.x, corner.position.y) * inverse, camera.focalLength * scale,
      camera.principalPoint * scale)
    return ScreenCorner(
      x: Int64(x.x.rounded(.toNearestOrEven)), y: Int64(x.y.rounded(.toNearestOrEven)),
      inverseDepth: inverse, attributes: corner.attributes)
  }
  let first = project(corners[0])
  var second = project(corners[1])
  for index in 2..<count {
    let third = project(corners[index])
    appendRecord(input, triangle: triangle, first, second, third, into: &list)
    second = third
  }
}

private func appendRecord(
  _ input: SetupInput, triangle: Int, _ c0: ScreenCorner, _ second: ScreenCorner,
  _ third: ScreenCorner, into list: inout RecordList
) {
  let area =
    (second.x - c0.x) * (third.y - c0.y) - (third.x - c0.x) * (second.y - c0.y)
  let front = area < 0
  if area == 0 || (input.cull == .back && !front) || (input.cull == .front && front) { return }
  let (c1, c2) = front ? (third, second) : (second, third)
  let bitsCount = Int64(RasterConstants.subpixelBits)
  let half = Int64(RasterConstants.subpixels) / 2
  let left = max((min(c0.x, c1.x, c2.x) + half - 1) >> bitsCount, 0)
  let top = max((min(c0.y, c1.y, c2.y) + half - 1) >> bitsCount, 0)
  let right = min((max(c0.x, c1.x, c2.x) - half) >> bitsCount, Int64(input.width) - 1)
  let bottom = min((max(c0.y, c1.y, c2.y) - half) >> bitsCount, Int64(input.height) - 1)
  if left > right || top > bottom { return }
  let record = list.next
  record[TriangleRecord.origin] = Int32(left | top << 16)
  record[TriangleRecord.end] = Int32(right | bottom << 16)
  record[TriangleRecord.id] = input.firstID + Int32(triangle)
  let originX = left << bitsCount + half
  let originY = top << bitsCount + half
  let wide = list.wide + 3 * list.count
  @inline(__always) func edge(_ index: Int, _ from: ScreenCorner, _ to: ScreenCorner) {
    let a = from.y - to.y
    let b = to.x - from.x
    let topLeft = a > 0 || (a == 0 && b > 0)
    let c = a * (originX - from.x) + b * (originY - from.y) - (topLeft ? 0 : 1)
    record[TriangleRecord.a + index] = Int32(a)
    record[TriangleRecord.b + index] = Int32(b)
    wide[index] = c >> bitsCount
  }
  edge(0, c0, c1)
  edge(1, c1, c2)
  edge(2, c2, c0)
  record[TriangleRecord.wide] = 1
  // In double precision: values at corners far off the screen cancel at the ones on it.
  let unit = 1 / Double(RasterConstants.subpixels)
  let d1 = SIMD2(Double(c1.x - c0.x), Double(c1.y - c0.y)) * unit
  let d2 = SIMD2(Double(c2.x - c0.x), Double(c2.y - c0.y)) * unit
  let inverseArea = 1 / (d1.x * d2.y - d2.x * d1.y)
  let offset = SIMD2(Double(originX - c0.x), Double(originY - c0.y)) * unit
  func plane(_ v0: Float, _ v1: Float, _ v2: Float) -> SIMD3<Float> {
    let a0 = Double(v0)
    let (s1, s2) = (Double(v1) - a0, Double(v2) - a0)
    let dx = (s1 * d2.y - s2 * d1.y) * inverseArea
    let dy = (s2 * d1.x - s1 * d2.x) * inverseArea
    return [Float(a0 + dx * offset.x + dy * offset.y), Float(dx), Float(dy)]
  }
  let depth = plane(c0.inverseDepth, c1.inverseDepth, c2.inverseDepth)
  let planes = list.nextPlanes
  for k in 0..<3 {
    record[TriangleRecord.depth + k] = Int32(bitPattern: depth[k].bitPattern)
  }
  for index in 0..<input.attributeCount {
    let over = plane(
      c0.attributes[index] * c0.inverseDepth, c1.attributes[index] * c1.inverseDepth,
      c2.attributes[index] * c2.inverseDepth)
    for k in 0..<3 { planes[3 * index + k] = over[k] }
  }
  if let request = input.footprintRequest, input.attributeCount >= 2 {
    let centre = (d1 + d2) / 3 - offset
    func plane(_ index: Int) -> SIMD3<Float> {
      [planes[3 * index], planes[3 * index + 1], planes[3 * index + 2]]
    }
    func at(_ p: SIMD3<Float>) -> Float { p.x + p.y * Float(centre.x) + p.z * Float(centre.y) }
    let (u, v) = (plane(0), plane(1))
    let z = 1 / at(depth)
    let (cu, cv) = (at(u) * z, at(v) * z)
    func lanes(_ value: Float) -> SIMD16<Float> { SIMD16(repeating: value) }
    let footprint = textureFootprint(
      ux: lanes((u.y - cu * depth.y) * z), uy: lanes((u.z - cu * depth.z) * z),
      vx: lanes((v.y - cv * depth.y) * z), vy: lanes((v.z - cv * depth.z) * z),
      request: request)
    planes[AttributePlanes.footprint] = footprint.level[0]
    planes[AttributePlanes.footprint + 1] = footprint.du[0]
    planes[AttributePlanes.footprint + 2] = footprint.dv[0]
  }
  list.count += 1
}
