import Compute
import Foundation

/// What camera sees each frame.
public protocol CameraSource: Sendable {
  /// For pixels of the picture itself (not of its samples).
  func camera(frame: Int) -> PinholeCamera
}

/// Where the camera stands in each frame.
///
/// World axes: metres, Y up, the body faces +Z, its left is +X. Camera axes: x right, y down, z
/// forward. A point p of frame k is at `R(k) (p - target(k)) - offset` in camera axes, where R
/// follows from yaw and pitch, and the offset (the eye, seen from the target, in camera axes) is the
/// same in every frame; so what is to be seen fixes the offset, and nothing trembles.
public struct CameraPath: CameraSource {
  /// Radians in frame 0. 0 looks at the face; positive yaw goes round to the person's left.
  public var yaw: Float
  /// How yaw goes on.
  public var turn: Turn
  /// Radians above the horizon.
  public var pitch: Float
  /// World points, metres: frame k has number k % count.
  public var target: [SIMD3<Float>]
  /// Eye relative to the target in camera axes; z is negative (the eye is behind the target).
  public var offset: SIMD3<Float>
  /// Vertical field of view, radians.
  public var fieldOfView: Float
  public var width: Int
  public var height: Int

  /// A turn at an even pace.
  public struct Turn: Sendable, Equatable {
    /// Radians after `frames` frames.
    public var angle: Float
    public var frames: Int

    public init(angle: Float, frames: Int) {
      self.angle = angle
      self.frames = frames
    }

    public static let none = Turn(angle: 0, frames: 1)
  }

  public init(
    yaw: Float, turn: Turn = .none, pitch: Float, target: [SIMD3<Float>],
    offset: SIMD3<Float> = [0, 0, -3], fieldOfView: Float, width: Int, height: Int
  ) {
    precondition(!target.isEmpty)
    self.yaw = yaw
    self.turn = turn
    self.pitch = pitch
    self.target = target
    self.offset = offset
    self.fieldOfView = fieldOfView
    self.width = width
    self.height = height
  }

  public func yaw(frame: Int) -> Float { yaw + turn.angle * Float(frame) / Float(turn.frames) }

  /// Rows of the rotation from world to camera axes.
  public func rotation(frame: Int) -> (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) {
    let yaw = yaw(frame: frame)
    let (sinYaw, cosYaw) = (sin(yaw), cos(yaw))
    let (sinPitch, cosPitch) = (sin(pitch), cos(pitch))
    let forward = -SIMD3(sinYaw * cosPitch, sinPitch, cosYaw * cosPitch)
    let right = SIMD3(cosYaw, 0, -sinYaw)
    return (right, forward.cross(right), forward)
  }

  public func target(frame: Int) -> SIMD3<Float> { target[frame % target.count] }

  /// Half the picture's extent at depth 1, horizontally and vertically.
  public var tangents: SIMD2<Float> {
    let vertical = tan(fieldOfView / 2)
    return [vertical * Float(width) / Float(height), vertical]
  }

  public func camera(frame: Int) -> PinholeCamera {
    let (right, down, forward) = rotation(frame: frame)
    let target = target(frame: frame)
    let translation = -SIMD3(right.dot(target), down.dot(target), forward.dot(target)) - offset
    let focal = Float(height) / 2 / tan(fieldOfView / 2)
    return PinholeCamera(
      rotation: (right, down, forward), translation: translation, focalLength: [focal, focal],
      principalPoint: [Float(width) / 2, Float(height) / 2], near: 0.02)
  }
}
