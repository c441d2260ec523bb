import Compute
import SMPLX
import Synchronization
import TestSupport
import Testing

@testable import Avatar

/// Finding the camera of a long sequence is cheap, bounded, told, and can be interrupted.
@Suite struct SequenceMeasureTests {
  /// Counts how often it is asked.
  final class Counting: PoseSource {
    let frameCount: Int
    let period: Int
    let samplingStride: Int
    let asked = Atomic<Int>(0)

    init(frames: Int, period: Int, stride: Int = 1) {
      frameCount = frames
      self.period = period
      samplingStride = stride
    }

    func pose(frame: Int, into pose: inout BodyPose) throws {
      asked.add(1, ordering: .relaxed)
      pose.translation = [0.001 * Float(frame % period), 0, 0]
    }
  }

  private func scene(
    _ poses: some PoseSource, _ mode: CameraMode, turn: Float? = nil,
    progress: @escaping (FrameProgress) -> Bool = { _ in true }
  ) throws -> Scene {
    try Scene(
      person: Person(
        avatar: "sample", assets: Assets(root: Fixtures.packageRoot.path + "/assets")),
      poses: poses, selection: FrameSelection(ranges: [3...3]),
      settings: CameraSettings(
        mode: mode, yaw: 0, pitch: 0, distance: nil, fieldOfView: 0.5, margin: 0.1),
      width: 64, height: 64, turn: turn, pool: WorkerPool(threads: 2), progress: progress)
  }

  @Test(arguments: [CameraMode.fit, .fixed, .follow]) func measuresALoopOnce(mode: CameraMode)
    throws
  {
    let poses = Counting(frames: 900_000_000, period: 90)
    _ = try scene(poses, mode)
    #expect(poses.asked.load(ordering: .relaxed) <= 2 * 90 + 2)
  }

  @Test func measuresSomeOfCloseFrames() throws {
    let poses = Counting(frames: 10_001, period: 10_001, stride: 100)
    let all = Counting(frames: 10_001, period: 10_001)
    let (some, every) = (try scene(poses, .fit), try scene(all, .fit))
    #expect(poses.asked.load(ordering: .relaxed) <= 2 * 102)
    // The first and the last frame are among them.
    let (a, b) = (some.camera.camera(frame: 3), every.camera.camera(frame: 3))
    #expect(a.translation == b.translation)
  }

  @Test func looksAtAStandingPersonFromEnoughSides() throws {
    let long = StillPose(BodyPose(), frameCount: 30_000_000)
    let short = StillPose(BodyPose(), frameCount: 3000)
    let (a, b) = (try scene(long, .fit, turn: 360), try scene(short, .fit, turn: 360))
    let (one, other) = (a.camera.camera(frame: 0), b.camera.camera(frame: 0))
    #expect(abs((one.translation - other.translation).max()) < 1e-5)
  }

  @Test func refusesWhatItCannotKnow() {
    for (mode, poses) in [
      (CameraMode.follow, Counting(frames: 3_000_000, period: 3_000_000)),
      (.orbit, Counting(frames: 900_000_000, period: 90)),
    ] {
      let error = #expect(throws: ProgramError.self) { try scene(poses, mode) }
      #expect(error?.code == .usage && error?.expected == "at most 2000000 frames")
    }
  }

  @Test(arguments: [CameraMode.fit, .orbit, .follow]) func canBeInterrupted(mode: CameraMode) throws
  {
    let poses = Counting(frames: 1_500_000, period: 1_500_000)
    var calls = 0
    let error = #expect(throws: ProgramError.self) {
      try scene(poses, mode) { step in
        #expect(step.stage == "framing")
        calls += 1
        return calls < 3
      }
    }
    #expect(error?.code == .interrupted && calls == 3)
    #expect(poses.asked.load(ordering: .relaxed) < 5000)
  }

  @Test func poseSourcesKnowTheirLoops() throws {
    let person = try Person(
      avatar: "sample", assets: Assets(root: Fixtures.packageRoot.path + "/assets"))
    let poses = try FrameIdentityTests.wave(person, fps: 1000, repeats: 60_000)
    #expect(poses.frameCount == 60_000 * poses.period && poses.samplingStride == 4)
    #expect(try FrameIdentityTests.wave(person, fps: 30).samplingStride == 1)
    var (a, b) = (BodyPose(), BodyPose())
    try poses.pose(frame: 17, into: &a)
    try poses.pose(frame: 17 + 41 * poses.period, into: &b)
    #expect(a == b)
  }

  /// Who leaves the picture of a camera that stands still is told of, once, with the first frame.
  @Test func departures() throws {
    let walk = Walk(start: [0, 0, 0], frameCount: 40)
    let pool = WorkerPool(threads: 2)
    for (mode, leaves) in [(CameraMode.fixed, true), (.fit, false), (.follow, false)] {
      let person = try Person(
        avatar: "sample", assets: Assets(root: Fixtures.packageRoot.path + "/assets"))
      let scene = try Scene(
        person: person, poses: walk, selection: .all(40),
        settings: CameraSettings(
          mode: mode, yaw: 0, pitch: 0, distance: nil, fieldOfView: 0.5, margin: 0.1),
        width: 48, height: 48, pool: pool)
      let loop = try FrameLoop(
        scene: scene, settings: RenderSettings(width: 48, height: 48, supersample: 1), pool: pool)
      let sink = MemorySink(width: 48, height: 48, channels: 3, buffers: loop.bufferCount)
      _ = try loop.run(into: sink)
      #expect((loop.departure != nil) == leaves)
      guard let frame = loop.departure?.frame else { continue }
      // Free border and arms' width: he is whole in the frame before.
      #expect(frame > 0 && frame < 39)
      func touchesEdge(_ index: Int) -> Bool {
        (0..<48).contains { y in
          [0, 47].contains { x in sink.frames[index][(y * 48 + x) * 3] != 255 }
        }
      }
      #expect(!touchesEdge(frame - 1) && (frame...frame + 2).contains(where: touchesEdge))
    }
  }
}

@Suite struct FrameMemoryTests {
  private func memory(
    _ size: Int, threads: Int, frames: Int = 100_000, channels: Int = 3, masks: Bool = false
  ) -> FrameMemory {
    FrameMemory(
      settings: RenderSettings(
        width: size, height: size, supersample: 1,
        background: channels == 4 ? .transparent : .white), masks: masks, vertexCount: 10_475,
      threads: threads, frames: frames, takesAllWorkers: false)
  }

  /// Whatever the size and the number of threads, what circulates stays within its bytes.
  @Test(arguments: [16, 512, 1024, 1500, 4096, 16384], [1, 2, 16, 64, 1024])
  func isBounded(size: Int, threads: Int) {
    for (channels, masks) in [(3, false), (4, false), (4, true)] {
      let memory = memory(size, threads: threads, channels: channels, masks: masks)
      let frame = size * size * (channels + (masks ? 3 : 0)) + 12 * 10_475
      #expect(memory.buffers * frame <= FrameMemory.circulating || memory.buffers == 2)
      #expect(memory.buffers > memory.batch && memory.batch >= 1)
      #expect(memory.renderers >= 1 && memory.renderers <= max(1, memory.batch))
      #expect(memory.renderers * (size * size * channels) <= FrameMemory.rendering)
    }
  }

  @Test func isAsBeforeWhereItFits() {
    let usual = memory(1024, threads: 2)
    #expect(usual.batch == 16 && usual.buffers == 34 && usual.renderers == 2)
    let large = memory(2048, threads: 2)
    #expect(large.batch == 4 && large.buffers == 10 && large.renderers == 1)
    #expect(memory(512, threads: 2, frames: 3).batch == 3)
  }
}
