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
  /// (V) the vertex on the other side.
  let mirror: [Int]
  let joints: [SIMD3<Float>]
  let adjacency: VertexAdjacency
  /// With edges weighted by 1 / length, their mean weight 1.
  let laplacian: SparseSymmetricMatrix

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
    regions = Self.regions(body)
    mirror = Self.mirror(model, rest)
    groups = Self.groups(model, regions)
    adjacency = VertexAdjacency(faces: model.faces, vertexCount: count)
    let rest = rest
    let matrix = MeshLaplacian.inverseLength(adjacency, shortest: 1e-3) {
      SIMD3(rest[$0].x, rest[$0].y, rest[$0].z)
    }
    let edges = Double(max(adjacency.neighbours.count, 1))
    let total = matrix.diagonal.reduce(0, +)
    laplacian = total > 0 ? (edges / total) * matrix : matrix
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

  /// Named parts of the file, or what joints and places say.
  private static func regions(_ body: ShapedBody) -> [BodyRegion] {
    let model = body.model
    if let parts = model.parts {
      let named = model.partNames.map { BodyRegion(partName: $0) }
      return parts.map { named.indices.contains(Int($0)) ? named[Int($0)] : .body }
    }
    let vertices = body.restVertices
    let joints = model.dominantJoints()
    let eyes = (body.restJoints[23] + body.restJoints[24]) / 2
    let head = body.restJoints[15]
    return joints.enumerated().map { vertex, joint in
      switch joint {
      case 12: return .neck
      case 15, 22:
        let place = vertices[vertex]
        // Above a plane from the hairline over the brow down to the nape.
        let line = eyes.y + 0.065 - 0.5 * max(0, eyes.z - place.z)
        if place.y > line { return .scalp }
        return place.z > head.z + 0.02 ? .face : .head
      case 23: return .leftEye
      case 24: return .rightEye
      case 20, 25..<40: return .leftHand
      case 21, 40..<55: return .rightHand
      case 7, 10: return .leftFoot
      case 8, 11: return .rightFoot
      default: return .body
      }
    }
  }

  /// Of the file, or the vertex nearest to the mirrored place.
  private static func mirror(_ model: BodyModel, _ rest: Plane<SIMD4<Float>>) -> [Int] {
    if let mirror = model.vertexMirror { return mirror.map { Int($0) } }
    return nearestTwins(rest)
  }

  static func nearestTwins(_ rest: Plane<SIMD4<Float>>) -> [Int] {
    let count = rest.count
    let order = (0..<count).sorted { rest[$0].y < rest[$1].y }
    let heights = order.map { rest[$0].y }
    return (0..<count).map { vertex in
      let place = SIMD4(-rest[vertex].x, rest[vertex].y, rest[vertex].z, 0)
      var (low, high) = (0, count)
      while low < high {
        let middle = (low + high) / 2
        if heights[middle] < place.y { low = middle + 1 } else { high = middle }
      }
      var (best, least) = (vertex, Float.infinity)
      func visit(_ indices: some Sequence<Int>) {
        for index in indices {
          let step = heights[index] - place.y
          if step * step > least { break }
          let difference = rest[order[index]] - place
          let square = (difference * difference).sum()
          if square < least { (best, least) = (order[index], square) }
        }
      }
      visit(low..<count)
      visit(stride(from: low - 1, through: 0, by: -1))
      return best
    }
  }

  /// A field on the vertices after some steps half way to the mean of the neighbours.
  func smoothed(_ values: [Float], steps: Int) -> [Float] {
    var values = values
    for _ in 0..<steps {
      let old = values
      for vertex in values.indices {
        let around = adjacency[vertex]
        guard !around.isEmpty else { continue }
        let sum = around.reduce(0) { $0 + old[Int($1)] }
        values[vertex] = 0.5 * old[vertex] + 0.5 * sum / Float(around.count)
      }
    }
    return values
  }

  /// Fields on the vertices that are smooth and near to what is given: minimises
  /// sum w (x - value)^2 + x L x + screen x^2.
  ///
  /// - Parameter given: (V) three values and their weight w.
  /// - Returns: (V)
  func diffuse(_ given: Plane<SIMD4<Float>>, screen: Float = 0, pool: WorkerPool) -> Plane<
    SIMD4<Float>
  > {
    let diagonal = (0..<vertexCount).map { Double(given[$0].w + screen) + 1e-7 }
    let matrix = laplacian + SparseSymmetricMatrix(diagonal: diagonal)
    var right = [Double](repeating: 0, count: 3 * vertexCount)
    for vertex in 0..<vertexCount {
      for k in 0..<3 { right[3 * vertex + k] = Double(given[vertex][k] * given[vertex].w) }
    }
    let solution = ConjugateGradients(matrix).solve(
      right, columns: 3, tolerance: 1e-5, iterations: 2000, pool: pool)
    let result = Plane<SIMD4<Float>>(count: vertexCount, filledWith: .zero)
    for vertex in 0..<vertexCount {
      let at = 3 * vertex
      result[vertex] = SIMD4(
        Float(solution.values[at]), Float(solution.values[at + 1]), Float(solution.values[at + 2]),
        0)
    }
    return result
  }
}
