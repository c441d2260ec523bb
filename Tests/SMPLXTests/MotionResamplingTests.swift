/// Sampling a motion for output: times, SLERP, ranges, loops, and the turn on the parameters.
import AllocationCounter
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct MotionResamplingTests {
  /// Every joint turns about its own axis at 90 degrees a second; the body walks along X.
  static func turning(frames: Int, rate: Double) -> TestMotion {
    TestMotion(
      frameCount: frames, frameRate: rate,
      rotation: { frame, joint in Self.rotation(Double(frame) / rate, joint) },
      translation: { frame in SIMD3(Double(frame) / rate, 0.5, 0) })
  }

  static func rotation(_ time: Double, _ joint: Int) -> SIMD3<Double> {
    let axis = SIMD3(cos(Double(joint)), sin(Double(joint)), 0.2)
    return 0.5 * .pi * time * axis / axis.length
  }

  static func asRecorded(_ change: (inout Playback) -> Void = { _ in }) -> Playback {
    var playback = Playback()
    playback.up = .axis(.y)
    playback.facing = .keep
    change(&playback)
    return playback
  }

  /// k / fps for k = 0 ... floor(fps (N - 1) / rate + 1e-6).
  @Test(arguments: [
    (61, 120.0, 30.0, 16), (25, 24, 30, 31), (12, 30, 30, 12), (2, 30, 30, 2), (1, 30, 30, 1),
    (601, 120, 29.97, 150), (4, 59.94, 59.94, 4), (100, 25, 24, 96), (3, 10, 1000, 201),
    // Whole numbers of output frames that rounding puts just below.
    (197, 24, 30, 246), (30, 25, 25, 30), (247, 120, 60, 124), (59, 50, 25, 30),
  ])
  func sampleTimes(frames: Int, rate: Double, fps: Double, expected: Int) throws {
    let motion = Self.turning(frames: frames, rate: rate)
    let shown = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.fps = fps }, restPelvis: .zero)
    #expect(shown.frameCount == expected)
    for k in 0..<expected { #expect(abs(shown.time(k) - Double(k) / fps) < 1e-9) }
  }

  @Test(arguments: [(1, 24.0), (3, 24), (13, 60), (31, 120), (127, 59.94)])
  func constantTurningIsMetExactly(frames: Int, rate: Double) throws {
    let motion = Self.turning(frames: frames, rate: rate)
    let shown = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.fps = 37 }, restPelvis: .zero)
    var pose = BodyPose()
    for k in 0..<shown.frameCount {
      try shown.pose(k, into: &pose)
      let time = shown.time(k)
      for joint in 0..<55 {
        let expected = RotationMatrix(axisAngle: Self.rotation(time, joint))
        let found = RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[joint]))
        #expect(SMPLXRotationTests.difference(expected, found) < 2e-6)
      }
      #expect(abs(Double(pose.translation.x) - time) < 1e-6 && pose.translation.y == 0.5)
    }
  }

  @Test func recordedFramesComeOutUnchanged() throws {
    let motion = Self.turning(frames: 50, rate: 120)
    let shown = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.fps = 120 }, restPelvis: SIMD3(0, -0.35, 0.01))
    var pose = BodyPose()
    for k in 0..<50 {
      try shown.pose(k, into: &pose)
      let recorded = try motion.pose(frame: k)
      #expect(pose.rotations == recorded.rotations && pose.translation == recorded.translation)
    }
  }

  /// From +170 to -170 degrees is 20 degrees through the half turn, not 340 back.
  @Test func interpolationTakesTheShorterArc() throws {
    let motion = TestMotion(frameCount: 2, frameRate: 1) { frame, _ in
      SIMD3(0, (frame == 0 ? 170 : -170) * .pi / 180, 0)
    }
    let shown = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.fps = 4 }, restPelvis: .zero)
    var pose = BodyPose()
    for (k, degrees) in [170.0, 175, 180, 185, 190].enumerated() {
      try shown.pose(k, into: &pose)
      let found = RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[30]))
      #expect(
        SMPLXRotationTests.difference(found, RotationMatrix.yaw(degrees * .pi / 180)) < 1e-6)
    }
  }

  @Test func rangesAndSpeed() throws {
    let motion = Self.turning(frames: 121, rate: 60)  // 2 s
    let part = try ResampledMotion(
      motion,
      playback: Self.asRecorded { ($0.fps, $0.start, $0.end) = (10, 0.5, 1.5) }, restPelvis: .zero)
    #expect(part.frameCount == 11 && part.time(0) == 0.5 && abs(part.time(10) - 1.5) < 1e-12)
    let slow = try ResampledMotion(
      motion, playback: Self.asRecorded { ($0.fps, $0.speed) = (10, 0.5) }, restPelvis: .zero)
    #expect(slow.frameCount == 41 && abs(slow.time(20) - 1) < 1e-12)
    let fast = try ResampledMotion(
      motion, playback: Self.asRecorded { ($0.fps, $0.speed) = (10, 3) }, restPelvis: .zero)
    #expect(fast.frameCount == 7 && abs(fast.time(6) - 1.8) < 1e-12)
    // 2.02 s is how long 121 frames at 60 fps last; 5 s is more than there is.
    let little = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.end = 2.017 }, restPelvis: .zero)
    #expect(little.frameCount == 61 && little.notices.isEmpty)
    let much = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.end = 5 }, restPelvis: .zero)
    #expect(much.frameCount == 61)
    #expect(much.notices == ["the motion ends at 2 s, before the end asked for"])
  }

  @Test func repeatsStartAgain() throws {
    let motion = Self.turning(frames: 31, rate: 30)
    let shown = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.repeats = 3 }, restPelvis: .zero)
    #expect(shown.frameCount == 93)
    #expect(shown.time(31) == 0 && shown.time(92) == shown.time(30))
  }

  /// A cycle's last pose is its first one: it is shown once.
  @Test func cyclesDoNotStopAtTheSeam() throws {
    let motion = TestMotion(frameCount: 31, frameRate: 30) { frame, joint in
      SIMD3(sin(2 * .pi * Double(frame) / 30), 0, 0.1 * Double(joint))
    }
    let shown = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.repeats = 3 }, restPelvis: .zero)
    #expect(shown.frameCount == 90 && shown.time(30) == 0)
    let once = try ResampledMotion(motion, playback: Self.asRecorded(), restPelvis: .zero)
    #expect(once.frameCount == 31)
  }

  @Test func timesOutsideAreClamped() throws {
    let motion = Self.turning(frames: 5, rate: 10)
    let shown = try ResampledMotion(motion, playback: Self.asRecorded(), restPelvis: .zero)
    var pose = BodyPose()
    try shown.pose(at: -3, into: &pose)
    #expect(pose.translation == SIMD3(0, 0.5, 0))
    try shown.pose(at: 100, into: &pose)
    #expect(pose.translation == SIMD3(0.4, 0.5, 0))
  }

  @Test func expressionIsLinear() throws {
    var motion = Self.turning(frames: 3, rate: 10)
    motion.expressionCount = 4
    let shown = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.fps = 20 }, restPelvis: .zero)
    var pose = BodyPose()
    try shown.pose(3, into: &pose)
    #expect(pose.expression == [1.5, 2.5, 3.5, 4.5])
  }

  /// Nothing is allocated once the pose has its arrays, from memory and from a file.
  @Test(.enabled(if: allocation_counter_works()), arguments: [1000, 1 << 30])
  func posesAreMadeWithoutAllocating(limit: Int) throws {
    let writer = FrameStore.Writer(width: 156, limit: limit)
    for frame in 0..<100 {
      try (0..<156).map { 0.3 * sin(Float($0 + frame)) }.withUnsafeBufferPointer {
        try writer.append($0)
      }
    }
    let finished = try writer.finish()
    let store = try #require(finished)
    let summary = Self.turning(frames: 100, rate: 60).summary
    let clip = MotionClip(
      summary: summary,
      parts: [
        .init(
          store: store,
          pieces: [
            .init(column: 0, offset: 0, count: 66), .init(column: 66, offset: 75, count: 90),
          ]
        )
      ])
    var playback = Playback()
    playback.fps = 47
    let shown = try ResampledMotion(clip, playback: playback, restPelvis: .zero)
    var pose = BodyPose()
    try shown.pose(0, into: &pose)
    let before = allocation_count_of_thread()
    for k in 0..<shown.frameCount { try shown.pose(k, into: &pose) }
    let made = allocation_count_of_thread() - before
    #expect(made == 0)
  }

  /// The same bytes in any order and from several threads.
  @Test(arguments: [1, 2, 5])
  func posesDoNotDependOnThreads(threads: Int) async throws {
    let motion = Self.turning(frames: 127, rate: 120)
    let shown = try ResampledMotion(
      motion, playback: Self.asRecorded { $0.fps = 77 }, restPelvis: .zero)
    func pose(_ k: Int) throws -> BodyPose {
      var pose = BodyPose()
      try shown.pose(k, into: &pose)
      return pose
    }
    let expected = try (0..<shown.frameCount).map(pose)
    try await withThrowingTaskGroup(of: (Int, BodyPose).self) { group in
      for worker in 0..<threads {
        for k in stride(from: worker, to: shown.frameCount, by: threads) {
          group.addTask { (k, try pose(k)) }
        }
      }
      for try await (k, found) in group {
        #expect(found.rotations == expected[k].rotations)
        #expect(found.translation == expected[k].translation)
      }
    }
  }
}

/// Rows in memory and rows in a temporary file are the same rows.
@Suite struct MotionFrameStoreTests {
  @Test(arguments: [(0, 3), (1, 1), (13, 7), (127, 159), (1000, 168)])
  func spilledRowsEqualKeptRows(count: Int, width: Int) throws {
    let values = (0..<count * width).map { Float($0) * 0.5 }
    for limit in [8, 1000, 1 << 30] {
      let writer = FrameStore.Writer(width: width, limit: limit)
      for start in stride(from: 0, to: values.count, by: 31) {
        try values[start..<min(start + 31, values.count)].withUnsafeBufferPointer {
          try writer.append($0)
        }
      }
      let finished = try writer.finish()
      let store = try #require(finished)
      #expect(store.count == count && store.isInFile == (values.count > limit))
      var row = [Float](repeating: 0, count: width)
      for index in stride(from: count - 1, through: 0, by: -1) {
        try row.withUnsafeMutableBufferPointer { row in
          if let base = row.baseAddress { try store.read(index, into: base) }
        }
        #expect(row[...] == values[index * width..<(index + 1) * width])
      }
    }
  }

  @Test func halfARowIsNoStore() throws {
    let writer = FrameStore.Writer(width: 4)
    try [Float](repeating: 1, count: 7).withUnsafeBufferPointer { try writer.append($0) }
    #expect(try writer.finish() == nil)
  }
}
