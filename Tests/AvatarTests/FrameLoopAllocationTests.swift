import AllocationCounter
import Compute
import SMPLX
import TestSupport
import Testing

@testable import Avatar
@testable import Media

/// Keeps nothing: two frames wander between the loop and here.
private final class ForgetfulSink: FrameSink {
  let width: Int
  let height: Int
  let channels = 3
  let bufferCount: Int
  private var free: [FrameBuffer]
  private(set) var submitted = 0

  init(width: Int, height: Int, buffers: Int) {
    self.width = width
    self.height = height
    bufferCount = buffers
    free = (0..<buffers).map { _ in FrameBuffer(width: width, height: height, channels: 3) }
  }

  func acquire() throws -> FrameBuffer {
    guard let frame = free.popLast() else {
      throw ProgramError(.software, "no frame is free")
    }
    return frame
  }

  func submit(_ frame: FrameBuffer) throws {
    submitted += 1
    free.append(frame)
  }

  func finish() throws -> FinishedOutput { FinishedOutput(path: "", frameCount: submitted) }
  func cancel(keepPartial: Bool) throws -> FinishedOutput? { nil }
}

@Suite(.enabled(if: allocation_counter_works(), "a linker that lets allocations be counted"))
struct FrameLoopAllocationTests {
  /// After warm-up the whole loop allocates nothing a frame: motion, posing, normals, drawing, colours,
  /// hand-over. One thread, so that everything is counted.
  @Test(arguments: [RenderPass.color, .normals, .depth])
  func framesAllocateNothing(pass: RenderPass) throws {
    let person = try Person(
      avatar: "sample", assets: Assets(root: Fixtures.packageRoot.path + "/assets"))
    try Self.checkFramesOfWave(person, pass: pass)
  }

  /// Neither does a neural avatar's: rasterizer, network, composition.
  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func networksFramesAllocateNothing() throws {
    try DinarEndToEndParityTests.withAvatar { path in
      let person = try Person(
        avatar: path, body: DinarEndToEndParityTests.bodies(),
        assets: DinarEndToEndParityTests.assets)
      try Self.checkFramesOfWave(person, pass: .color)
    }
  }

  private static func checkFramesOfWave(_ person: Person, pass: RenderPass) throws {
    let pool = WorkerPool(threads: 1)
    let motion = try MotionFile.load(path: Fixtures.asset("motions/wave.npz"))
    var playback = Playback()
    playback.fps = 10
    playback.end = 1.5
    let poses = MotionPoses(
      try ResampledMotion(motion, playback: playback, restPelvis: person.body.restJoints[0]))
    let settings = RenderSettings(width: 96, height: 120, pass: pass)
    let scene = try Scene(
      person: person, poses: poses, selection: .all(poses.frameCount),
      settings: CameraSettings(
        mode: .fit, yaw: 0.3, pitch: 0.1, distance: nil, fieldOfView: 0.5, margin: 0.05),
      width: 96, height: 120, pool: pool)
    let loop = try FrameLoop(scene: scene, settings: settings, pool: pool)
    let sink = ForgetfulSink(width: 96, height: 120, buffers: loop.bufferCount)
    var counts: [UInt64] = []
    counts.reserveCapacity(poses.frameCount)
    // Twice: the second time everything has its memory.
    _ = try loop.run(into: sink)
    let finished = try loop.run(into: sink) { _ in
      counts.append(allocation_count_of_thread())
      return true
    }
    #expect(finished && sink.submitted == 2 * poses.frameCount && counts.count > 3)
    let perBatch = zip(counts, counts.dropFirst()).map { $1 - $0 }
    #expect(perBatch.allSatisfy { $0 == 0 }, "allocations in each batch: \(perBatch)")
  }
}
