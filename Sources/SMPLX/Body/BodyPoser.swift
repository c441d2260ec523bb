// Poses a shaped body: many frames at a time, from pooled workers, without allocating.
//
// Matches: the `smplx` package, lbs.lbs steps 3 to 5 and body_models.SMPLX.forward.
// Differs: blocks of sixteen vertices; correctives that are zero are not read; a frame's result has
// the same bytes whatever the batch it is in and however many threads there are, because each
// vertex's sums are made by one worker in the file's order of columns.

import Compute

/// Poses a body in batches of frames.
///
///     let poser = BodyPoser(body: body, pool: pool, batch: 16)
///     try poser.pose(poses)
///     let vertices = poser.vertices(0)   // x, y, z planes, metres
///
/// Not for use from two threads at once.
public final class BodyPoser {
  public let body: ShapedBody
  /// Frames that one call can pose.
  public let batch: Int
  private let pool: WorkerPool
  private let work: PosingWork
  // Made once: a closure made in every call would be an allocation.
  private let poseJoints: WorkerPool.Body
  private let poseVertices: WorkerPool.Body

  /// - Parameters:
  ///   - batch: the most frames that one call poses; each takes 12 bytes a vertex. Bodies with
  ///     dense correctives (the official ones) gain most from 8 and more.
  public init(body: ShapedBody, pool: WorkerPool, batch: Int = 1) {
    self.body = body
    self.batch = max(1, batch)
    self.pool = pool
    let work = PosingWork(body: body, batch: self.batch)
    self.work = work
    poseJoints = { frame, _ in work.poseJoints(frame) }
    poseVertices = { piece, _ in work.poseVertices(piece) }
  }

  /// Number of frames posed by the last call.
  public var frameCount: Int { work.frameCount }

  /// Poses one frame, as frame 0.
  public func pose(_ pose: BodyPose) throws {
    work.frameCount = 0
    try work.take(pose, frame: 0)
    run(1)
  }

  /// Poses up to `batch` frames, numbered from 0.
  ///
  /// - Throws: `ProgramError` for a pose that has another number of joints, numbers that are not
  ///   finite or more expression coefficients than the model; then no frame is posed.
  public func pose(_ poses: ArraySlice<BodyPose>) throws {
    work.frameCount = 0
    guard poses.count <= batch else {
      throw ProgramError(
        .software, "more poses than the poser was made for", expected: "at most \(batch)",
        found: "\(poses.count)")
    }
    for index in poses.indices { try work.take(poses[index], frame: index - poses.startIndex) }
    run(poses.count)
  }

  /// Poses up to `batch` frames, numbered from 0.
  public func pose(_ poses: [BodyPose]) throws { try pose(poses[...]) }

  private func run(_ count: Int) {
    work.frameCount = count
    if work.isWorthSharing(count) {
      pool.run(count, poseJoints)
      pool.run(work.pieceCount, poseVertices)
    } else if count > 0 {
      for frame in 0..<count { work.poseJoints(frame) }
      for piece in 0..<work.pieceCount { work.poseVertices(piece) }
    }
  }

  /// Posed vertices of a frame, valid until the next `pose`; the memory stays the same.
  public func vertices(_ frame: Int = 0) -> PlanarVertices {
    precondition(frame >= 0 && frame < batch)
    return PlanarVertices(
      planes: UnsafePointer(work.planes(frame)), count: body.model.vertexCount,
      paddedCount: body.model.paddedCount)
  }

  /// Joints of a frame in the order of the `smplx` package: 55 joints, 21 vertex joints, 51 face
  /// landmarks, then 17 of the contour if wanted. Metres.
  public func joints(_ frame: Int = 0, contour: Bool = true) -> [SIMD3<Float>] {
    let total = body.model.jointTotal(contour: contour)
    return [SIMD3<Float>](unsafeUninitializedCapacity: total) { buffer, initialized in
      buffer.initialize(repeating: .zero)
      writeJoints(frame, contour: contour, to: buffer)
      initialized = total
    }
  }

  /// `joints` into memory of the caller, `jointTotal(contour:)` long; allocates nothing.
  public func writeJoints(
    _ frame: Int = 0, contour: Bool = true,
    to output: UnsafeMutableBufferPointer<SIMD3<Float>>
  ) {
    let model = body.model
    precondition(output.count >= model.jointTotal(contour: contour))
    let world = work.world(frame)
    let translation = SIMD3<Double>(work.translations[frame])
    for joint in 0..<model.jointCount {
      output[joint] = SIMD3<Float>(world[joint].position + translation)
    }
    let row =
      contour && model.jointCount > ContourRow.neck
      ? ContourRow.row(neck: world[ContourRow.neck].rotation) : nil
    let vertices = vertices(frame)
    model.writeSurfaceJoints(contourRow: row, output) {
      SIMD3(vertices.x[$0], vertices.y[$0], vertices.z[$0])
    }
  }

  /// Skinning transforms of a frame, valid until the next `pose`: 55 x 12 floats, the rows
  /// (R | t) that take a rest position to the posed one, without the body's translation. For
  /// garments that follow the same joints.
  public func transforms(_ frame: Int = 0) -> UnsafePointer<Float> {
    UnsafePointer(work.transforms(frame))
  }
}
