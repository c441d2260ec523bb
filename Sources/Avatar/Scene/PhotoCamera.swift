import Compute
import Foundation
import SMPLX

/// The camera of the photo that an avatar was made from, before which the person may turn.
///
/// Matches: DINAR's visualisation: the crop's calibration matrix, axes x right, y down, z forward, and
/// a turn R = [[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]] about the mean of all texture rows' vertices.
/// Differs: pictures of another size show the photo's square in their middle, as large as fits.
public struct PhotoCamera: CameraSource {
  private let camera: PinholeCamera
  private let angles: [Float]
  private let pivot: SIMD3<Float>

  /// - Parameters:
  ///   - width, height: of the picture, pixels.
  ///   - angles: of the person in each frame, radians; one for all frames if there is only one.
  ///   - pivot: what the person turns about, in the camera's axes, metres.
  public init(
    _ photo: AvatarDescription.Photo, width: Int, height: Int, angles: [Float] = [0],
    pivot: SIMD3<Float> = .zero
  ) {
    precondition(!angles.isEmpty)
    let factor = min(Float(width) / Float(photo.width), Float(height) / Float(photo.height))
    let k = photo.camera
    camera = .aligned(
      focalLength: [k[0][0] * factor, k[1][1] * factor],
      principalPoint: [
        k[0][2] * factor + (Float(width) - Float(photo.width) * factor) / 2,
        k[1][2] * factor + (Float(height) - Float(photo.height) * factor) / 2,
      ])
    self.angles = angles
    self.pivot = pivot
  }

  public func camera(frame: Int) -> PinholeCamera {
    let angle = angles[min(frame, angles.count - 1)]
    guard angle != 0 else { return camera }
    let (sine, cosine) = (sin(angle), cos(angle))
    var result = camera
    result.rotation = ([cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine])
    result.pivot = pivot
    result.translation = pivot
    return result
  }

  /// What a person turns about: the mean of some vertices of the posed body.
  static func pivot(
    of body: ShapedBody, _ pose: BodyPose, vertices numbers: [UInt32]
  ) throws -> SIMD3<Float> {
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    try poser.pose(pose)
    let vertices = poser.vertices()
    var sum = SIMD3<Double>.zero
    for vertex in numbers { sum += SIMD3<Double>(vertices[Int(vertex)]) }
    return SIMD3<Float>(sum / Double(max(numbers.count, 1)))
  }
}

/// Poses before the camera of a photo: everyone stands where the person stood.
public struct PhotoPoses: PoseSource {
  private let poses: any PoseSource
  private let translation: SIMD3<Float>

  public init(_ poses: any PoseSource, photo: AvatarDescription.Photo) {
    self.poses = poses
    translation = photo.pose.translation
  }

  public var frameCount: Int { poses.frameCount }
  public var period: Int { poses.period }
  public var samplingStride: Int { poses.samplingStride }
  public var conditions: String { "\(translation) \(poses.conditions)" }

  public func pose(frame: Int, into pose: inout BodyPose) throws {
    try poses.pose(frame: frame, into: &pose)
    pose.translation = translation
    pose.expression = nil
  }
}

extension Scene {
  /// An avatar before the camera of the photo that it was made from.
  ///
  /// - Parameter angles: of the person in each frame, radians.
  /// - Throws: when the avatar knows no photo.
  public init(
    inPhotoOf person: Person, poses: any PoseSource, selection: FrameSelection, width: Int,
    height: Int, angles: [Float] = [0]
  ) throws {
    guard let photo = person.description.photo else {
      throw ProgramError(
        .usage, "the avatar's file knows no photo", found: person.description.name)
    }
    var pivot = SIMD3<Float>.zero
    if angles.contains(where: { $0 != 0 }) {
      var pose = BodyPose()
      try poses.pose(frame: 0, into: &pose)
      let vertices =
        person.appearance.pivotVertices ?? (0..<UInt32(person.body.model.vertexCount)).map { $0 }
      pivot = try PhotoCamera.pivot(of: person.body, pose, vertices: vertices)
    }
    self.init(
      person: person, poses: poses, selection: selection,
      camera: PhotoCamera(photo, width: width, height: height, angles: angles, pivot: pivot))
  }
}
