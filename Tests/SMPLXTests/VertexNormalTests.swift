/// Vertex normals against closed forms and their oracle.
import Compute
import TestSupport
import Testing

@testable import SMPLX

@Suite struct VertexNormalTests {
  /// Points as a poser gives them.
  final class Points {
    let planes: AlignedBuffer<Float>
    let count: Int
    init(_ points: [SIMD3<Float>]) {
      count = points.count
      planes = AlignedBuffer(count: 3 * padded(count), filledWith: 0)
      for (index, point) in points.enumerated() {
        for axis in 0..<3 { planes[axis * padded(count) + index] = point[axis] }
      }
    }
    var vertices: PlanarVertices {
      PlanarVertices(
        planes: UnsafePointer(planes.pointer), count: count, paddedCount: padded(count))
    }
  }

  static func normals(
    _ faces: [UInt32], _ points: [SIMD3<Float>], threads: Int = 1
  ) throws -> [SIMD3<Float>] {
    let topology = try NormalTopology(faces: faces, vertexCount: points.count)
    let normals = VertexNormals(topology: topology, pool: WorkerPool(threads: threads))
    let held = Points(points)
    normals.update(held.vertices)
    return points.indices.map { normals.vertices[$0] }
  }

  @Test func aTriangleLooksAlongItsNormal() throws {
    let points: [SIMD3<Float>] = [SIMD3(0, 0, 0), SIMD3(2, 0, 0), SIMD3(0, 3, 0), SIMD3(9, 9, 9)]
    let up = SIMD3<Float>(0, 0, 1)
    #expect(try Self.normals([0, 1, 2], points) == [up, up, up, .zero])
    #expect(try Self.normals([0, 2, 1], points) == [-up, -up, -up, .zero])
    #expect(try Self.normals([], points) == [.zero, .zero, .zero, .zero])
  }

  @Test func largerTrianglesCountMore() throws {
    // Two triangles share vertex 0: area 1/2 facing +z, area 3/2 facing +x.
    let points: [SIMD3<Float>] = [
      SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 3, 0), SIMD3(0, 0, 1),
    ]
    let n = try Self.normals([0, 1, 2, 0, 3, 4], points)[0]
    let length = Float(10).squareRoot()
    #expect(abs(n.x - 3 / length) < 1e-6 && n.y == 0 && abs(n.z - 1 / length) < 1e-6)
  }

  @Test func tinyAndHugeTrianglesHaveNormals() throws {
    for size: Float in [1e-12, 1e-6, 1, 1e6] {
      let points = [SIMD3(0, 0, 0), SIMD3(size, 0, 0), SIMD3(0, size, 0)]
      #expect(try Self.normals([0, 1, 2], points)[0] == SIMD3(0, 0, 1), "size \(size)")
    }
  }

  @Test(arguments: [3, 13, 15, 16, 17, 127, 5000, 30000]) func matchesTheOracle(count: Int) throws {
    var random = TestRandom(state: UInt64(count))
    let points = (0..<count).map { _ in random.vector() }
    let faces = (0..<(count * 6)).map { _ in
      UInt32(abs(random.next()) * Float(count)) % UInt32(count)
    }
    let expected = vertexNormalsReference(
      faces: faces, positions: points.map { SIMD3<Double>($0) })
    let found = try Self.normals(faces, points)
    for (index, pair) in zip(found, expected).enumerated() {
      let d = SIMD3<Double>(pair.0) - pair.1
      // Random triangles nearly cancel at some vertices, which costs digits.
      #expect(max(abs(d.x), abs(d.y), abs(d.z)) < 1e-4, "vertex \(index) of \(count)")
    }
    // Only the largest mesh is shared out.
    for threads in [2, 5] {
      #expect(try Self.normals(faces, points, threads: threads) == found, "\(threads) threads")
    }
  }

  @Test func theFreeBodyLooksOutward() throws {
    let model = try BodyModel.load(path: Fixtures.asset("body/SMPLX_NEUTRAL.npz"))
    let body = try ShapedBody(model: model)
    let topology = try NormalTopology(faces: model.faces, vertexCount: model.vertexCount)
    let normals = VertexNormals(topology: topology, pool: WorkerPool(threads: 2))
    normals.update(body.restVertices)
    // The nose looks forward, the heels look back; every normal has unit length.
    #expect(normals.vertices[model.vertexJointIDs[0]].z > 0.8)
    #expect(normals.vertices[model.vertexJointIDs[7]].z < -0.3)
    for vertex in 0..<model.vertexCount {
      let n = normals.vertices[vertex]
      #expect(abs((n * n).sum() - 1) < 1e-5, "vertex \(vertex)")
    }
  }

  @Test func wrongFacesAreRefused() {
    #expect(throws: ProgramError.self) { try NormalTopology(faces: [0, 1], vertexCount: 3) }
    #expect(throws: ProgramError.self) { try NormalTopology(faces: [0, 1, 3], vertexCount: 3) }
  }
}
