// One frame of a body: what a motion hands over and a poser takes.

/// The joint rotations, the position and the face of a body in one frame.
public struct BodyPose: Sendable, Equatable {
  /// Pelvis, 21 body joints, jaw, two eyes, 15 joints of either hand.
  public static let jointCount = 55

  /// Axis-angle rotations in radians relative to the parent joint, 55 of them: pelvis (the
  /// orientation of the whole body), 21 body joints, jaw, left eye, right eye, 15 joints of the
  /// left hand, 15 of the right. Full rotations: a hand's mean pose is already added.
  public var rotations: [SIMD3<Float>]
  /// Position of the body in metres, added after posing (the pelvis is not at the origin).
  public var translation: SIMD3<Float>
  /// Expression coefficients of this frame, or nil for those the body was shaped with. Fewer than
  /// the model has leave the rest zero.
  public var expression: [Float]?

  /// The rest pose at the origin.
  public init() {
    self.init(rotations: [SIMD3<Float>](repeating: .zero, count: Self.jointCount))
  }

  public init(
    rotations: [SIMD3<Float>], translation: SIMD3<Float> = .zero, expression: [Float]? = nil
  ) {
    self.rotations = rotations
    self.translation = translation
    self.expression = expression
  }
}
