import CSIMD
import Compute

@testable import Rasterizer

/// Vertices as the rasterizer takes them: three planes, padded to sixteen.
final class VertexPlanes {
  let buffer: AlignedBuffer<Float>
  let padded: Int

  init(_ vertices: [SIMD3<Float>]) {
    padded = (vertices.count + 15) & ~15
    buffer = AlignedBuffer(count: 3 * max(padded, 1), filledWith: 0)
    for (index, vertex) in vertices.enumerated() {
      for axis in 0..<3 { buffer[axis * padded + index] = vertex[axis] }
    }
  }

  var x: UnsafePointer<Float> { UnsafePointer(buffer.pointer) }
  var y: UnsafePointer<Float> { UnsafePointer(buffer.pointer + padded) }
  var z: UnsafePointer<Float> { UnsafePointer(buffer.pointer + 2 * padded) }
}

/// How often fronts and backs of a mesh's triangles take each sample, counted exactly from the records
/// that set-up leaves.
struct SampleCounts {
  let width: Int
  let height: Int
  private(set) var fronts: [Int16]
  private(set) var backs: [Int16]

  init(
    _ mesh: ClosedMesh, camera: PinholeCamera, width: Int, height: Int
  ) throws {
    self.width = width
    self.height = height
    let planes = VertexPlanes(mesh.vertices)
    let connectivity = try Mesh(vertexCount: mesh.vertices.count, triangles: mesh.triangles)
    func counts(_ cull: CullMode) -> [Int16] {
      var steps = [Int16](repeating: 0, count: (width + 1) * height)
      steps.withUnsafeMutableBufferPointer { steps in
        forEachRecord(
          connectivity, planes, mesh.vertices.count, camera: camera, width: width, height: height,
          cull: cull
        ) { record, q in
          count(record, q, into: steps)
        }
        for y in 0..<height {
          var sum: Int16 = 0
          for x in 0..<width {
            sum &+= steps[y * (width + 1) + x]
            steps[y * (width + 1) + x] = sum
          }
        }
      }
      return steps
    }
    (fronts, backs) = ([], [])
    fronts = counts(.back)
    backs = counts(.front)
  }

  /// Adds a record's samples: 1 where a row of them begins, -1 behind its end.
  private func count(
    _ record: UnsafePointer<Int32>, _ q: (Int, Int, Int),
    into steps: UnsafeMutableBufferPointer<Int16>
  ) {
    let left = Int(record[TriangleRecord.origin] & 0xffff)
    let top = Int(record[TriangleRecord.origin] >> 16)
    let right = Int(record[TriangleRecord.end] & 0xffff)
    let bottom = Int(record[TriangleRecord.end] >> 16)
    for y in top...bottom {
      var (first, last) = (0, right - left)
      for (k, q) in [q.0, q.1, q.2].enumerated() {
        let a = Int(record[TriangleRecord.a + k])
        let value = q + Int(record[TriangleRecord.b + k]) * (y - top)
        if a > 0 {
          first = max(first, -floorDivided(value, a))
        } else if a < 0 {
          last = min(last, floorDivided(value, -a))
        } else if value < 0 {
          last = -1
        }
      }
      guard first <= last else { continue }
      steps[y * (width + 1) + left + first] &+= 1
      steps[y * (width + 1) + left + last + 1] &-= 1
    }
  }

  func front(_ x: Int, _ y: Int) -> Int { Int(fronts[y * (width + 1) + x]) }
  func back(_ x: Int, _ y: Int) -> Int { Int(backs[y * (width + 1) + x]) }
}

private func floorDivided(_ a: Int, _ b: Int) -> Int {
  a >= 0 ? a / b : -((b - 1 - a) / b)
}

/// Sets up a mesh's triangles as the rasterizer does and calls `body` with every record and its three
/// q.
func forEachRecord(
  _ mesh: Mesh, _ planes: VertexPlanes, _ vertexCount: Int, camera: PinholeCamera, width: Int,
  height: Int, cull: CullMode, _ body: (UnsafePointer<Int32>, (Int, Int, Int)) -> Void
) {
  let rows = AlignedBuffer<Int32>(count: 4 * max(planes.padded, 1))
  let projection = VertexProjection(camera: camera, width: width, height: height)
  _ = projectVertices(
    x: planes.x, y: planes.y, z: planes.z, from: 0, to: planes.padded, count: vertexCount,
    projection: projection, into: ProjectedVertices(rows: rows.pointer))
  let input = SetupInput(
    MeshInstance(mesh: mesh, x: planes.x, y: planes.y, z: planes.z, cull: cull), number: 3,
    firstID: 0, vertices: ProjectedVertices(rows: rows.pointer), projection: projection,
    width: width, height: height, footprintRequest: nil)
  let capacity = mesh.triangleCount * RasterConstants.recordsPerTriangle
  let records = AlignedBuffer<Int32>(count: capacity * TriangleRecord.stride)
  let wide = AlignedBuffer<Int64>(count: 3 * capacity)
  let attributes = AlignedBuffer<Int32>(count: 16)
  let scratch = AlignedBuffer<Int32>(count: setupScratchWords)
  var list = RecordList(
    records: records.pointer, planes: attributes.pointer, wide: wide.pointer,
    cutOutPlanes: attributes.pointer)
  setUpTriangles(input, from: 0, to: mesh.triangleCount, scratch: scratch.pointer, into: &list)
  for index in 0..<list.count {
    let record = UnsafePointer(records.pointer + index * TriangleRecord.stride)
    let q: (Int, Int, Int)
    if record[TriangleRecord.part] & TriangleRecord.wideBit == 1 {
      q = (Int(wide[3 * index]), Int(wide[3 * index + 1]), Int(wide[3 * index + 2]))
    } else {
      q = (
        Int(record[TriangleRecord.q]), Int(record[TriangleRecord.q + 1]),
        Int(record[TriangleRecord.q + 2])
      )
    }
    body(record, q)
  }
}

/// Where the near plane cuts a closed mesh open, in samples and double precision, and so how much more
/// often fronts are hit than backs.
///
/// The ray of a sample enters the picture's space at the near plane. If it enters inside the mesh, it
/// leaves the mesh once more than it goes in: fronts less backs is minus the winding number of the mesh
/// about the point where it enters, and that is the winding number of the cut's outline.
struct NearCut {
  private var sides: [(from: SIMD2<Double>, to: SIMD2<Double>)] = []

  init(_ mesh: ClosedMesh, camera: PinholeCamera) {
    let near = Double(camera.near)
    let points = mesh.vertices.map { SIMD3<Double>(cameraCoordinatesReference($0, camera)) }
    for t in 0..<mesh.triangles.count / 3 {
      let corners = (0..<3).map { points[Int(mesh.triangles[3 * t + $0])] }
      var (leaving, entering): (SIMD2<Double>?, SIMD2<Double>?)
      for k in 0..<3 {
        let (a, b) = (corners[k], corners[(k + 1) % 3])
        if (a.z >= near) == (b.z >= near) { continue }
        let (inner, outer) = a.z >= near ? (a, b) : (b, a)
        let p = inner + (outer - inner) * ((inner.z - near) / (inner.z - outer.z))
        let sample =
          SIMD2(p.x, p.y) / near * SIMD2<Double>(camera.focalLength)
          + SIMD2<Double>(camera.principalPoint)
        if a.z >= near { leaving = sample } else { entering = sample }
      }
      if let leaving, let entering { sides.append((leaving, entering)) }
    }
  }

  var isEmpty: Bool { sides.isEmpty }

  /// Expected fronts less backs in a row of samples; nil within a sixteenth of a sample of the outline,
  /// which the rasterizer rounds to 1/256.
  func expected(row y: Int, width: Int) -> [Int?] {
    let (centre, margin) = (Double(y) + 0.5, 1.0 / 16)
    var steps = [Int](repeating: 0, count: width + 1)
    var unknown = [Bool](repeating: false, count: width)
    func column(_ x: Double) -> Int { Int(min(max((x - 0.5).rounded(.up), 0), Double(width))) }
    for (a, b) in sides {
      let (low, high) = (min(a.y, b.y), max(a.y, b.y))
      if high < centre - margin || low > centre + margin { continue }
      func x(_ y: Double) -> Double {
        b.y == a.y ? a.x : a.x + (b.x - a.x) * ((min(max(y, low), high) - a.y) / (b.y - a.y))
      }
      if (a.y <= centre) != (b.y <= centre) {
        // Samples left of the side have it on a ray to the right.
        steps[0] += b.y > a.y ? 1 : -1
        steps[column(x(centre))] -= b.y > a.y ? 1 : -1
      }
      let ends = high == low ? (a.x, b.x) : (x(centre - margin), x(centre + margin))
      let first = column(min(ends.0, ends.1) - margin)
      let last = column(max(ends.0, ends.1) + margin)
      for x in first..<max(first, last) { unknown[x] = true }
    }
    var winding = 0
    return (0..<width).map { x in
      winding += steps[x]
      return unknown[x] ? nil : -winding
    }
  }
}

/// One rounding where the build fuses, two where it does not, as `VertexProjection`.
private func multiplyAddReference(_ a: Float, _ b: Float, _ c: Float) -> Float {
  multiplyAdd(SIMD2(repeating: a), SIMD2(repeating: b), SIMD2(repeating: c)).x
}

/// The scalar twin of `VertexProjection.cameraCoordinates`.
func cameraCoordinatesReference(_ world: SIMD3<Float>, _ camera: PinholeCamera) -> SIMD3<Float> {
  let p = world - camera.pivot
  func row(_ r: SIMD3<Float>, _ t: Float) -> Float {
    multiplyAddReference(
      p.x, r.x, multiplyAddReference(p.y, r.y, multiplyAddReference(p.z, r.z, t)))
  }
  return [
    row(camera.rotation.0, camera.translation.x), row(camera.rotation.1, camera.translation.y),
    row(camera.rotation.2, camera.translation.z),
  ]
}

/// The scalar twin of `VertexProjection.screen`: sub-pixels, not rounded, and 1 / depth.
func screenReference(_ q: SIMD3<Float>, _ camera: PinholeCamera) -> SIMD3<Float> {
  let inverse = 1 / q.z
  return [
    multiplyAddReference(
      q.x * inverse, camera.focalLength.x * 256, camera.principalPoint.x * 256),
    multiplyAddReference(
      q.y * inverse, camera.focalLength.y * 256, camera.principalPoint.y * 256),
    inverse,
  ]
}
