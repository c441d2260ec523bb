import Compute
import SMPLX

/// Moves a body's surface along its normals until its outline is the mask's: as little and as smoothly as
/// that can be done, the unseen back like the front's twin.
///
/// Source: SMPL+D (Alldieck et al. 2018), from one picture.
struct OutlineFit {
  /// Metres that the surface may go in and out.
  static let deepest: Float = 0.02
  static let farthest: Float = 0.06
  static let iterations = 4
  /// Of the bending (bi-Laplacian), of the stretching (Laplacian), and of differing from the other side.
  static let stiffness = 0.02
  static let tension = 0.001
  static let symmetry = 0.0005

  /// Of the guess how far hair stands out behind a head.
  static let hairTrust = 0.02

  let surface: DressedSurface
  let regions: SurfaceRegions
  let adjacency: VertexAdjacency
  /// Directions of displacement in the rest pose, unit vectors.
  let normals: [SIMD3<Float>]
  private let smoothness: SparseSymmetricMatrix
  /// Metres that each vertex may go out.
  private let room: [Float]
  /// Metres that each vertex may go in.
  private let depth: [Float]
  private let repair: FoldRepair
  /// Vertices that the base has folded below its surface, such as toes in a shoe.
  private let isTucked: [Bool]
  private let hair: HairVolume

  init(
    surface: DressedSurface, regions: SurfaceRegions, adjacency: VertexAdjacency,
    base: [SIMD3<Float>], hasShoes: Bool
  ) {
    self.surface = surface
    self.regions = regions
    let model = surface.body.model
    self.adjacency = adjacency
    let rest = surface.body.restVertices
    let points = base.indices.map { rest[$0] + base[$0] }
    var isTucked = [Bool](repeating: false, count: points.count)
    let bare = FoldRepair(
      points: points.indices.map { rest[$0] }, faces: model.faces, adjacency: adjacency)
    for face in bare.folds(points) {
      for corner in 0..<3 { isTucked[Int(model.faces[3 * face + corner])] = true }
    }
    self.isTucked = isTucked
    normals = Self.filled(
      Self.smoothed(surface.normals(points), adjacency), adjacency, isMissing: isTucked)
    hair = HairVolume(
      vertices: base.indices.filter { regions[$0] == .head }, rest: { rest[$0] },
      eyes: (surface.body.restJoints[23] + surface.body.restJoints[24]) / 2)
    let isShod = regions.regions.indices.map { hasShoes && regions[$0] == .foot }
    repair = FoldRepair(points: points, faces: model.faces, adjacency: adjacency)
    // Hands touch what they like, and heads meet nothing.
    func needsRoom(_ vertex: Int) -> Bool {
      switch regions[vertex] {
      case .trunk, .arm, .leg, .foot: !isTucked[vertex]
      default: false
      }
    }
    // What is bent in the photo has less room there than at rest.
    let posed = surface.posed(base)
    let turned = FoldRepair(points: posed, faces: model.faces, adjacency: adjacency)
    var room = zip(
      repair.room(along: normals, farthest: Self.farthest, counts: needsRoom),
      turned.room(
        along: Self.smoothed(surface.normals(posed), adjacency), farthest: Self.farthest,
        counts: needsRoom)
    ).map { min($0, $1) }
    for vertex in isShod.indices where isShod[vertex] {
      room[vertex] = min(room[vertex], Self.roomOfShoes)
    }
    // No step where the room ends.
    for _ in 0..<4 { room = zip(room, adjacency.smoothed(room, by: 0.7)).map { min($0, $1) } }
    self.room = zip(room, Self.roomBesideHands(regions, rest)).map { min($0, $1) }
    depth = isShod.map { $0 ? Self.roomOfShoes : Self.deepest }
    let laplacian = MeshLaplacian.umbrella(adjacency)
    var matrix =
      Self.stiffness * laplacian.squared() + Self.tension * laplacian
      + SparseSymmetricMatrix(
        diagonal: regions.regions.indices.map {
          isShod[$0] ? Self.shoeReluctance : Self.reluctance(regions[$0])
        })
    // |d - mirrored d|^2 / 2, half of it from either side.
    let mirror = model.mirroredVertices()
    matrix =
      matrix
      + SparseSymmetricMatrix(
        size: model.vertexCount,
        entries: mirror.indices.flatMap { vertex -> [(row: Int, column: Int, value: Double)] in
          let (twin, half) = (mirror[vertex], Self.symmetry)
          return vertex == twin
            ? [] : [(vertex, vertex, half), (twin, twin, half), (vertex, twin, -half)]
        })
    smoothness = matrix
  }

  /// Normals that mean nothing, replaced by those around them.
  private static func filled(
    _ normals: [SIMD3<Float>], _ adjacency: VertexAdjacency, isMissing: [Bool]
  ) -> [SIMD3<Float>] {
    var result = normals
    for vertex in result.indices where isMissing[vertex] { result[vertex] = .zero }
    for _ in 0..<40 {
      let last = result
      for vertex in last.indices where isMissing[vertex] {
        var sum = last[vertex]
        for neighbour in adjacency[vertex] { sum += last[Int(neighbour)] }
        result[vertex] = sum.normalized
      }
    }
    return result.indices.map { result[$0] == .zero ? normals[$0] : result[$0] }
  }

  private static func smoothed(
    _ normals: [SIMD3<Float>], _ adjacency: VertexAdjacency
  ) -> [SIMD3<Float>] {
    var result = normals
    for _ in 0..<3 { result = adjacency.smoothed(result, by: 0.5) }
    return result.map(\.normalized)
  }

  /// Displacements along the normals, metres.
  ///
  /// - Parameter base: offsets that the body wears already.
  func displacements(base: [SIMD3<Float>], picture: OutlineTargets.Picture) -> [Float] {
    let count = surface.vertexCount
    let directions = normals.indices.map { surface.turned(normals[$0], at: $0).normalized }
    var displacement = [Float](repeating: 0, count: count)
    for _ in 0..<Self.iterations {
      let points = surface.posed(offsets(base: base, displacement))
      let ids = surface.render(
        points, camera: picture.camera, width: picture.matte.width,
        height: picture.matte.height)
      let targets = OutlineTargets.find(
        points: points, directions: directions, faces: surface.body.model.faces, ids: ids,
        picture: picture, isOutline: { Self.mayMove(regions[$0]) && !isTucked[$0] },
        pool: surface.pool)
      var pull = [Double](repeating: 0, count: count)
      var goal = [Double](repeating: 0, count: count)
      for target in targets {
        let wanted = displacement[target.vertex] + target.distance
        pull[target.vertex] += Double(target.weight)
        goal[target.vertex] +=
          Double(target.weight)
          * Double(min(max(wanted, -depth[target.vertex]), room[target.vertex]))
      }
      for guess in hair.guesses(
        outline: { pull[$0] > 0 ? Float(goal[$0] / pull[$0]) : nil },
        hidden: { smoothStep(directions[$0].dot(points[$0].normalized), 0.1, 0.5) })
      {
        let weight = Self.hairTrust * Double(guess.weight)
        pull[guess.vertex] += weight
        goal[guess.vertex] += weight * Double(guess.distance)
      }
      let solver = ConjugateGradients(smoothness + SparseSymmetricMatrix(diagonal: pull))
      let solution = solver.solve(goal, start: displacement.map(Double.init), tolerance: 1e-5)
      displacement = solution.values.indices.map {
        min(max(Float(solution.values[$0]), -depth[$0]), room[$0])
      }
      displacement = repair.unfolded(displacement, along: normals).displacement
    }
    return displacement
  }

  func offsets(base: [SIMD3<Float>], _ displacement: [Float]) -> [SIMD3<Float>] {
    followed(base.indices.map { base[$0] + displacement[$0] * normals[$0] })
  }

  /// Offsets with those of ears replaced by what is around them: ears go along with the hair that they stand
  /// in, and keep their form.
  private func followed(_ offsets: [SIMD3<Float>]) -> [SIMD3<Float>] {
    let ears = offsets.indices.filter { regions[$0] == .ear }
    var result = offsets
    for ear in ears { result[ear] = .zero }
    for _ in 0..<80 {
      let last = result
      for ear in ears {
        let around = adjacency[ear]
        guard !around.isEmpty else { continue }
        result[ear] =
          around.reduce(SIMD3<Float>.zero) { $0 + last[Int($1)] } / Float(around.count)
      }
    }
    return result
  }
}
