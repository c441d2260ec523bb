import Compute

/// How far the landmarks that networks find lie from the joints of a body.
///
/// A constant vector a landmark, metres, in the frame of the landmark's joint; that frame is the world's
/// in the rest pose (x to the person's left, y up, z forward).
public struct LandmarkOffsets: Sendable, Equatable {
  /// 33, in the order of `PersonLandmarks.body`; zero for those that are not used.
  public var body: [SIMD3<Float>]

  public init(body: [SIMD3<Float>]) {
    precondition(body.count == LandmarkTable.count)
    self.body = body
  }

  public static let zero = LandmarkOffsets(
    body: [SIMD3<Float>](repeating: .zero, count: LandmarkTable.count))

  /// Of the free neutral body, the mean of both sides.
  public static let standard: LandmarkOffsets = {
    var offsets = LandmarkOffsets.zero
    offsets.body[0] = SIMD3(0, 0.006, -0.008)
    let left: [(Int, SIMD3<Float>)] = [
      (2, [-0.002, 0.003, 0.007]), (7, [-0.029, 0.007, 0.038]), (11, [-0.014, -0.002, 0.005]),
      (13, [0.009, 0, 0.019]), (15, [0.010, -0.007, 0.005]), (17, [0.005, -0.004, 0.036]),
      (19, [-0.017, -0.017, -0.012]), (21, [0.012, 0.001, -0.026]), (23, [-0.009, 0.011, 0.033]),
      (25, [-0.004, -0.002, -0.002]), (27, [0.004, 0.026, 0.012]), (29, [-0.011, 0.006, 0.026]),
      (31, [0.009, 0.014, -0.020]),
    ]
    for (landmark, offset) in left {
      offsets.body[landmark] = offset
      offsets.body[LandmarkTable.twin(landmark)] = SIMD3(-1, 1, 1) * offset
    }
    return offsets
  }()
}
