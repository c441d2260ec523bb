/// What holds for any body: the oracle, threads and batches, rest pose, refused input.
import AllocationCounter
import Compute
import TestSupport
import Testing

@testable import SMPLX

@Suite struct BodyPoserTests {
  let model: BodyModel
  let body: ShapedBody

  init() throws {
    model = try BodyModel.load(path: Fixtures.path("lbs/model.npz"))
    body = try ShapedBody(model: model, betas: [1, -2, 0.5], expression: [0.3, 1])
  }

  /// Every third pose brings its own expression, every fifth rests.
  static func poses(_ count: Int) -> [BodyPose] {
    var random = TestRandom(state: 12345)
    return (0..<count).map { index in
      index % 5 == 4 ? BodyPose() : random.pose(expression: index % 3 == 1 ? 3 : 0)
    }
  }

  private func bits(_ vertices: PlanarVertices) -> [UInt32] {
    [vertices.x, vertices.y, vertices.z].flatMap { plane in
      (0..<vertices.paddedCount).map { plane[$0].bitPattern }
    }
  }

  private func points(_ vertices: PlanarVertices) -> [SIMD3<Float>] {
    (0..<vertices.count).map { SIMD3(vertices.x[$0], vertices.y[$0], vertices.z[$0]) }
  }

  /// The largest difference of any component, and where; infinite for NaN or unequal counts.
  private func largest(
    _ a: [SIMD3<Float>], _ b: [SIMD3<Float>]
  ) -> (difference: Float, index: Int) {
    guard a.count == b.count else { return (.infinity, min(a.count, b.count)) }
    var worst: (difference: Float, index: Int) = (0, 0)
    for index in a.indices {
      for axis in 0..<3 {
        let difference = abs(a[index][axis] - b[index][axis])
        if !(difference <= worst.difference) {
          worst = (difference.isNaN ? .infinity : difference, index)
        }
      }
    }
    return worst
  }

  @Test func agreesWithTheReference() throws {
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 2), batch: 7)
    let poses = Self.poses(7)
    try poser.pose(poses)
    for (frame, pose) in poses.enumerated() {
      let expected = poseReference(body, pose)
      // Single precision at metres: a few dozen roundings of 1e-7.
      let vertex = largest(
        points(poser.vertices(frame)), expected.vertices.map { SIMD3<Float>($0) })
      #expect(vertex.difference <= 3e-6, "frame \(frame), vertex \(vertex.index)")
      let joint = largest(poser.joints(frame), expected.joints.map { SIMD3<Float>($0) })
      #expect(joint.difference <= 3e-6, "frame \(frame), joint \(joint.index)")
    }
  }

  @Test func bytesDependNeitherOnThreadsNorOnBatches() throws {
    let poses = Self.poses(13)
    let single = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    let expected = try poses.map { pose in
      try single.pose(pose)
      return bits(single.vertices())
    }
    for threads in [1, 2, 5] {
      let pool = WorkerPool(threads: threads)
      for batch in [1, 2, 3, 4, 5, 13, 17] {
        let poser = BodyPoser(body: body, pool: pool, batch: batch)
        for start in stride(from: 0, to: poses.count, by: batch) {
          let part = poses[start..<min(start + batch, poses.count)]
          try poser.pose(part)
          #expect(poser.frameCount == part.count)
          for frame in part.indices {
            #expect(
              bits(poser.vertices(frame - start)) == expected[frame],
              "\(threads) threads, batches of \(batch), frame \(frame)")
          }
        }
      }
    }
  }

  @Test func restPoseIsTheShapedBody() throws {
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    try poser.pose(BodyPose())
    let vertex = largest(points(poser.vertices()), points(body.restVertices))
    #expect(vertex.difference <= 1e-6, "vertex \(vertex.index)")
    #expect(Array(poser.joints().prefix(model.jointCount)) == body.restJoints)
  }

  @Test func turningThePelvisTurnsTheBodyAboutIt() throws {
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    var pose = BodyPose()
    pose.rotations[0] = SIMD3(0, .pi / 2, 0)
    pose.translation = SIMD3(1, 2, -3)
    try poser.pose(pose)
    let pelvis = body.restJoints[0]
    // A quarter turn about Y: forward (+Z) becomes left (+X), left becomes backward.
    let expected = points(body.restVertices).map { (point: SIMD3<Float>) -> SIMD3<Float> in
      let p = point - pelvis
      return SIMD3(p.z, p.y, -p.x) + pelvis + pose.translation
    }
    let vertex = largest(points(poser.vertices()), expected)
    #expect(vertex.difference <= 3e-6, "vertex \(vertex.index)")
  }

  @Test func aHeldPoseChangesRoundingOnly() throws {
    let poses = Self.poses(3)
    let held = try ShapedBody(
      model: model, betas: body.betas, expression: body.expression, heldPose: poses[0])
    for pose in poses {
      let (a, b) = (
        BodyPoser(body: body, pool: WorkerPool(threads: 1)),
        BodyPoser(body: held, pool: WorkerPool(threads: 1))
      )
      try a.pose(pose)
      try b.pose(pose)
      let vertex = largest(points(a.vertices()), points(b.vertices()))
      #expect(vertex.difference <= 3e-6, "vertex \(vertex.index)")
    }
  }

  @Test func posingAllocatesNothingAfterTheFirstCall() throws {
    try #require(allocation_counter_works())
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1), batch: 5)
    let poses = Self.poses(5)
    var joints = [SIMD3<Float>](repeating: .zero, count: model.jointTotal(contour: true))
    var counts: [UInt64] = []
    for _ in 0..<3 {
      let before = allocation_count_of_thread()
      try poser.pose(poses)
      try poser.pose(poses[1...3])
      joints.withUnsafeMutableBufferPointer { poser.writeJoints(1, to: $0) }
      let after = allocation_count_of_thread()
      counts.append(after - before)
    }
    #expect(counts[1] == 0)
    #expect(counts[2] == 0)
  }

  @Test func emptyBatch() throws {
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 2), batch: 3)
    try poser.pose([])
    #expect(poser.frameCount == 0)
  }

  @Test func refusesWrongPoses() throws {
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1), batch: 2)
    func isRefused(_ poses: [BodyPose]) -> Bool {
      do {
        try poser.pose(poses)
        return false
      } catch { return error is ProgramError && poser.frameCount == 0 }
    }
    var pose = BodyPose()
    pose.rotations.removeLast()
    #expect(isRefused([pose]))
    pose = BodyPose()
    pose.rotations[54].z = .nan
    #expect(isRefused([BodyPose(), pose]))
    pose = BodyPose()
    pose.translation.y = .infinity
    #expect(isRefused([pose]))
    pose = BodyPose()
    pose.expression = [Float](repeating: 0, count: model.expressionCount) + [0.5]
    #expect(isRefused([pose]))
    pose.expression = [.nan]
    #expect(isRefused([pose]))
    #expect(isRefused(Self.poses(3)))
    // Zeros beyond the model's coefficients mean nothing and are taken.
    pose.expression = [Float](repeating: 0, count: model.expressionCount + 1)
    #expect(!isRefused([pose]))
    #expect(!isRefused(Self.poses(2)))
    #expect(throws: ProgramError.self) {
      try ShapedBody(model: model, betas: [Float](repeating: 1, count: model.shapeCount + 1))
    }
    #expect(throws: ProgramError.self) { try ShapedBody(model: model, betas: [.nan]) }
  }
}
