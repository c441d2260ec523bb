import Compute

/// Where a fit starts: the mean pose, turned as the world points of the trunk say and placed so that the
/// landmarks are seen where they are.
struct FitStart {
  private(set) var parameters: [Double]
  let rotation: RotationMatrix
  private let terms: LandmarkTerms

  init(model: FitModel, points: FitPointList, terms: LandmarkTerms) {
    self.terms = terms
    parameters = [Double](repeating: 0, count: model.layout.count)
    for joint in 1...FitLayout.bodyJointCount {
      for (axis, index) in model.layout.joint(joint).enumerated() {
        parameters[index] = PosePrior.mean[joint][axis]
      }
    }
    let world = terms.world
    let seen = trunkFrame(
      shoulders: (world[11], world[12]), hips: (world[23], world[24]))
    let rest = trunkFrame(
      shoulders: (model.joints[16], model.joints[17]), hips: (model.joints[1], model.joints[2]))
    rotation = seen * rest.transposed
  }

  /// Places the body by least squares: at a known turn and shape a projection is linear in it.
  mutating func place(_ problem: FitProblem) {
    let positions = problem.state(parameters).positions
    var matrix = [Double](repeating: 0, count: 9)
    var right = [Double](repeating: 0, count: 3)
    let camera = terms.camera
    for target in terms.projection().targets {
      let seen = (target.position - camera.principalPoint) / camera.focalLength
      let p = positions[target.point]
      let square = target.weight * target.weight
      for axis in 0..<2 {
        // p.x + t.x = seen.x (p.z + t.z)
        var row = [0.0, 0, -seen[axis]]
        row[axis] = 1
        let value = seen[axis] * p.z - p[axis]
        for i in 0..<3 {
          right[i] += square * row[i] * value
          for j in 0..<3 { matrix[3 * i + j] += square * row[i] * row[j] }
        }
      }
    }
    guard solveCholesky(&matrix, &right, 3), right[2] > 0.2 else {
      right = [0, 0, 3]
      return place(at: right)
    }
    place(at: right)
  }

  private mutating func place(at position: [Double]) {
    for axis in 0..<3 { parameters[3 + axis] = position[axis] }
  }
}

/// Axes of a trunk as columns: to its left, up, forward.
private func trunkFrame(
  shoulders: (left: SIMD3<Double>, right: SIMD3<Double>),
  hips: (left: SIMD3<Double>, right: SIMD3<Double>)
) -> RotationMatrix {
  let up = (shoulders.left + shoulders.right - hips.left - hips.right).normalized
  let across = shoulders.left - shoulders.right + hips.left - hips.right
  let left = (across - across.dot(up) * up).normalized
  return RotationMatrix(left, up, left.cross(up)).transposed
}
