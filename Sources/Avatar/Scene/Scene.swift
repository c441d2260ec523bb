import Compute
import Rasterizer
import SMPLX

/// A person, a sequence of poses and a camera that sees them: all that a frame depends on.
public struct Scene: Sendable {
  public let person: Person
  public let poses: any PoseSource
  public let selection: FrameSelection
  public let camera: any CameraSource

  public init(
    person: Person, poses: any PoseSource, selection: FrameSelection, camera: any CameraSource
  ) {
    self.person = person
    self.poses = poses
    self.selection = selection
    self.camera = camera
  }

  /// Poses all selected frames once to find the camera.
  ///
  /// - Parameters:
  ///   - turn: for a turntable: degrees the person turns over the whole sequence (the last frame
  ///     stops one step short of it, so that the video loops); nil for none.
  ///   - progress: called while frames are measured; returning false throws `interrupted`.
  public init(
    person: Person, poses: any PoseSource, selection: FrameSelection, settings: CameraSettings,
    width: Int, height: Int, turn: Float? = nil, pool: WorkerPool,
    progress: (FrameProgress) -> Bool = { _ in true }
  ) throws {
    self.person = person
    self.poses = poses
    self.selection = selection
    let count = poses.frameCount
    let pelvis = try Self.pelvis(person: person, poses: poses)
    var yaw = [settings.yaw]
    if let turn {
      yaw = (0..<count).map { settings.yaw - turn * .pi / 180 * Float($0) / Float(count) }
    } else if settings.mode == .orbit {
      yaw = (0..<count).map { settings.yaw + 2 * .pi * Float($0) / Float(count) }
    }
    var path = CameraPath(
      yaw: yaw, pitch: settings.pitch, target: [Self.middle(pelvis, selection)],
      fieldOfView: settings.fieldOfView, width: width, height: height)
    var seen = selection
    switch settings.mode {
    case .fit, .orbit: break
    case .fixed:
      seen = FrameSelection(ranges: [selection[0]...selection[0]])
      path.target = [pelvis[selection[0]]]
    case .follow:
      path.target = Self.smoothed(pelvis, radius: max(1, count / 20))
    }
    path.offset = try Self.offset(
      person: person, poses: poses, seen: seen, path: path, settings: settings, pool: pool,
      progress: progress)
    camera = path
  }

  /// World position of the pelvis in every frame, metres: it is the centre of the root's rotation,
  /// so no skinning is needed.
  private static func pelvis(person: Person, poses: any PoseSource) throws -> [SIMD3<Float>] {
    var pose = BodyPose()
    let rest = person.body.restJoints[0]
    return try (0..<poses.frameCount).map { frame in
      try poses.pose(frame: frame, into: &pose)
      return rest + pose.translation
    }
  }

  private static func middle(
    _ points: [SIMD3<Float>], _ selection: FrameSelection
  ) -> SIMD3<Float> {
    var low = points[selection[0]]
    var high = low
    for range in selection.ranges {
      for point in points[range] {
        low.replace(with: point, where: point .< low)
        high.replace(with: point, where: point .> high)
      }
    }
    return (low + high) / 2
  }

  /// Two passes of a running mean: the camera follows the walk and not the step.
  private static func smoothed(_ points: [SIMD3<Float>], radius: Int) -> [SIMD3<Float>] {
    var result = points
    for _ in 0..<2 {
      var sums: [SIMD3<Double>] = [.zero]
      for point in result {
        sums.append(sums[sums.count - 1] + SIMD3<Double>(point))
      }
      for index in result.indices {
        // The window shrinks towards both ends, so that it stays symmetric.
        let reach = min(radius, index, result.count - 1 - index)
        let sum = sums[index + reach + 1] - sums[index - reach]
        result[index] = SIMD3<Float>(sum / Double(2 * reach + 1))
      }
    }
    return result
  }

  private static func offset(
    person: Person, poses: any PoseSource, seen: FrameSelection, path: CameraPath,
    settings: CameraSettings, pool: WorkerPool, progress: (FrameProgress) -> Bool
  ) throws -> SIMD3<Float> {
    var framing = Framing(path: path, margin: settings.margin)
    // A person on a turntable stands still: one posed frame is seen from every side.
    let still = poses is StillPose
    let batch = min(32, seen.count)
    let poser = BodyPoser(body: person.body, pool: pool, batch: still ? 1 : batch)
    var batchPoses = [BodyPose](repeating: BodyPose(), count: batch)
    let reaches = AlignedBuffer<Framing.Reach>(count: batch)
    for start in stride(from: 0, to: seen.count, by: batch) {
      let count = min(batch, seen.count - start)
      if !still || start == 0 {
        let posed = still ? 1 : count
        for index in 0..<posed {
          try poses.pose(frame: seen[start + index], into: &batchPoses[index])
        }
        try poser.pose(batchPoses[0..<posed])
      }
      let shared = Measuring(
        framing: framing, path: path, reaches: reaches.pointer,
        vertices: (0..<count).map { poser.vertices(still ? 0 : $0) },
        frames: (0..<count).map { seen[start + $0] })
      pool.run(count) { index, _ in shared.measure(index) }
      for index in 0..<count { framing.add(reaches[index]) }
      let done = FrameProgress(stage: "framing", done: start + count, total: seen.count)
      guard progress(done) else { throw ProgramError(.interrupted, "interrupted while framing") }
    }
    return framing.offset(distance: settings.distance) ?? path.offset
  }
}

/// What workers read while they measure the frames of a batch, and where their results go.
private struct Measuring: @unchecked Sendable {
  // Sendable: each worker writes the results of its own frames.
  let framing: Framing
  let path: CameraPath
  let reaches: UnsafeMutablePointer<Framing.Reach>
  let vertices: [PlanarVertices]
  let frames: [Int]

  func measure(_ index: Int) {
    let v = vertices[index]
    reaches[index] = framing.measure(
      x: v.x, y: v.y, z: v.z, count: v.count, path: path, frame: frames[index])
  }
}
