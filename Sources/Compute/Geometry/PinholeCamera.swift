/// A perspective camera: world axes to camera axes to pixels.
///
/// Camera axes: x right, y down, z forward. A point p is at q = R (p - pivot) + translation, and at pixel
/// (fx q.x / q.z + cx, fy q.y / q.z + cy); pixel centres are at +0.5, the origin is the upper left
/// corner of the picture.
public struct PinholeCamera: Sendable, Equatable {
  /// Rows of R.
  public var rotation: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)
  /// Metres, of the pivot.
  public var translation: SIMD3<Float>
  /// World point about which the camera is turned, metres: near it rounding is least.
  public var pivot: SIMD3<Float>
  /// (fx, fy) in pixels.
  public var focalLength: SIMD2<Float>
  /// (cx, cy) in pixels.
  public var principalPoint: SIMD2<Float>
  /// Least depth that is drawn, metres; triangles are clipped there.
  public var near: Float

  public init(
    rotation: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>), translation: SIMD3<Float>,
    focalLength: SIMD2<Float>, principalPoint: SIMD2<Float>, near: Float,
    pivot: SIMD3<Float> = .zero
  ) {
    self.rotation = rotation
    self.translation = translation
    self.pivot = pivot
    self.focalLength = focalLength
    self.principalPoint = principalPoint
    self.near = near
  }

  /// A camera that takes world axes as camera axes.
  public static func aligned(
    focalLength: SIMD2<Float>, principalPoint: SIMD2<Float>, near: Float = 0.01
  ) -> PinholeCamera {
    PinholeCamera(
      rotation: ([1, 0, 0], [0, 1, 0], [0, 0, 1]), translation: .zero, focalLength: focalLength,
      principalPoint: principalPoint, near: near)
  }

  /// The same view with `factor` times as many pixels along each axis.
  public func scaled(by factor: Float) -> PinholeCamera {
    var result = self
    result.focalLength *= factor
    result.principalPoint *= factor
    return result
  }

  /// Camera coordinates of a world point, metres.
  public func transform(_ point: SIMD3<Float>) -> SIMD3<Float> {
    let p = point - pivot
    return SIMD3(rotation.0.dot(p), rotation.1.dot(p), rotation.2.dot(p))
      + translation
  }

  public static func == (a: PinholeCamera, b: PinholeCamera) -> Bool {
    a.rotation == b.rotation && a.translation == b.translation && a.pivot == b.pivot
      && a.focalLength == b.focalLength
      && a.principalPoint == b.principalPoint && a.near == b.near
  }
}
