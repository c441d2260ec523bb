/// The poser against its oracle, and its laws: batch, threads and memory change nothing.
import AllocationCounter
import Compute
import Testing

@testable import SMPLX

@Suite struct BodyPosingTests {
  /// All bytes that a poser gives for a frame.
  static func bytes(_ poser: BodyPoser, _ frame: Int) -> [UInt32] {
    let vertices = poser.vertices(frame)
    var result: [UInt32] = []
    for plane in [vertices.x, vertices.y, vertices.z] {
      result += (0..<vertices.paddedCount).map { plane[$0].bitPattern }
    }
    for joint in poser.joints(frame) { result += (0..<3).map { joint[$0].bitPattern } }
    return result
  }

  /// Float sums of about 500 terms of 0.02 and a chain of ten joints: a few 1e-7 are to be expected.
  static let tolerance = 3e-6

  static func worst(_ poser: BodyPoser, _ frame: Int, _ pose: BodyPose) -> Double {
    let expected = poseReference(poser.body, pose)
    let vertices = poser.vertices(frame)
    var worst = 0.0
    for (index, vertex) in expected.vertices.enumerated() {
      let d = SIMD3<Double>(vertices[index]) - vertex
      worst = max(worst, abs(d.x), abs(d.y), abs(d.z))
    }
    for (found, joint) in zip(poser.joints(frame), expected.joints) {
      let d = SIMD3<Double>(found) - joint
      worst = max(worst, abs(d.x), abs(d.y), abs(d.z))
    }
    return worst
  }

  @Test(arguments: [3, 13, 15, 16, 17, 127, 300]) func matchesTheOracle(vertexCount: Int) throws {
    let pool = WorkerPool(threads: 2)
    for density: Float in [1, 0.1] {
      let model = try SyntheticModel(vertexCount: vertexCount, density: density).load()
      var random = TestRandom(state: 7)
      let body = try ShapedBody(
        model: model, betas: (0..<10).map { _ in random.next() },
        expression: (0..<10).map { _ in random.next() })
      let poser = BodyPoser(body: body, pool: pool, batch: 7)
      let poses = (0..<7).map { random.pose(expression: $0 % 2 == 0 ? 10 : 0) }
      try poser.pose(poses)
      #expect(poser.frameCount == 7)
      for (frame, pose) in poses.enumerated() {
        let worst = Self.worst(poser, frame, pose)
        #expect(worst < Self.tolerance, "\(vertexCount) vertices, density \(density), \(frame)")
      }
    }
  }

  @Test func offsetsDressTheBodyAndLeaveItsJoints() throws {
    let model = try SyntheticModel(vertexCount: 127).load()
    var random = TestRandom(state: 11)
    let offsets = (0..<127).map { _ in 0.05 * random.vector() }
    let betas: [Float] = [1, -1]
    let (bare, held) = (try ShapedBody(model: model, betas: betas), random.pose())
    for heldPose in [nil, held] {
      let body = try ShapedBody(
        model: model, betas: betas, offsets: offsets, heldPose: heldPose)
      #expect(body.restJoints == bare.restJoints && body.offsets == offsets)
      let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1), batch: 2)
      let poses = [random.pose(expression: 10), random.pose()]
      try poser.pose(poses)
      for frame in 0..<2 { #expect(Self.worst(poser, frame, poses[frame]) < 2 * Self.tolerance) }
      let plain = BodyPoser(body: bare, pool: WorkerPool(threads: 1), batch: 2)
      try plain.pose(poses)
      for joint in 0..<model.jointCount {
        #expect(poser.joints(1)[joint] == plain.joints(1)[joint])
      }
    }
    let dressed = try ShapedBody(model: model, betas: betas, offsets: offsets)
    for vertex in 0..<127 {
      let moved = dressed.restVertices[vertex] - bare.restVertices[vertex] - offsets[vertex]
      #expect(max(abs(moved.x), abs(moved.y), abs(moved.z)) < 1e-6)
    }
  }

  @Test func offsetsThatDoNotFit() throws {
    let model = try SyntheticModel(vertexCount: 13).load()
    for count in [1, 12, 14] {
      let error = #expect(throws: ProgramError.self) {
        try ShapedBody(model: model, offsets: [SIMD3<Float>](repeating: .zero, count: count))
      }
      #expect(error?.key == "offsets" && error?.found == "\(count)")
    }
    for value in [Float.nan, .infinity, -.infinity] {
      var offsets = [SIMD3<Float>](repeating: .zero, count: 13)
      offsets[7].y = value
      let error = #expect(throws: ProgramError.self) {
        try ShapedBody(model: model, offsets: offsets)
      }
      #expect(error?.key == "offsets[7]" && error?.code == .dataError)
    }
  }

  @Test func batchAndThreadsChangeNothing() throws {
    // Large enough that the pool is used, not only for the large batches.
    let model = try SyntheticModel(vertexCount: 1237).load()
    let body = try ShapedBody(model: model, betas: [1, -2], expression: [0.5])
    var random = TestRandom(state: 3)
    var poses = (0..<13).map { random.pose(expression: $0 % 3 == 0 ? 10 : 0) }
    // Joints at rest in some frames and not in their neighbours.
    for frame in stride(from: 0, to: 13, by: 2) {
      for joint in 10..<50 { poses[frame].rotations[joint] = .zero }
    }
    let single = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    let expected = try poses.map {
      try single.pose($0)
      return Self.bytes(single, 0)
    }
    for threads in [1, 2, 5] {
      let pool = WorkerPool(threads: threads)
      for batch in [1, 2, 3, 4, 5, 13] {
        let poser = BodyPoser(body: body, pool: pool, batch: batch)
        for start in stride(from: 0, to: poses.count, by: batch) {
          let range = start..<min(start + batch, poses.count)
          try poser.pose(poses[range])
          for frame in range {
            #expect(
              Self.bytes(poser, frame - start) == expected[frame],
              "\(threads) threads, batch \(batch), frame \(frame)")
          }
        }
      }
    }
  }

  @Test func heldJointsGiveTheSameBody() throws {
    let model = try SyntheticModel(vertexCount: 127).load()
    var random = TestRandom(state: 5)
    let held = random.pose()
    let body = try ShapedBody(model: model, betas: [1], heldPose: held)
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1), batch: 2)
    // The oracle knows nothing of held joints.
    var near = held
    for joint in 0..<22 { near.rotations[joint] = random.vector() }
    let far = random.pose()
    try poser.pose([near, far])
    #expect(Self.worst(poser, 0, near) < Self.tolerance)
    #expect(Self.worst(poser, 1, far) < 2 * Self.tolerance)
    #expect(body.restJoints == (try ShapedBody(model: model, betas: [1])).restJoints)
  }

  @Test func restPoseIsTheShapedBody() throws {
    let model = try SyntheticModel(vertexCount: 45).load()
    let body = try ShapedBody(model: model, betas: [2, 1], expression: [-1])
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    var pose = BodyPose()
    try poser.pose(pose)
    for vertex in 0..<45 {
      let d = poser.vertices()[vertex] - body.restVertices[vertex]
      #expect(max(abs(d.x), abs(d.y), abs(d.z)) < 1e-6)
    }
    // A pose's own expression replaces the body's.
    pose.expression = [0, 0, 1.5]
    try poser.pose(pose)
    let other = try ShapedBody(model: model, betas: [2, 1], expression: [0, 0, 1.5])
    for vertex in 0..<45 {
      let d = poser.vertices()[vertex] - other.restVertices[vertex]
      #expect(max(abs(d.x), abs(d.y), abs(d.z)) < 1e-6)
    }
    for joint in 0..<55 {
      let d = poser.joints()[joint] - other.restJoints[joint]
      #expect(max(abs(d.x), abs(d.y), abs(d.z)) < 1e-6)
    }
  }

  @Test func turningThePelvisTurnsTheBodyAboutIt() throws {
    let model = try SyntheticModel(vertexCount: 45).load()
    let body = try ShapedBody(model: model)
    let poser = BodyPoser(body: body, pool: WorkerPool(threads: 1))
    var pose = BodyPose()
    pose.rotations[0] = SIMD3(0, .pi / 2, 0)
    pose.translation = SIMD3(1, 2, 3)
    try poser.pose(pose)
    let pelvis = body.restJoints[0]
    for vertex in 0..<45 {
      let p = body.restVertices[vertex] - pelvis
      // A quarter turn about Y takes +Z to +X and +X to -Z.
      let d = poser.vertices()[vertex] - (SIMD3(p.z, p.y, -p.x) + pelvis + SIMD3(1, 2, 3))
      #expect(max(abs(d.x), abs(d.y), abs(d.z)) < 2e-6, "vertex \(vertex)")
    }
  }

  @Test func paddingIsZero() throws {
    let model = try SyntheticModel(vertexCount: 17).load()
    let poser = BodyPoser(body: try ShapedBody(model: model), pool: WorkerPool(threads: 1))
    var pose = BodyPose()
    pose.translation = SIMD3(1, 1, 1)
    try poser.pose(pose)
    let vertices = poser.vertices()
    #expect(vertices.paddedCount == 32)
    for index in 17..<32 {
      #expect(vertices.x[index] == 0 && vertices.y[index] == 0 && vertices.z[index] == 0)
    }
  }

  @Test(.enabled(if: allocation_counter_works())) func nothingIsAllocatedAfterWarmUp() throws {
    let model = try SyntheticModel(vertexCount: 600).load()
    let body = try ShapedBody(model: model)
    let topology = try NormalTopology(faces: model.faces, vertexCount: model.vertexCount)
    var random = TestRandom(state: 11)
    let poses = (0..<8).map { random.pose(expression: $0 % 2 == 0 ? 10 : 0) }
    for threads in [1, 2] {
      let pool = WorkerPool(threads: threads)
      let poser = BodyPoser(body: body, pool: pool, batch: 8)
      let normals = VertexNormals(topology: topology, pool: pool)
      let joints = UnsafeMutableBufferPointer<SIMD3<Float>>.allocate(capacity: 144)
      defer { joints.deallocate() }
      func frame() throws {
        try poser.pose(poses)
        try poser.pose(poses[2..<5])
        try poser.pose(poses[0])
        poser.writeJoints(0, to: joints)
        normals.update(poser.vertices(0))
      }
      try frame()
      // The thread's own count: tests that run beside allocate as they like. Workers run the same
      // closures as this thread, which takes part in every run.
      let before = allocation_count_of_thread()
      for _ in 0..<10 { try frame() }
      #expect(allocation_count_of_thread() - before == 0, "\(threads) threads")
    }
  }

  @Test func badPosesAreRefused() throws {
    let model = try SyntheticModel(vertexCount: 13).load()
    let poser = BodyPoser(
      body: try ShapedBody(model: model), pool: WorkerPool(threads: 1), batch: 2)
    func message(_ change: (inout BodyPose) -> Void) -> String {
      var pose = BodyPose()
      change(&pose)
      do {
        try poser.pose([BodyPose(), pose])
        return "no error"
      } catch {
        #expect(poser.frameCount == 0)
        return "\(error)"
      }
    }
    #expect(message { $0.rotations[3].y = .nan }.contains("not finite"))
    #expect(message { $0.translation.z = .infinity }.contains("not finite"))
    #expect(message { $0.expression = [0, -.infinity] }.contains("not finite"))
    #expect(message { $0.rotations.removeLast() }.contains("expected 55, found 54"))
    #expect(
      message { $0.expression = [Float](repeating: 1, count: 11) }.contains("at most 10"))
    #expect(message { $0.expression = [1] + [Float](repeating: 0, count: 30) } == "no error")
    #expect(throws: ProgramError.self) {
      try poser.pose([BodyPose(), BodyPose(), BodyPose()])
    }
    try poser.pose([])
    #expect(poser.frameCount == 0)
  }

  @Test func badShapesAreRefused() throws {
    let model = try SyntheticModel(vertexCount: 13).load()
    #expect(throws: ProgramError.self) { try ShapedBody(model: model, betas: [.nan]) }
    let eleven = [Float](repeating: 1, count: 11)
    #expect(throws: ProgramError.self) { try ShapedBody(model: model, betas: eleven) }
    #expect(throws: ProgramError.self) { try ShapedBody(model: model, expression: eleven) }
    #expect(try ShapedBody(model: model, betas: [1]).betas == [1] + [Float](repeating: 0, count: 9))
  }
}
