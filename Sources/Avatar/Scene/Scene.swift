import Compute
import Rasterizer
import SMPLX

/// A person, a sequence of poses and a camera that sees them: all that a frame depends on.
///
/// A frame depends on its number alone: the camera is found from the sequence, and the selection only
/// says which frames are made.
public struct Scene: Sendable {
  public let person: Person
  public let poses: any PoseSource
  public let selection: FrameSelection
  public let camera: any CameraSource
  /// Tells when the person leaves the picture, where the camera does not see to it that nobody does.
  let watch: PictureWatch?

  public init(
    person: Person, poses: any PoseSource, selection: FrameSelection, camera: any CameraSource
  ) {
    self.person = person
    self.poses = poses
    self.selection = selection
    self.camera = camera
    watch = nil
  }

  /// Poses the sequence once to find the camera: of a motion that repeats one loop.
  ///
  /// - Parameters:
  ///   - turn: for a turntable: degrees the person turns over the whole sequence (the last frame
  ///     stops one step short of it, so that the video loops); nil for none.
  ///   - progress: called while frames are measured; returning false throws `interrupted`.
  /// - Throws: also `usage` when the camera would have to know more frames than it can.
  public init(
    person: Person, poses: any PoseSource, selection: FrameSelection, settings: CameraSettings,
    width: Int, height: Int, turn: Float? = nil, pool: WorkerPool,
    progress: @escaping (FrameProgress) -> Bool = { _ in true }
  ) throws {
    self.person = person
    self.poses = poses
    self.selection = selection
    let measure = SequenceMeasure(
      person: person, poses: poses,
      framed: try FramedVertices(settings.focus, of: person.body.model), pool: pool,
      progress: progress)
    let count = poses.frameCount
    var path = CameraPath(
      yaw: settings.yaw, pitch: settings.pitch, target: [.zero],
      fieldOfView: settings.fieldOfView, width: width, height: height)
    if let turn {
      path.turn = .init(angle: -(turn * .pi / 180), frames: count)
    } else if settings.mode == .orbit {
      path.turn = .init(angle: 2 * .pi, frames: count)
    }
    switch settings.mode {
    case .fit, .orbit: path.target = [try measure.middle()]
    case .fixed: path.target = [try measure.target(frame: 0)]
    case .follow: path.target = try measure.smoothedPath()
    }
    if let target = settings.target {
      let start = path.target[0]
      path.target = path.target.map { $0 - start + target }
    }
    path.offset = try measure.offset(
      path, firstFrameOnly: settings.mode == .fixed, margin: settings.margin,
      distance: settings.distance, isCentred: settings.target != nil)
    camera = path
    watch = settings.mode == .fixed ? try PictureWatch(path, person: person, poses: poses) : nil
  }
}
