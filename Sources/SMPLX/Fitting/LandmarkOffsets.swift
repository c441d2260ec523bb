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
}
