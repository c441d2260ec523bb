import Compute

/// What is true of everybody who stands: feet on the floor, weight above them, trunk and legs upright.
enum StandingPrior {
  static func term(_ model: FitModel, _ points: FitPointList) -> PlumbTerm {
    let joints = points.joints
    func line(_ above: [Int], _ below: [Int]) -> [(point: Int, factor: Double)] {
      above.map { (joints[$0], 1 / Double(above.count)) }
        + below.map { (joints[$0], -1 / Double(below.count)) }
    }
    var rows = [
      PlumbTerm.Row(.depthShare, line([16, 17], [1, 2]), sigma: 0.10, huber: 3),
      PlumbTerm.Row(.depthShare, line([1, 2], [7, 8]), sigma: 0.10, huber: 3),
      // The weight is between heels and balls of the feet, nearer to the ankles.
      PlumbTerm.Row(.depth, weight(joints), sigma: 0.03, huber: 3),
      PlumbTerm.Row(.side, weight(joints), sigma: 0.05, huber: 2),
    ]
    guard points.heels.count == 2, points.toes.count == 2 else {
      return PlumbTerm(rows: rows, tilt: model.layout.tilt)
    }
    let rest = model.restPositions(of: points, points.heels + points.toes)
    for side in 0..<2 {
      rows.append(
        PlumbTerm.Row(
          .height, [(points.toes[side], 1), (points.heels[side], -1)],
          target: rest[side].y - rest[2 + side].y, sigma: 0.02, huber: 2))
    }
    for ends in [points.heels, points.toes] {
      rows.append(
        PlumbTerm.Row(.height, [(ends[0], 1), (ends[1], -1)], sigma: 0.02, huber: 2))
    }
    return PlumbTerm(rows: rows, tilt: model.layout.tilt)
  }

  /// From the middle of the feet to the body's centre of mass.
  private static func weight(_ joints: [Int]) -> [(point: Int, factor: Double)] {
    BodyBalance.masses.map { (joints[$0.joint], $0.share) }
      + [7, 8].map { (joints[$0], -0.3) } + [10, 11].map { (joints[$0], -0.2) }
  }

  /// The camera's tilt as the depth network has it, held level across.
  static func tilt(_ layout: FitLayout, _ pitch: BoneDepths.Measure) -> ParameterTerm {
    let first = layout.tilt.lowerBound
    return ParameterTerm([
      ParameterTerm.Row([(first, 1)], target: pitch.value, sigma: max(pitch.deviation, 0.03)),
      ParameterTerm.Row([(first + 1, 1)], sigma: 0.03),
    ])
  }
}

extension FitModel {
  /// Where followed points are on the unshaped body at rest.
  func restPositions(of points: FitPointList, _ numbers: [Int]) -> [SIMD3<Double>] {
    let problem = FitProblem(self, points: numbers.map { points.points[$0] }, start: .identity)
    let parameters = [Double](repeating: 0, count: layout.count)
    return problem.state(parameters).positions
  }
}
