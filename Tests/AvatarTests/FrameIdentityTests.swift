import Compute
import Media
import SMPLX
import TensorFiles
import TestSupport
import Testing

@testable import Avatar

/// The law of many machines: a frame depends on its number only. Any split of a sequence into ranges, in
/// any order, gives the bytes of the whole.
@Suite(.serialized) struct FrameIdentityTests {
  static let assets = Assets(root: Fixtures.packageRoot.path + "/assets")

  /// Somebody who comes in from the side, is seen whole, comes nearer and leaves; every pose differs.
  struct Passing: PoseSource {
    let motion: ResampledMotion
    /// World units that the way to the side is long.
    let way: Float
    let frameCount: Int

    func pose(frame: Int, into pose: inout BodyPose) throws {
      try motion.pose(frame % motion.frameCount, into: &pose)
      let part = Float(frame) / Float(frameCount - 1)
      pose.translation += SIMD3(way * (part - 0.5), 0, 0.4 * part)
      pose.expression = frame % 3 == 0 ? nil : [0.1 * Float(frame), -0.2]
    }
  }

  static func wave(_ person: Person, fps: Double = 8, repeats: Int = 1) throws -> MotionPoses {
    var playback = Playback()
    playback.fps = fps
    playback.end = 1.5
    playback.repeats = repeats
    let motion = try MotionFile.load(path: Fixtures.asset("motions/wave.npz"))
    return MotionPoses(
      try ResampledMotion(motion, playback: playback, restPelvis: person.body.restJoints[0]))
  }

  /// The bytes of the frames of a selection, and of their masks if there are any.
  static func render(
    _ ranges: [ClosedRange<Int>], masks: Bool, threads: Int, settings: RenderSettings,
    _ makeScene: (FrameSelection, WorkerPool) throws -> Scene
  ) throws -> (frames: [[UInt8]], masks: [[UInt8]]) {
    let pool = WorkerPool(threads: threads)
    let scene = try makeScene(FrameSelection(ranges: ranges), pool)
    let loop = try FrameLoop(scene: scene, settings: settings, masks: masks, pool: pool)
    func sink(_ channels: Int) -> MemorySink {
      MemorySink(
        width: settings.width, height: settings.height, channels: channels,
        buffers: loop.bufferCount)
    }
    let (pictures, maskSink) = (sink(settings.channels), sink(3))
    #expect(try loop.run(into: pictures, masks: masks ? maskSink : nil))
    return (pictures.frames, maskSink.frames)
  }

  /// Renders the whole, then several splits of it into ranges in a shuffled order, and compares.
  static func check(
    count: Int, settings: RenderSettings, masks: Bool = false, seed: UInt64, splits: Int = 3,
    _ makeScene: (FrameSelection, WorkerPool) throws -> Scene
  ) throws {
    let whole = try render(
      [0...count - 1], masks: masks, threads: 2, settings: settings, makeScene)
    #expect(whole.frames.count == count)
    #expect(Set(whole.frames).count > count / 2, "the frames differ from each other")
    var random = SeededGenerator(state: seed)
    for split in 0..<splits {
      let threads = [1, 2, 5][split % 3]
      let cuts = Set((0..<2 + split).map { _ in Int.random(in: 1..<count, using: &random) })
        .sorted()
      var ranges = zip([0] + cuts, cuts + [count]).map { $0...$1 - 1 }
      ranges.shuffle(using: &random)
      // As runs of their own, and as one run that goes back and forth.
      let lists = split == 0 ? [ranges] : ranges.map { [$0] }
      for list in lists {
        let part = try render(
          list, masks: masks, threads: threads, settings: settings, makeScene)
        for (index, frame) in list.joined().enumerated() {
          #expect(part.frames[index] == whole.frames[frame], "frame \(frame) of \(list)")
          if masks { #expect(part.masks[index] == whole.masks[frame], "mask \(frame) of \(list)") }
        }
      }
    }
    guard settings.channels == 4 else { return }
    var empty = 0
    for frame in whole.frames {
      for pixel in stride(from: 0, to: frame.count, by: 4) where frame[pixel + 3] == 0 {
        empty += 1
        if frame[pixel] != 0 || frame[pixel + 1] != 0 || frame[pixel + 2] != 0 {
          Issue.record("a pixel of opacity 0 has a colour")
          return
        }
      }
    }
    #expect(empty > 0)
  }

  static func camera(_ mode: CameraMode, distance: Float? = nil) -> CameraSettings {
    CameraSettings(
      mode: mode, yaw: 0.3, pitch: 0.1, distance: distance, fieldOfView: 0.5, margin: 0.05)
  }

  @Test(arguments: CameraMode.allCases, [Background.white, .transparent])
  func plainMotion(mode: CameraMode, background: Background) throws {
    let person = try Person(avatar: "sample", assets: Self.assets)
    let walk = Passing(motion: try Self.wave(person).motion, way: 3, frameCount: 13)
    let settings = RenderSettings(width: 72, height: 56, background: background)
    try Self.check(count: 13, settings: settings, seed: 1) { selection, pool in
      try Scene(
        person: person, poses: walk, selection: selection, settings: Self.camera(mode), width: 72,
        height: 56, pool: pool)
    }
  }

  @Test(arguments: RenderPass.allCases) func plainTurntable(pass: RenderPass) throws {
    let person = try Person(avatar: "sample", assets: Self.assets)
    let poses = StillPose(.standing(person.body.model), frameCount: 11)
    let settings = RenderSettings(width: 48, height: 64, pass: pass)
    try Self.check(count: 11, settings: settings, seed: 2, splits: 2) { selection, pool in
      try Scene(
        person: person, poses: poses, selection: selection, settings: Self.camera(.fit), width: 48,
        height: 64, turn: 360, pool: pool)
    }
  }

  @Test(arguments: [CameraMode.fit, .follow]) func loops(mode: CameraMode) throws {
    let person = try Person(avatar: "sample", assets: Self.assets)
    let poses = try Self.wave(person, repeats: 3)
    let count = poses.frameCount
    #expect(count % poses.period == 0 && count > poses.period)
    let settings = RenderSettings(width: 40, height: 40)
    let whole = try Self.render([0...count - 1], masks: false, threads: 2, settings: settings) {
      selection, pool in
      try Scene(
        person: person, poses: poses, selection: selection, settings: Self.camera(mode), width: 40,
        height: 40, pool: pool)
    }
    for frame in poses.period..<count {
      #expect(whole.frames[frame] == whole.frames[frame % poses.period], "frame \(frame)")
    }
  }

  /// The fixture's person as an avatar that keeps nothing of its layers in bytes.
  private static func withPlainlyImported(_ body: (Person) throws -> Void) throws {
    try DinarEndToEndParityTests.withAvatar { path in
      let file = try SafetensorsFile(path: path)
      try AvatarFileTests.withScratch { copy in
        try AvatarFile.write(
          AvatarFile(path: path).description,
          tensors: file.names.map { ($0, try file.tensor($0)) }, to: copy)
        let person = try Person(
          avatar: copy, body: DinarEndToEndParityTests.bodies(), assets: assets)
        let appearance = try #require(person.appearance as? DinarAppearance)
        #expect(try appearance.quantization() == nil)
        try body(person)
      }
    }
  }

  /// The camera stands still and the person walks through its picture, so that frame 0 shows nobody and
  /// others need more room than it.
  @Test(
    .enabled(if: Fixtures.goldenDataIsExpected),
    arguments: [NetworkPrecision.exact, .fast(budget: 30)], [Background.white, .transparent])
  func neuralMotion(precision: NetworkPrecision, background: Background) throws {
    try Self.withPlainlyImported { person in
      let motion = try Self.wave(person).motion
      for (way, threshold) in [(Float(0), Float(0.5)), (6, 0.3)] {
        let walk = Passing(motion: motion, way: way, frameCount: 9)
        let settings = RenderSettings(
          width: 96, height: 64, supersample: 1, background: background,
          neural: NeuralSettings(maskThreshold: threshold, precision: precision))
        var path = CameraPath(
          yaw: 0.2, pitch: 0.1, target: [[0, 0, 0]], offset: [0, 0, -5], fieldOfView: 0.5,
          width: 96, height: 64)
        path.target = [person.body.restJoints[0]]
        try Self.check(count: 9, settings: settings, masks: true, seed: 3) {
          [path] selection, _ in
          Scene(person: person, poses: walk, selection: selection, camera: path)
        }
      }
    }
  }

  @Test(
    .enabled(if: Fixtures.goldenDataIsExpected),
    arguments: [NetworkPrecision.exact, .fast(budget: 30)], [CameraMode.fit, .fixed, .orbit])
  func neuralCameras(precision: NetworkPrecision, mode: CameraMode) throws {
    try Self.withPlainlyImported { person in
      let poses = try Self.wave(person, fps: 4)
      let settings = RenderSettings(
        width: 64, height: 64, supersample: 1, neural: NeuralSettings(precision: precision))
      try Self.check(count: poses.frameCount, settings: settings, seed: 4, splits: 2) {
        selection, pool in
        try Scene(
          person: person, poses: poses, selection: selection, settings: Self.camera(mode),
          width: 64, height: 64, pool: pool)
      }
    }
  }

  /// A poser gives a frame the same bytes in whatever batch it comes.
  @Test(arguments: [4, 16]) func posingInBatches(batch: Int) throws {
    let person = try Person(avatar: "sample", assets: Self.assets)
    let walk = Passing(motion: try Self.wave(person).motion, way: 1, frameCount: 21)
    let pool = WorkerPool(threads: 2)
    let alone = BodyPoser(body: person.body, pool: WorkerPool(threads: 1))
    let together = BodyPoser(body: person.body, pool: pool, batch: batch)
    var poses = [BodyPose](repeating: BodyPose(), count: 21)
    for frame in 0..<21 { try walk.pose(frame: frame, into: &poses[frame]) }
    func bits(_ vertices: PlanarVertices) -> [UInt32] {
      [vertices.x, vertices.y, vertices.z].flatMap { plane in
        (0..<vertices.count).map { plane[$0].bitPattern }
      }
    }
    for start in stride(from: 0, to: 21, by: batch) {
      let count = min(batch, 21 - start)
      try together.pose(poses[start..<start + count])
      for index in 0..<count {
        try alone.pose(poses[start + index])
        #expect(bits(together.vertices(index)) == bits(alone.vertices()), "frame \(start + index)")
      }
    }
  }
}
