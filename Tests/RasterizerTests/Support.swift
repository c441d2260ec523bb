import Compute

@testable import Rasterizer

/// A drawn picture with everything in arrays.
struct Drawing {
  var ids: [Int32]
  var depth: [Float]
  var attributes: [Float]
}

/// Draws a mesh given by vertices in camera axes (x right, y down, z forward).
func draw(
  _ vertices: [SIMD3<Float>], _ triangles: [UInt32], width: Int, height: Int,
  camera: PinholeCamera? = nil, cull: CullMode = .none, attributes: [[Float]] = [],
  threads: Int = 1, tile: (Int, Int) = (48, 48), copies: Int = 1
) throws -> Drawing {
  let mesh = try Mesh(vertexCount: vertices.count, triangles: triangles)
  let padded = (vertices.count + 15) & ~15
  let planes = AlignedBuffer<Float>(count: 3 * padded, filledWith: 0)
  for (index, vertex) in vertices.enumerated() {
    for axis in 0..<3 { planes[axis * padded + index] = vertex[axis] }
  }
  let values = AlignedBuffer<Float>(count: max(1, attributes.count) * padded, filledWith: 0)
  for (k, attribute) in attributes.enumerated() {
    for (index, value) in attribute.enumerated() { values[k * padded + index] = value }
  }
  let camera =
    camera
    ?? PinholeCamera.aligned(
      focalLength: [Float(width), Float(width)],
      principalPoint: [Float(width) / 2, Float(height) / 2])
  let base = planes.pointer
  let instance = MeshInstance(
    mesh: mesh, x: base, y: base + padded, z: base + 2 * padded, cull: cull,
    attributes: attributes.indices.map {
      VertexAttribute(values: values.pointer + $0 * padded, indexing: .vertex)
    })
  let rasterizer = Rasterizer(
    pool: WorkerPool(threads: threads), tileWidth: tile.0, tileHeight: tile.1)
  let size = width * height
  let ids = AlignedBuffer<Int32>(count: size, filledWith: -7)
  let depth = AlignedBuffer<Float>(count: size, filledWith: -7)
  let attributeValues = AlignedBuffer<Float>(
    count: max(1, size * attributes.count), filledWith: -7)
  let writer = BufferWriter(width: width, height: height)
  writer.ids = ids.pointer
  writer.depth = depth.pointer
  writer.attributes = attributes.isEmpty ? nil : attributeValues.pointer
  writer.attributeCount = attributes.count
  for _ in 0..<copies {
    rasterizer.render([instance], camera: camera, width: width, height: height, shader: writer)
  }
  return Drawing(
    ids: (0..<size).map { ids[$0] }, depth: (0..<size).map { depth[$0] },
    attributes: (0..<size * attributes.count).map { attributeValues[$0] })
}

/// Bits of floats, so that equality is of bytes.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

/// Sutherland-Hodgman-free oracle: for each sample the triangle that is nearest, by exact integer edge
/// functions in 128 bits on the same sub-pixel grid, one triangle and one sample at a time.
///
/// vertices: camera axes, all in front of the near plane and inside the guard band.
func drawReference(
  _ vertices: [SIMD3<Float>], _ triangles: [UInt32], width: Int, height: Int, cull: CullMode
) -> (ids: [Int32], hits: [Int]) {
  var ids = [Int32](repeating: -1, count: width * height)
  var nearest = [Double](repeating: 0, count: width * height)
  var hits = [Int](repeating: 0, count: width * height)
  func screen(_ p: SIMD3<Float>) -> (x: Int, y: Int, iz: Double) {
    let inverse = 1 / p.z
    func fixed(_ a: Float, _ c: Float) -> Int {
      let scaled = multiplyAdd(
        SIMD2(repeating: a * inverse), SIMD2(repeating: Float(width) * 256),
        SIMD2(repeating: c * 256))
      return Int(scaled.x.rounded(.toNearestOrEven))
    }
    return (
      fixed(p.x, Float(width) / 2), fixed(p.y, Float(height) / 2), Double(inverse)
    )
  }
  for t in 0..<triangles.count / 3 {
    var c = (0..<3).map { screen(vertices[Int(triangles[3 * t + $0])]) }
    var area = (c[1].x - c[0].x) * (c[2].y - c[0].y) - (c[2].x - c[0].x) * (c[1].y - c[0].y)
    let front = area < 0
    if area == 0 || (cull == .back && !front) || (cull == .front && front) { continue }
    if front {
      c.swapAt(1, 2)
      area = -area
    }
    for y in 0..<height {
      for x in 0..<width {
        let p = (x: x * 256 + 128, y: y * 256 + 128)
        var inside = true
        var weights: [Double] = []
        for k in 0..<3 {
          let (a, b) = (c[k], c[(k + 1) % 3])
          let e = (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)
          let topLeft = b.y < a.y || (b.y == a.y && b.x > a.x)
          if e < 0 || (e == 0 && !topLeft) { inside = false }
          weights.append(Double(e) / Double(area))
        }
        guard inside else { continue }
        hits[y * width + x] += 1
        let iz = weights[1] * c[0].iz + weights[2] * c[1].iz + weights[0] * c[2].iz
        if iz > nearest[y * width + x] {
          nearest[y * width + x] = iz
          ids[y * width + x] = Int32(t)
        }
      }
    }
  }
  return (ids, hits)
}
