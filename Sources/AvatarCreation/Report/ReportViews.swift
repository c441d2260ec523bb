import Avatar
import Compute
import Foundation
import Media
import SMPLX

/// A camera that stands still.
struct ReportCamera: CameraSource {
  let view: PinholeCamera

  func camera(frame: Int) -> PinholeCamera { view }
}

/// Pictures of persons for the report.
enum ReportViews {
  /// Every frame of a scene as a picture.
  static func render(_ scene: Scene, _ settings: RenderSettings, pool: WorkerPool) throws
    -> [Picture]
  {
    let loop = try FrameLoop(scene: scene, settings: settings, pool: pool)
    let sink = try PictureCollector(
      width: settings.width, height: settings.height, channels: settings.channels,
      buffers: loop.bufferCount)
    _ = try loop.run(into: sink)
    return sink.pictures
  }

  /// A person who stands, seen from around: each picture a further part of a turn to the person's left.
  static func around(
    _ person: Person, count: Int, width: Int, height: Int, focus: CameraFocus = .full,
    pool: WorkerPool
  ) throws -> [Picture] {
    let poses = StillPose(.standing(person.body.model), frameCount: count)
    let camera = CameraSettings(
      mode: .fit, yaw: 0, pitch: 5 * .pi / 180, distance: nil, fieldOfView: 25 * .pi / 180,
      margin: 0.06, focus: focus)
    let scene = try Scene(
      person: person, poses: poses, selection: .all(count), settings: camera, width: width,
      height: height, turn: -360, pool: pool)
    let settings = RenderSettings(
      width: width, height: height, background: .color([226, 229, 233]))
    return try render(scene, settings, pool: pool)
  }

  /// A fitted body as it lies in a picture of the photo's part `box`, or turned about its middle.
  ///
  /// - Parameters:
  ///   - angle: radians; 0 as the photo shows it.
  ///   - pitch: of the photo's camera, radians downwards; turned bodies are seen by a level one, so that who
  ///     stands is seen to stand.
  static func fit(
    _ fit: BodyFit, of person: Person, box: PixelBox, height: Int, angle: Float, pitch: Float = 0,
    pool: WorkerPool
  ) throws -> Picture {
    let factor = Float(height) / Float(box.height)
    let width = max(1, Int(saturating: Float(box.width) * factor))
    var camera = fit.camera
    camera.principalPoint -= SIMD2(Float(box.left), Float(box.top))
    camera = camera.scaled(by: factor)
    if angle != 0 {
      let pivot = try middle(of: person.body, fit.pose)
      let (sine, cosine) = (sin(angle), cos(angle))
      let (rise, level) = (sin(pitch), cos(pitch))
      camera.rotation = (
        [cosine, sine * rise, -sine * level], [0, level, rise],
        [sine, -cosine * rise, cosine * level]
      )
      camera.pivot = pivot
      camera.translation = [0, pivot.y, pivot.z]
      camera.principalPoint.x = Float(width) / 2
    }
    let scene = Scene(
      person: person, poses: StillPose(fit.pose), selection: .all(1),
      camera: ReportCamera(view: camera))
    let settings = RenderSettings(width: width, height: height, background: .transparent)
    return try render(scene, settings, pool: pool)[0]
  }

  private static func middle(of body: ShapedBody, _ pose: BodyPose) throws -> SIMD3<Float> {
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    try poser.pose(pose)
    let vertices = poser.vertices()
    let count = body.model.vertexCount
    let sum = (0..<count).reduce(SIMD3<Double>.zero) { $0 + SIMD3<Double>(vertices[$1]) }
    return SIMD3<Float>(sum / Double(max(count, 1)))
  }
}
