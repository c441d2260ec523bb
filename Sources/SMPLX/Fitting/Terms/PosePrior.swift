/// What poses people stand in, and what their joints cannot do, as rows of a `ParameterTerm`.
///
/// Means and deviations in radians, by hand: arms lowered, elbows a little bent, twist of shins and upper
/// arms held. Axes are those of the joints at rest: x to the person's left, y up, z forward.
enum PosePrior {
  /// The mean of the 21 body joints.
  static let mean: [SIMD3<Double>] = {
    var mean = [SIMD3<Double>](repeating: .zero, count: FitLayout.bodyJointCount + 1)
    mean[16].z = -0.9
    mean[17].z = 0.9
    mean[18].y = -0.3
    mean[19].y = 0.3
    mean[4].x = 0.1
    mean[5].x = 0.1
    return mean
  }()

  static let deviation: [SIMD3<Double>] = {
    var sigma = [SIMD3<Double>](
      repeating: SIMD3(repeating: 0.25), count: FitLayout.bodyJointCount + 1)
    func set(_ joints: [Int], _ value: SIMD3<Double>) {
      for joint in joints { sigma[joint] = value }
    }
    set([1, 2], SIMD3(0.9, 0.4, 0.35))
    set([4, 5], SIMD3(0.9, 0.12, 0.12))
    set([7, 8], SIMD3(0.35, 0.25, 0.2))
    set([10, 11], SIMD3(repeating: 0.1))
    set([3, 6, 9], SIMD3(0.2, 0.15, 0.12))
    set([15], SIMD3(repeating: 0.3))
    set([13, 14], SIMD3(repeating: 0.15))
    set([16, 17], SIMD3(0.5, 0.6, 0.7))
    set([18, 19], SIMD3(0.4, 0.9, 0.12))
    set([20, 21], SIMD3(0.35, 0.35, 0.5))
    return sigma
  }()

  /// - Parameter weight: of every residual.
  static func rows(_ layout: FitLayout, weight: Double) -> [ParameterTerm.Row] {
    var rows: [ParameterTerm.Row] = []
    for joint in 1...FitLayout.bodyJointCount {
      for (axis, index) in layout.joint(joint).enumerated() {
        rows.append(
          ParameterTerm.Row(
            [(index, 1)], target: mean[joint][axis], sigma: deviation[joint][axis] / weight))
      }
    }
    return rows
  }

  /// Joints that move together: the spine's three, neck and head, the two collars.
  static func couplings(_ layout: FitLayout) -> [ParameterTerm.Row] {
    var rows: [ParameterTerm.Row] = []
    func couple(_ a: Int, _ b: Int, sigma: Double, mirror: SIMD3<Double> = SIMD3(1, 1, 1)) {
      for axis in 0..<3 {
        rows.append(
          ParameterTerm.Row(
            [
              (layout.joint(a).lowerBound + axis, mirror[axis]),
              (layout.joint(b).lowerBound + axis, -1),
            ], sigma: sigma))
      }
    }
    couple(3, 6, sigma: 0.1)
    couple(6, 9, sigma: 0.1)
    couple(12, 15, sigma: 0.25)
    couple(13, 14, sigma: 0.3, mirror: SIMD3(1, -1, -1))
    return rows
  }

  /// Knees and elbows bend one way, the jaw opens one way.
  static func limits(_ layout: FitLayout) -> [ParameterTerm.Row] {
    let sigma = 0.03
    func between(_ index: Int, _ low: Double, _ high: Double) -> [ParameterTerm.Row] {
      [
        ParameterTerm.Row([(index, 1)], target: low, sigma: sigma, side: .below),
        ParameterTerm.Row([(index, 1)], target: high, sigma: sigma, side: .above),
      ]
    }
    return between(layout.joint(4).lowerBound, -0.02, 2.5)
      + between(layout.joint(5).lowerBound, -0.02, 2.5)
      + between(layout.joint(18).lowerBound + 1, -2.6, 0.05)
      + between(layout.joint(19).lowerBound + 1, -0.05, 2.6)
      + between(layout.jaw.lowerBound, 0, 0.4)
  }

  /// Straight knees: a crouch would explain legs that are shorter than the mean body's.
  static func straightKnees(_ layout: FitLayout) -> [ParameterTerm.Row] {
    [4, 5].map {
      ParameterTerm.Row(
        [(layout.joint($0).lowerBound, 1)], target: 0.08, sigma: 0.10, huber: 1.5)
    }
  }
}
