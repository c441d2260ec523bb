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

  /// Of the free neutral body, measured.
  public static let standard: LandmarkOffsets = {
    var offsets = LandmarkOffsets.zero
    offsets.body[0] = SIMD3(0, 0.0011, -0.0041)
    let left: [(Int, SIMD3<Float>)] = [
      (2, [-0.0032, -0.0065, 0.0108]), (7, [-0.0312, -0.0109, 0.0394]),
      (11, [-0.0031, -0.003, 0.0005]), (13, [0.0119, -0.003, 0.0174]),
      (15, [0.0065, -0.008, 0.0015]), (17, [-0.0017, 0.0013, 0.0341]),
      (19, [-0.0175, -0.0066, -0.0164]), (21, [0.0107, 0.0051, -0.0297]),
      (23, [-0.0078, 0.0031, 0.0343]), (25, [-0.0021, -0.0016, 0.003]),
      (27, [0.0011, 0.0241, 0.0063]), (29, [-0.0065, 0.0029, 0.0126]),
      (31, [0.0086, 0.0093, -0.0182]),
    ]
    for (landmark, offset) in left {
      offsets.body[landmark] = offset
      offsets.body[LandmarkTable.twin(landmark)] = SIMD3(-1, 1, 1) * offset
    }
    return offsets
  }()
}
