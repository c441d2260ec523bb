// Smooth vertex normals of a posed body, every frame, for the light.
//
// Sits after posing: reads `PlanarVertices`, gives three planes of unit vectors. A vertex's normal is
// the sum of the cross products of its triangles (so weighted by area), made unit length.
//
// Every sum is made by one worker in the order of the triangles: the same bytes for any number of
// threads. Positions and triangle normals are kept as four floats each in between, because four
// scalars in one load beat three gathers from planes by far.

import Compute

/// Which triangles meet at each vertex; made once per mesh, shared by any number of `VertexNormals`.
public final class NormalTopology: Sendable {
  public let vertexCount: Int
  public let faceCount: Int
  /// (F, 3)
  let corners: [Int32]
  /// Entries `starts[v] ..< starts[v + 1]` of `adjacentFaces` meet at vertex v, in rising order.
  let starts: [Int32]
  let adjacentFaces: [Int32]

  /// - Parameter faces: (F, 3) vertex numbers, counter-clockwise seen from outside.
  /// - Throws: `ProgramError` if a face has no such vertex.
  public init(faces: [UInt32], vertexCount: Int) throws {
    guard faces.count % 3 == 0, faces.count < 1 << 31 else {
      throw ProgramError(
        .dataError, "faces are not triangles", expected: "a multiple of 3 numbers",
        found: "\(faces.count)")
    }
    if let index = faces.firstIndex(where: { $0 >= vertexCount }) {
      throw ProgramError(
        .dataError, "a face has a vertex that does not exist", expected: "0 ..< \(vertexCount)",
        found: "\(faces[index]) in face \(index / 3)")
    }
    self.vertexCount = vertexCount
    faceCount = faces.count / 3
    corners = faces.map { Int32(truncatingIfNeeded: $0) }
    var starts = [Int32](repeating: 0, count: vertexCount + 1)
    for corner in corners { starts[Int(corner) + 1] += 1 }
    for vertex in 0..<vertexCount { starts[vertex + 1] += starts[vertex] }
    var next = starts
    var adjacent = [Int32](repeating: 0, count: corners.count)
    for (index, corner) in corners.enumerated() {
      adjacent[Int(next[Int(corner)])] = Int32(truncatingIfNeeded: index / 3)
      next[Int(corner)] += 1
    }
    self.starts = starts
    adjacentFaces = adjacent
  }
}

/// Computes the vertex normals of one frame at a time into memory of its own.
///
///     let normals = VertexNormals(topology: topology, pool: pool)
///     normals.update(poser.vertices(0))
///     let n = normals.vertices   // unit vectors in x, y, z planes
///
/// Not for use from two threads at once. Allocates nothing after init.
public final class VertexNormals {
  private let pool: WorkerPool
  private let work: Work
  private let interleave: WorkerPool.Body
  private let crossFaces: WorkerPool.Body
  private let sumVertices: WorkerPool.Body

  public init(topology: NormalTopology, pool: WorkerPool) {
    self.pool = pool
    let work = Work(topology)
    self.work = work
    interleave = { piece, _ in work.interleave(piece) }
    crossFaces = { piece, _ in work.crossFaces(piece) }
    sumVertices = { piece, _ in work.sumVertices(piece) }
  }

  /// Computes the normals of `positions`, which must have the topology's number of vertices.
  public func update(_ positions: PlanarVertices) {
    precondition(positions.count == work.topology.vertexCount)
    work.positions = positions
    // A body of 27,000 triangles takes 80 us in all, less than three rounds of waking and waiting
    // gain (measured with two threads on Zen 5: 80 against 110).
    if work.topology.faceCount > 50_000 {
      pool.run(work.vertexPieces, interleave)
      pool.run(work.facePieces, crossFaces)
      pool.run(work.vertexPieces, sumVertices)
    } else {
      for piece in 0..<work.vertexPieces { work.interleave(piece) }
      for piece in 0..<work.facePieces { work.crossFaces(piece) }
      for piece in 0..<work.vertexPieces { work.sumVertices(piece) }
    }
    work.positions = nil
  }

  /// Unit normals of the last `update`, zero for a vertex without triangles or with triangles of
  /// no area; the memory stays the same.
  public var vertices: PlanarVertices {
    PlanarVertices(
      planes: UnsafePointer(work.output.pointer), count: work.topology.vertexCount,
      paddedCount: work.planeLength)
  }

  private final class Work: @unchecked Sendable {
    // Sendable: workers write to the vertices or faces of the piece they were given.
    static let verticesPerPiece = 2048
    static let facesPerPiece = 4096

    let topology: NormalTopology
    let planeLength: Int
    var positions: PlanarVertices?
    let output: AlignedBuffer<Float>
    private let points: AlignedBuffer<SIMD4<Float>>
    private let faceNormals: AlignedBuffer<SIMD4<Float>>

    init(_ topology: NormalTopology) {
      self.topology = topology
      planeLength = padded(topology.vertexCount)
      output = AlignedBuffer(count: 3 * planeLength, filledWith: 0)
      points = AlignedBuffer(count: planeLength, filledWith: .zero)
      faceNormals = AlignedBuffer(count: topology.faceCount, filledWith: .zero)
    }

    var vertexPieces: Int {
      (topology.vertexCount + Self.verticesPerPiece - 1) / Self.verticesPerPiece
    }
    var facePieces: Int { (topology.faceCount + Self.facesPerPiece - 1) / Self.facesPerPiece }

    func interleave(_ piece: Int) {
      guard let positions else { return }
      let range = range(piece, Self.verticesPerPiece, topology.vertexCount)
      let target = points.pointer
      for vertex in range {
        target[vertex] = SIMD4(positions.x[vertex], positions.y[vertex], positions.z[vertex], 0)
      }
    }

    func crossFaces(_ piece: Int) {
      topology.corners.withUnsafeBufferPointer { corners in
        guard let corners = corners.baseAddress else { return }
        crossProducts(
          corners: corners, points: points.pointer,
          faces: range(piece, Self.facesPerPiece, topology.faceCount), normals: faceNormals.pointer)
      }
    }

    func sumVertices(_ piece: Int) {
      let range = range(piece, Self.verticesPerPiece, topology.vertexCount)
      topology.starts.withUnsafeBufferPointer { starts in
        topology.adjacentFaces.withUnsafeBufferPointer { adjacent in
          guard let starts = starts.baseAddress, let adjacent = adjacent.baseAddress else { return }
          sumNormals(
            starts: starts, adjacent: adjacent, faceNormals: faceNormals.pointer, vertices: range,
            output: output.pointer, planeLength: planeLength)
        }
      }
    }

    private func range(_ piece: Int, _ size: Int, _ count: Int) -> Range<Int> {
      piece * size..<min((piece + 1) * size, count)
    }
  }
}

/// normals[f] = (b - a) x (c - a) for the corners a, b, c of face f: twice its area long.
func crossProducts(
  corners: UnsafePointer<Int32>, points: UnsafePointer<SIMD4<Float>>, faces: Range<Int>,
  normals: UnsafeMutablePointer<SIMD4<Float>>
) {
  for face in faces {
    let a = points[Int(corners[3 * face])]
    let u = points[Int(corners[3 * face + 1])] - a
    let v = points[Int(corners[3 * face + 2])] - a
    // (u x v) rotated by one place: one shuffle of the result instead of two of each factor.
    let u1 = SIMD4(u.y, u.z, u.x, u.w)
    let v1 = SIMD4(v.y, v.z, v.x, v.w)
    let n = u * v1 - v * u1
    normals[face] = SIMD4(n.y, n.z, n.x, n.w)
  }
}

/// Sums the normals of each vertex's faces and makes the sums unit vectors; zero stays zero.
///
/// - Parameter output: three planes of `planeLength`. `vertices` begins at a multiple of sixteen.
func sumNormals(
  starts: UnsafePointer<Int32>, adjacent: UnsafePointer<Int32>,
  faceNormals: UnsafePointer<SIMD4<Float>>, vertices: Range<Int>,
  output: UnsafeMutablePointer<Float>, planeLength: Int
) {
  var entry = Int(starts[vertices.lowerBound])
  for vertex in vertices {
    let end = Int(starts[vertex + 1])
    var sum = SIMD4<Float>.zero
    while entry < end {
      sum += faceNormals[Int(adjacent[entry])]
      entry += 1
    }
    output[vertex] = sum.x
    output[planeLength + vertex] = sum.y
    output[2 * planeLength + vertex] = sum.z
  }
  let raw = UnsafeMutableRawPointer(output)
  for first in stride(from: vertices.lowerBound, to: vertices.upperBound, by: blockWidth) {
    typealias V = SIMD16<Float>
    let (at, plane) = (4 * first, 4 * planeLength)
    let x = raw.load(fromByteOffset: at, as: V.self)
    let y = raw.load(fromByteOffset: at + plane, as: V.self)
    let z = raw.load(fromByteOffset: at + 2 * plane, as: V.self)
    // Scaled by the largest component first: squares of areas of tiny triangles would underflow.
    let largest = max(max(magnitude(x), magnitude(y)), magnitude(z))
    let scale = V(repeating: 1) / largest.replacing(with: 1, where: largest .== 0)
    let (a, b, c) = (x * scale, y * scale, z * scale)
    let square = a * a + b * b + c * c
    let factor = V(repeating: 1) / square.replacing(with: 1, where: square .== 0).squareRoot()
    raw.storeBytes(of: a * factor, toByteOffset: at, as: V.self)
    raw.storeBytes(of: b * factor, toByteOffset: at + plane, as: V.self)
    raw.storeBytes(of: c * factor, toByteOffset: at + 2 * plane, as: V.self)
  }
}

@inline(__always)
private func magnitude(_ v: SIMD16<Float>) -> SIMD16<Float> {
  v.replacing(with: -v, where: v .< 0)
}

@inline(__always)
private func max(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
  a.replacing(with: b, where: b .> a)
}

/// The oracle of `VertexNormals`: scalar, in double precision.
func vertexNormalsReference(
  faces: [UInt32], positions: [SIMD3<Double>]
) -> [SIMD3<Double>] {
  var sums = [SIMD3<Double>](repeating: .zero, count: positions.count)
  for face in stride(from: 0, to: faces.count, by: 3) {
    let ids = (0..<3).map { Int(faces[face + $0]) }
    let a = positions[ids[0]]
    let normal = (positions[ids[1]] - a).cross(positions[ids[2]] - a)
    for id in ids { sums[id] += normal }
  }
  return sums.map(\.normalized)
}
