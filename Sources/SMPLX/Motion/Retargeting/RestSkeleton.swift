/// The skeleton that motions are put on: where the joints of a body are at rest.
import Compute

struct RestSkeleton: Sendable, Equatable {
  /// (55) metres, Y up, facing +Z.
  let joints: [SIMD3<Double>]

  /// - Parameter joints: 55 positions.
  init(joints: [SIMD3<Double>]) { self.joints = joints }

  /// Parents of SMPL-X's joints, each before its child; -1 for the pelvis.
  static let parents = [
    -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 15, 15, 15, 20, 25,
    26, 20, 28, 29, 20, 31, 32, 20, 34, 35, 20, 37, 38, 21, 40, 41, 21, 43, 44, 21, 46, 47, 21, 49,
    50, 21, 52, 53,
  ]

  /// Of a body that nobody has chosen: the neutral one that ships, shape zero.
  static let standard = RestSkeleton(joints: [
    SIMD3(0, -0.351, 0.012),
    SIMD3(0.10351, -0.40288, 0.02312),
    SIMD3(-0.10351, -0.40288, 0.02312),
    SIMD3(0, -0.26773, 0.00219),
    SIMD3(0.1419, -0.807, 0.0312),
    SIMD3(-0.1419, -0.807, 0.0312),
    SIMD3(0, -0.17079, 0.00684),
    SIMD3(0.13978, -1.23079, 0.00365),
    SIMD3(-0.13978, -1.23079, 0.00365),
    SIMD3(0, -0.02692, -0.00159),
    SIMD3(0.16898, -1.27564, 0.13302),
    SIMD3(-0.16898, -1.27564, 0.13302),
    SIMD3(0, 0.15149, 0.02752),
    SIMD3(0.05072, 0.08354, 0.04393),
    SIMD3(-0.05072, 0.08354, 0.04393),
    SIMD3(0, 0.25186, 0.06446),
    SIMD3(0.18024, 0.07583, 0.04044),
    SIMD3(-0.18024, 0.07583, 0.04044),
    SIMD3(0.4264, 0.06475, 0.02567),
    SIMD3(-0.4264, 0.06475, 0.02567),
    SIMD3(0.66833, 0.06959, 0.02325),
    SIMD3(-0.66833, 0.06959, 0.02325),
    SIMD3(0, 0.25983, 0.07755),
    SIMD3(0.02931, 0.29219, 0.14055),
    SIMD3(-0.02931, 0.29219, 0.14055),
    SIMD3(0.77146, 0.06189, 0.04931),
    SIMD3(0.79704, 0.06107, 0.05321),
    SIMD3(0.82001, 0.06049, 0.05573),
    SIMD3(0.77073, 0.06651, 0.02325),
    SIMD3(0.80422, 0.0652, 0.01846),
    SIMD3(0.83175, 0.06479, 0.01611),
    SIMD3(0.75535, 0.06238, -0.01457),
    SIMD3(0.77452, 0.06145, -0.02393),
    SIMD3(0.78884, 0.06111, -0.03013),
    SIMD3(0.76499, 0.06697, 0.00385),
    SIMD3(0.79319, 0.06594, -0.0056),
    SIMD3(0.81723, 0.06552, -0.01186),
    SIMD3(0.70547, 0.06483, 0.04762),
    SIMD3(0.71601, 0.04357, 0.06727),
    SIMD3(0.74053, 0.02481, 0.08638),
    SIMD3(-0.77146, 0.06189, 0.04931),
    SIMD3(-0.79704, 0.06107, 0.05321),
    SIMD3(-0.82001, 0.06049, 0.05573),
    SIMD3(-0.77073, 0.06651, 0.02325),
    SIMD3(-0.80422, 0.0652, 0.01846),
    SIMD3(-0.83175, 0.06479, 0.01611),
    SIMD3(-0.75535, 0.06238, -0.01457),
    SIMD3(-0.77452, 0.06145, -0.02393),
    SIMD3(-0.78884, 0.06111, -0.03013),
    SIMD3(-0.76499, 0.06697, 0.00385),
    SIMD3(-0.79319, 0.06594, -0.0056),
    SIMD3(-0.81723, 0.06552, -0.01186),
    SIMD3(-0.70547, 0.06483, 0.04762),
    SIMD3(-0.71601, 0.04357, 0.06727),
    SIMD3(-0.74053, 0.02481, 0.08638),
  ])

  /// The joint that the bone beginning at `joint` leads to; nil where it has no direction of its own
  /// (pelvis, spine, head, toes) or ends in no joint (finger tips).
  static func tip(of joint: Int) -> Int? { tips[joint] }

  private static let tips: [Int: Int] = {
    // Hips, knees, ankles; neck; collars, shoulders, elbows; a hand points where its middle
    // finger begins.
    var tips = [
      1: 4, 2: 5, 4: 7, 5: 8, 7: 10, 8: 11, 12: 15, 13: 16, 14: 17, 16: 18, 17: 19, 18: 20, 19: 21,
      20: 28, 21: 43,
    ]
    for first in stride(from: 25, to: 55, by: 3) {
      tips[first] = first + 1
      tips[first + 1] = first + 2
    }
    return tips
  }()

  /// Which way the bone that begins at `joint` points at rest.
  func direction(_ joint: Int) -> SIMD3<Double> {
    if let tip = Self.tip(of: joint) { return (joints[tip] - joints[joint]).normalized }
    // Tips of fingers go on as the bone before them.
    if joint >= 25 { return (joints[joint] - joints[joint - 1]).normalized }
    return joint == 10 || joint == 11 ? SIMD3(0, 0, 1) : SIMD3(0, 1, 0)
  }

  /// From hip to knee to ankle, the mean of both sides.
  var legLength: Double {
    let bones = [(1, 4), (4, 7), (2, 5), (5, 8)]
    return bones.reduce(0) { $0 + (joints[$1.1] - joints[$1.0]).length } / 2
  }
}
