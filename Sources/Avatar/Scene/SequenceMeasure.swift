import Compute
import SMPLX

/// Finds out where a person goes in a sequence and how far the body reaches.
///
/// Looks at the sequence alone, never at what is selected of it. What repeats is measured once a loop,
/// and of frames that lie closer together than anything can move, some.
struct SequenceMeasure {
  let person: Person
  let poses: any PoseSource
  /// What of the body the camera looks at.
  let framed: FramedVertices
  let pool: WorkerPool
  let progress: (FrameProgress) -> Bool

  /// Frames of a loop whose way can be kept (32 bytes each), and frames that a camera which sees each
  /// loop from elsewhere may look at.
  static let mostFrames = 2_000_000
  /// Directions all round from which a person who stands still is looked at: a point one metre from the
  /// axis moves half a micrometre beyond what two of them see.
  static let directions = 3600

  /// Every `stride`-th number from `start` on and below `end`, and the last one.
  private struct Numbers {
    var start = 0
    let end: Int
    let stride: Int

    var count: Int { (end - 1 - start + stride - 1) / stride + 1 }

    subscript(index: Int) -> Int { min(start + index * stride, end - 1) }
  }

  private var loop: Numbers { Numbers(end: poses.period, stride: poses.samplingStride) }

  private func tell(_ done: Int, _ total: Int) throws {
    guard progress(FrameProgress(stage: "framing", done: done, total: total)) else {
      throw ProgramError(.interrupted, "interrupted while framing")
    }
  }

  /// Calls `body` with what the camera goes with or turns about in each of the frames: world axes, metres.
  ///
  /// For the whole body that is the pelvis: it is the centre of the root's rotation, so no skinning is
  /// needed, and swinging arms do not move it. For a part of the body it is the middle of its box.
  private func eachTarget(_ numbers: Numbers, _ body: (SIMD3<Float>) -> Void) throws {
    if !framed.isAll { return try eachMiddle(numbers, body) }
    var pose = BodyPose()
    let rest = person.body.restJoints[0]
    for index in 0..<numbers.count {
      if index % 1024 == 1023 { try tell(0, numbers.count) }
      try poses.pose(frame: numbers[index], into: &pose)
      body(rest + pose.translation)
    }
  }

  private func eachMiddle(_ numbers: Numbers, _ body: (SIMD3<Float>) -> Void) throws {
    let batch = min(32, numbers.count)
    let poser = BodyPoser(body: person.body, pool: pool, batch: batch)
    var batchPoses = [BodyPose](repeating: BodyPose(), count: batch)
    for start in stride(from: 0, to: numbers.count, by: batch) {
      try tell(start, numbers.count)
      let count = min(batch, numbers.count - start)
      for index in 0..<count {
        try poses.pose(frame: numbers[start + index], into: &batchPoses[index])
      }
      try poser.pose(batchPoses[0..<count])
      for index in 0..<count { body(framed.middle(poser.vertices(index))) }
    }
  }

  /// What the camera looks at in one frame, world axes, metres.
  func target(frame: Int) throws -> SIMD3<Float> {
    var result = SIMD3<Float>.zero
    try eachTarget(Numbers(start: frame, end: frame + 1, stride: 1)) { result = $0 }
    return result
  }

  /// The middle of the box that the target goes through.
  func middle() throws -> SIMD3<Float> {
    var low = SIMD3<Float>(repeating: .infinity)
    var high = -low
    try eachTarget(loop) { point in
      low.replace(with: point, where: point .< low)
      high.replace(with: point, where: point .> high)
    }
    return (low + high) / 2
  }

  /// The target in each frame of a loop after two passes of a running mean: who follows it follows the
  /// walk and not the step.
  func smoothedPath() throws -> [SIMD3<Float>] {
    let count = poses.period
    guard count <= Self.mostFrames else {
      throw tooLong("a camera that follows knows the whole way of the person", count)
    }
    var result: [SIMD3<Float>] = []
    result.reserveCapacity(count)
    try eachTarget(Numbers(end: count, stride: 1)) { result.append($0) }
    let radius = max(1, count / 20)
    for _ in 0..<2 {
      var sums: [SIMD3<Double>] = [.zero]
      sums.reserveCapacity(count + 1)
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

  private func tooLong(_ what: String, _ count: Int) -> ProgramError {
    ProgramError(
      .usage, "the sequence is too long for this camera: \(what)", key: "camera",
      expected: "at most \(Self.mostFrames) frames", found: "\(count)",
      hint: "take another camera, fewer frames a second or fewer loops")
  }

  /// The frames from which a path is framed, and the path for them.
  private func frames(
    of path: CameraPath, firstFrameOnly: Bool
  ) throws -> (path: CameraPath, frames: Numbers) {
    if firstFrameOnly { return (path, Numbers(end: 1, stride: 1)) }
    guard path.turn.angle != 0 else { return (path, loop) }
    if poses.period == 1 {
      guard poses.frameCount > Self.directions else {
        return (path, Numbers(end: poses.frameCount, stride: 1))
      }
      var round = path
      round.turn.angle = max(-2 * .pi, min(path.turn.angle, 2 * .pi))
      round.turn.frames = Self.directions
      return (round, Numbers(end: Self.directions + 1, stride: 1))
    }
    let frames = Numbers(end: poses.frameCount, stride: poses.samplingStride)
    guard frames.count <= Self.mostFrames else {
      throw tooLong("it sees every loop from elsewhere", frames.count)
    }
    return (path, frames)
  }

  /// Eye relative to the target in camera axes, see `Framing.offset`.
  ///
  /// - Parameters:
  ///   - firstFrameOnly: frames what the first frame shows.
  ///   - margin: share of the picture's half size that stays free on each side.
  ///   - isCentred: the path's target stays in the picture's middle.
  func offset(
    _ path: CameraPath, firstFrameOnly: Bool, margin: Float, distance: Float?, isCentred: Bool
  ) throws -> SIMD3<Float> {
    let (path, frames) = try frames(of: path, firstFrameOnly: firstFrameOnly)
    var framing = Framing(path: path, margin: margin)
    // A person on a turntable stands still: one posed frame is seen from every side.
    let still = poses.period == 1
    let batch = min(32, frames.count)
    let poser = BodyPoser(body: person.body, pool: pool, batch: still ? 1 : batch)
    var batchPoses = [BodyPose](repeating: BodyPose(), count: batch)
    let reaches = AlignedBuffer<Framing.Reach>(count: batch)
    for start in stride(from: 0, to: frames.count, by: batch) {
      let count = min(batch, frames.count - start)
      if !still || start == 0 {
        let posed = still ? 1 : count
        for index in 0..<posed {
          try poses.pose(frame: frames[start + index], into: &batchPoses[index])
        }
        try poser.pose(batchPoses[0..<posed])
      }
      let shared = Measuring(
        framing: framing, path: path, framed: framed, reaches: reaches.pointer,
        vertices: (0..<count).map { poser.vertices(still ? 0 : $0) },
        frames: (0..<count).map { frames[start + $0] })
      pool.run(count) { index, _ in shared.measure(index) }
      for index in 0..<count { framing.add(reaches[index]) }
      try tell(start + count, frames.count)
    }
    return framing.offset(distance: distance, isCentred: isCentred) ?? path.offset
  }
}

/// What workers read while they measure the frames of a batch, and where their results go.
private struct Measuring: @unchecked Sendable {
  // Sendable: each worker writes the results of its own frames.
  let framing: Framing
  let path: CameraPath
  let framed: FramedVertices
  let reaches: UnsafeMutablePointer<Framing.Reach>
  let vertices: [PlanarVertices]
  let frames: [Int]

  func measure(_ index: Int) {
    reaches[index] = framed.measure(framing, vertices[index], path: path, frame: frames[index])
  }
}
