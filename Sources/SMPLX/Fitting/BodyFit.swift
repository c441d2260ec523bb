import Compute

/// A body fitted to a person in a picture: shape, pose and camera.
public struct BodyFit: Sendable {
  /// Shape coefficients of the body that was fitted.
  public var betas: [Float]
  /// The person's pose in the axes of the camera (x right, y down, z forward), with the expression of the
  /// moment. A person who stands upright before the camera has a root rotation of about pi about x.
  public var pose: BodyPose
  /// Focal length and principal point in pixels of the picture; `PinholeCamera.aligned`.
  public var camera: PinholeCamera
  /// Of the picture, pixels.
  public var width: Int
  public var height: Int

  public init(
    betas: [Float], pose: BodyPose, camera: PinholeCamera, width: Int, height: Int
  ) {
    self.betas = betas
    self.pose = pose
    self.camera = camera
    self.width = width
    self.height = height
  }
}
