import Compute
import SMPLX

/// A person's rest body as the texture's stages read it: positions, soft and hard parts, twins.
final class BodySurface: Sendable {
  let model: BodyModel
  let vertexCount: Int
  /// (V) metres, without displacement: charts are the same whatever is worn.
  let rest: Plane<SIMD4<Float>>
  /// (V) unit vectors of the rest body.
  let normals: Plane<SIMD4<Float>>
  /// (V) weights of `BodyGroup`s, sum 1.
  let groups: Plane<SIMD16<Float>>
  let regions: [BodyRegion]
  let ears: Ears
  /// (V) the vertex on the other side.
  let mirror: [Int]
  let joints: [SIMD3<Float>]
  private let neighbourhood: Once<Neighbourhood>

  init(_ body: ShapedBody, pool: WorkerPool) throws {
    let model = body.model
    let count = model.vertexCount
    self.model = model
    vertexCount = count
    joints = body.restJoints
    let vertices = body.restVertices
    rest = Plane(count: count, filledWith: .zero)
    for vertex in 0..<count {
      rest[vertex] = SIMD4(vertices.x[vertex], vertices.y[vertex], vertices.z[vertex], 0)
    }
    let topology = try NormalTopology(faces: model.faces, vertexCount: count)
    let computed = VertexNormals(topology: topology, pool: pool)
    computed.update(vertices)
    normals = Plane(count: count, filledWith: .zero)
    for vertex in 0..<count { normals[vertex] = SIMD4(computed.vertices[vertex], 0) }
    regions = BodyRegion.all(of: body)
    ears = Ears(body, regions)
    mirror = model.mirroredVertices()
    groups = Self.groups(model, regions)
    let rest = rest
    neighbourhood = Once { Neighbourhood(model, rest) }
  }

  var adjacency: VertexAdjacency { neighbourhood.value.adjacency }

  /// What spreads over the surface needs, and those who only look at it do not.
  private struct Neighbourhood: Sendable {
    let adjacency: VertexAdjacency
    /// With edges weighted by 1 / length, their mean weight 1.
    let laplacian: SparseSymmetricMatrix
    /// In which its rows are eliminated.
    let eliminationOrder: [Int32]

    init(_ model: BodyModel, _ rest: Plane<SIMD4<Float>>) {
      adjacency = VertexAdjacency(faces: model.faces, vertexCount: model.vertexCount)
      let matrix = MeshLaplacian.inverseLength(adjacency, shortest: 1e-3) {
        SIMD3(rest[$0].x, rest[$0].y, rest[$0].z)
      }
      let edges = Double(max(adjacency.neighbours.count, 1))
      let total = matrix.diagonal.reduce(0, +)
      laplacian = total > 0 ? (edges / total) * matrix : matrix
      eliminationOrder = SparseCholesky.order(of: laplacian)
    }
  }

  private static func groups(_ model: BodyModel, _ regions: [BodyRegion]) -> Plane<SIMD16<Float>> {
    let count = BodyGroup.allCases.count
    let sums = model.groupWeights(BodyGroup.ofJoint, count: count)
    let result = Plane<SIMD16<Float>>(count: model.vertexCount, filledWith: .zero)
    for vertex in 0..<model.vertexCount {
      var weights = SIMD16<Float>.zero
      for group in 0..<count { weights[group] = sums[vertex * count + group] }
      func only(_ group: BodyGroup) {
        weights = .zero
        weights[group.rawValue] = 1
      }
      switch regions[vertex] {
      case .neck:
        weights = .zero
        weights[BodyGroup.trunk.rawValue] = 0.5
        weights[BodyGroup.head.rawValue] = 0.5
      case .leftHand: only(.leftHand)
      case .rightHand: only(.rightHand)
      case .leftFoot: only(.leftFoot)
      case .rightFoot: only(.rightFoot)
      case let region where region.isHead: only(.head)
      default: break
      }
      result[vertex] = weights
    }
    return result
  }

  /// A field on the vertices after some steps half way to the mean of the neighbours.
  func smoothed(_ values: [Float], steps: Int) -> [Float] {
    (0..<steps).reduce(values) { values, _ in adjacency.smoothed(values, by: 0.5) }
  }

  /// Fields on the vertices that are smooth and near to what is given: each minimises
  /// sum w (x - value)^2 + x L x + screen x^2.
  ///
  /// - Parameter given: of each field (V) three values and their weight w.
  /// - Returns: of each (V).
  func diffuse(
    _ given: [Plane<SIMD4<Float>>], screen: Float = 0, pool: WorkerPool
  ) -> [Plane<SIMD4<Float>>] {
    let results = given.map { _ in Plane<SIMD4<Float>>(count: vertexCount, filledWith: .zero) }
    pool.run(given.count) { [self] index, _ in
      diffuse(given[index], screen: screen, into: results[index])
    }
    return results
  }

  /// One such field.
  func diffuse(
    _ given: Plane<SIMD4<Float>>, screen: Float = 0, pool: WorkerPool
  ) -> Plane<SIMD4<Float>> {
    let result = Plane<SIMD4<Float>>(count: vertexCount, filledWith: .zero)
    diffuse(given, screen: screen, into: result)
    return result
  }

  private func diffuse(
    _ given: Plane<SIMD4<Float>>, screen: Float, into result: Plane<SIMD4<Float>>
  ) {
    let diagonal = (0..<vertexCount).map { Double(given[$0].w + screen) + 1e-7 }
    let around = neighbourhood.value
    let matrix = around.laplacian + SparseSymmetricMatrix(diagonal: diagonal)
    var right = [Double](repeating: 0, count: 3 * vertexCount)
    for vertex in 0..<vertexCount {
      for k in 0..<3 { right[3 * vertex + k] = Double(given[vertex][k] * given[vertex].w) }
    }
    // A weak screen takes conjugate gradients hundreds of steps; a factor is exact.
    let factor = SparseCholesky(matrix, order: around.eliminationOrder)
    let solution = factor?.solve(right, columns: 3) ?? right
    for vertex in 0..<vertexCount {
      let at = 3 * vertex
      result[vertex] = SIMD4(
        Float(solution[at]), Float(solution[at + 1]), Float(solution[at + 2]),
        0)
    }
  }
}
