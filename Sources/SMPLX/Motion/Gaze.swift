/// One pose of both eyes for a whole motion.
public struct Gaze: Sendable, Equatable {
  /// What notices call it.
  public let name: String
  /// Axis-angle, radians.
  public let leftEye: SIMD3<Float>
  public let rightEye: SIMD3<Float>

  public init(name: String, leftEye: SIMD3<Float>, rightEye: SIMD3<Float>) {
    self.name = name
    self.leftEye = leftEye
    self.rightEye = rightEye
  }
}
