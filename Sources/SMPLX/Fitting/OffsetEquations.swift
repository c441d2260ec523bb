import Compute

/// Landmark offsets by least squares, from pictures of bodies that are known.
///
/// For every landmark: the rows of its joint's orientation across the view, times the offset, are how far
/// the network's landmark lies from the joint there. Left and right share their unknowns, mirrored.
package struct OffsetEquations {
  private let model: BodyModel
  private let pool: WorkerPool
  private let dominant: [UInt8]
  /// By landmark: the normal equations of its offset.
  private var matrices = [[Double]](
    repeating: [Double](repeating: 0, count: 9), count: LandmarkTable.count)
  private var rights = [[Double]](repeating: [0, 0, 0], count: LandmarkTable.count)
  package private(set) var count = 0

  /// Keeps offsets small where pictures do not tell them: metres of noise against metres of offset.
  private static let ridge = 0.01

  package init(model: BodyModel, pool: WorkerPool) {
    self.model = model
    self.pool = pool
    dominant = model.dominantJoints()
  }

  /// Takes what was found in the picture of a body.
  package mutating func add(
    _ landmarks: PersonLandmarks, betas: [Float], pose: BodyPose, camera: PinholeCamera
  ) throws {
    let poser = BodyPoser(body: try ShapedBody(model: model, betas: betas), pool: pool)
    try poser.pose(pose)
    let joints = poser.joints(contour: false).map { SIMD3<Double>($0) }
    let orientations = pose.orientations(parents: model.parents)
    let focal = SIMD2<Double>(camera.focalLength)
    let middle = SIMD2<Double>(camera.principalPoint)
    count += 1
    for entry in LandmarkTable.entries {
      guard let (place, joint) = entry.place.found(in: joints, model, dominant) else { continue }
      let mirror = Self.mirror(entry.landmark)
      let found = landmarks.body[entry.landmark]
      let seen = SIMD2(Double(found.position.x), Double(found.position.y))
      let distance = (seen - middle) / focal * place.z - SIMD2(place.x, place.y)
      let unknown = min(entry.landmark, LandmarkTable.twin(entry.landmark))
      let weight = Double(min(max(found.visibility, 0), 1))
      for (axis, row) in [orientations[joint].row0, orientations[joint].row1].enumerated() {
        // A line of sight moves across the view as its end comes nearer.
        let ray = (seen - middle) / focal
        let coefficients = (row - ray[axis] * orientations[joint].row2) * mirror
        for i in 0..<3 {
          rights[unknown][i] += weight * coefficients[i] * distance[axis]
          for j in 0..<3 {
            matrices[unknown][3 * i + j] += weight * coefficients[i] * coefficients[j]
          }
        }
      }
    }
  }

  /// The right side's unknowns are the left side's, mirrored; the nose has none across.
  private static func mirror(_ landmark: Int) -> SIMD3<Double> {
    let twin = LandmarkTable.twin(landmark)
    return twin == landmark ? SIMD3(0, 1, 1) : landmark < twin ? SIMD3(1, 1, 1) : SIMD3(-1, 1, 1)
  }

  package func solve() -> LandmarkOffsets {
    var result = LandmarkOffsets.zero
    for entry in LandmarkTable.entries {
      let twin = LandmarkTable.twin(entry.landmark)
      guard entry.landmark <= twin else { continue }
      var (matrix, right) = (matrices[entry.landmark], rights[entry.landmark])
      for i in 0..<3 { matrix[4 * i] += Self.ridge * Double(max(count, 1)) }
      guard solveCholesky(&matrix, &right, 3) else { continue }
      let offset = SIMD3(Float(right[0]), Float(right[1]), Float(right[2]))
      result.body[entry.landmark] = offset
      result.body[twin] = twin == entry.landmark ? offset : SIMD3(-1, 1, 1) * offset
    }
    return result
  }
}
