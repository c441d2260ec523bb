/// Adjacency and Laplacians of meshes with known answers.
import Compute
import Testing

@testable import SMPLX

@Suite struct MeshLaplacianTests {
  static let tetrahedron: [UInt32] = [0, 1, 2, 0, 3, 1, 0, 2, 3, 1, 3, 2]

  @Test func neighboursAreTheEdgesOnce() {
    let adjacency = VertexAdjacency(faces: Self.tetrahedron, vertexCount: 5)
    #expect(
      (0..<5).map { Array(adjacency[$0]) } == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], []])
    let open = VertexAdjacency(faces: [2, 0, 1, 1, 0, 3], vertexCount: 4)
    #expect((0..<4).map { Array(open[$0]) } == [[1, 2, 3], [0, 2, 3], [0, 1], [0, 1]])
    #expect(VertexAdjacency(faces: [1, 1, 0], vertexCount: 2)[1] == [0])
    #expect(VertexAdjacency(faces: [], vertexCount: 0).vertexCount == 0)
  }

  @Test func umbrellaOfATetrahedronIsFourTimesTheDeviationFromTheMean() {
    let adjacency = VertexAdjacency(faces: Self.tetrahedron, vertexCount: 4)
    let values = [1.0, 5, -2, 8]
    #expect(MeshLaplacian.umbrella(adjacency)(values) == values.map { 4 * ($0 - 3) })
  }

  @Test func inverseLengthsWeighShortEdgesMore() {
    let adjacency = VertexAdjacency(faces: [0, 1, 2], vertexCount: 3)
    let points: [SIMD3<Float>] = [SIMD3(0, 0, 0), SIMD3(0.5, 0, 0), SIMD3(0, 0, 0)]
    let laplacian = MeshLaplacian.inverseLength(adjacency, shortest: 0.25) { points[$0] }
    // Edges 0-1 and 1-2 weigh 2, the edge of no length counts as 0.25 long.
    #expect(laplacian([1, 0, 0]) == [6, -2, -4])
    #expect(laplacian([1, 1, 1]) == [0, 0, 0])
    #expect(laplacian.diagonal == [6, 4, 6])
  }
}
