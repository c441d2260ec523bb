/// Motions written as AMASS and as BVH, and read again.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite struct MotionWritingTests {
  static let rest = RestSkeleton.standard.joints.map { SIMD3<Float>($0) }

  /// A path in a folder of its own, which is removed.
  static func inFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = NSTemporaryDirectory() + "avatar-writing-\(UUID().uuidString)/"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  static func recording(
    _ motion: any Motion, up: UpAxis, fps: Double? = nil, start: Double? = nil, end: Double? = nil
  ) throws -> MotionRecording {
    var playback = Playback()
    playback.fps = fps ?? motion.frameRate
    playback.facing = .keep
    (playback.start, playback.end) = (start, end)
    let shown = try ResampledMotion(
      motion.fitted(to: rest), playback: playback, restPelvis: rest[0])
    return MotionRecording(shown, restJoints: rest, up: up)
  }

  /// Rotations that cross every lock: wild ones, smooth in time.
  static func wild(_ count: Int) -> TestMotion {
    TestMotion(frameCount: count, frameRate: 60) { index, joint in
      var r = SIMD3<Double>.zero
      for axis in 0..<3 {
        let i = 3 * joint + axis
        r[axis] = 1.6 * sin(0.05 * Double(index) + Double(i)) * cos(0.031 * Double(index * (i % 5)))
      }
      return r
    } translation: { index in
      0.01 * Double(index) * SIMD3(-1, 0, 1)
    }
  }

  /// Degrees and metres that two motions differ by at most.
  static func difference(
    _ a: any Motion, _ b: any Motion, turn: RotationMatrix = .identity
  ) throws -> (degrees: Double, metres: Double) {
    var worst = (degrees: 0.0, metres: 0.0)
    let skeleton = RestSkeleton(joints: rest.map { SIMD3<Double>($0) })
    for frame in 0..<a.frameCount {
      let (p, q) = try (a.pose(frame: frame), b.pose(frame: frame))
      for joint in 1..<55 {
        worst.degrees = max(
          worst.degrees,
          degreesBetween(
            RotationMatrix(axisAngle: SIMD3<Double>(p.rotations[joint])),
            RotationMatrix(axisAngle: SIMD3<Double>(q.rotations[joint]))))
      }
      let (x, y) = (PosedJoints(p, skeleton), PosedJoints(q, skeleton))
      worst.degrees = max(worst.degrees, degreesBetween(x.rotations[0], turn * y.rotations[0]))
      for joint in 0..<55 {
        worst.metres = max(worst.metres, (x.positions[joint] - turn * y.positions[joint]).length)
      }
    }
    return worst
  }

  @Test(arguments: [UpAxis.y, .z])
  func archiveBVHArchive(_ up: UpAxis) throws {
    try Self.inFolder { folder in
      let source = Self.wild(300)
      var playback = Playback()
      (playback.fps, playback.facing, playback.up) = (60, .keep, .axis(.y))
      let shown = try ResampledMotion(source, playback: playback, restPelvis: Self.rest[0])
      let first = MotionRecording(shown, restJoints: Self.rest, up: up)
      try first.writeAMASS(to: folder + "a.npz")
      let archive = try MotionFile.load(path: folder + "a.npz")
      #expect(archive.frameCount == 300 && archive.frameRate == 60)
      #expect(archive.summary.upAxis == up)
      var difference = try Self.difference(archive, source, turn: up.turn.transposed)
      #expect(difference.degrees < 1e-3 && difference.metres < 1e-5)

      // To BVH and back to an archive.
      let second = MotionRecording(
        try ResampledMotion(
          archive,
          playback: {
            var playback = playback
            playback.up = .axis(up)
            return playback
          }(), restPelvis: Self.rest[0]), restJoints: Self.rest, up: .y)
      try second.writeBVH(to: folder + "b.bvh")
      let bvh = try MotionFile.load(path: folder + "b.bvh").fitted(to: Self.rest)
      #expect(bvh.frameCount == 300 && bvh.frameRate == 60)
      difference = try Self.difference(bvh, source)
      #expect(difference.degrees < 0.01 && difference.metres < 1e-4)
      playback.up = .axis(.y)
      let third = MotionRecording(
        try ResampledMotion(bvh, playback: playback, restPelvis: Self.rest[0]),
        restJoints: Self.rest, up: up)
      try third.writeAMASS(to: folder + "c.npz")
      difference = try Self.difference(MotionFile.load(path: folder + "c.npz"), archive)
      #expect(difference.degrees < 0.01 && difference.metres < 1e-4)
    }
  }

  /// The file's angles move as the rotations do: no jump between frames, though every lock is crossed.
  @Test func anglesAreContinuous() throws {
    try Self.inFolder { folder in
      let source = TestMotion(frameCount: 400, frameRate: 60) { index, joint in
        var r = SIMD3<Double>.zero
        r[joint % 3] = Double(index) * .pi / 100
        r[(joint + 1) % 3] = 0.2 * Double(joint % 4)
        return r
      }
      var playback = Playback()
      (playback.fps, playback.facing, playback.up) = (60, .keep, .axis(.y))
      let shown = try ResampledMotion(source, playback: playback, restPelvis: Self.rest[0])
      try MotionRecording(shown, restJoints: Self.rest, up: .y).writeBVH(to: folder + "a.bvh")
      let text = try String(contentsOfFile: folder + "a.bvh", encoding: .utf8)
      let rows = text.split(separator: "\n").drop { !$0.hasPrefix("Frame Time") }.dropFirst()
        .map { $0.split(separator: " ").compactMap { Double($0) } }
      #expect(rows.count == 400 && rows.allSatisfy { $0.count == 168 })
      var largest = 0.0
      for (a, b) in zip(rows, rows.dropFirst()) {
        for (x, y) in zip(a.dropFirst(3), b.dropFirst(3)) { largest = max(largest, abs(x - y)) }
      }
      // The rotations turn by 1.8 degrees a frame; near a lock outer angles go faster, never at once.
      #expect(largest < 90)
    }
  }

  /// A BVH file's positions survive becoming an archive.
  @Test func bvhToArchive() throws {
    try Self.inFolder { folder in
      for zero in [SyntheticSkeleton.Zero.aPose, .alongX] {
        let file = try BVHSamples.read(SyntheticSkeleton(zero).text(frames: 20))
        let motion = try BVHMotion(file)
        try Self.recording(motion, up: .z).writeAMASS(to: folder + "\(zero).npz")
        let archive = try MotionFile.load(path: folder + "\(zero).npz")
        #expect(archive.summary.layout == .amassSMPLX && archive.frameRate == 30)
        let fitted = try motion.fitted(to: Self.rest)
        let difference = try Self.difference(archive, fitted, turn: UpAxis.z.turn.transposed)
        #expect(difference.degrees < 0.01 && difference.metres < 1e-4)
      }
    }
  }

  @Test func resampledAndCut() throws {
    try Self.inFolder { folder in
      let source = Self.wild(121)
      let cut = try Self.recording(source, up: .y, fps: 15, start: 0.5, end: 1.5)
      #expect(cut.frameCount == 16)
      try cut.writeBVH(to: folder + "a.bvh")
      try cut.writeAMASS(to: folder + "a.npz")
      for name in ["a.bvh", "a.npz"] {
        let motion = try MotionFile.load(path: folder + name)
        #expect(motion.frameCount == 16 && motion.frameRate == 15)
      }
    }
  }

  @Test func nothingIsOverwritten() throws {
    try Self.inFolder { folder in
      let recording = try Self.recording(Self.wild(3), up: .y)
      for name in ["a.bvh", "a.npz"] {
        let path = folder + name
        try Data("kept".utf8).write(to: URL(fileURLWithPath: path))
        let write = { (overwrite: Bool) in
          if name.hasSuffix("bvh") {
            try recording.writeBVH(to: path, overwrite: overwrite)
          } else {
            try recording.writeAMASS(to: path, overwrite: overwrite)
          }
        }
        #expect(programError { try write(false) }?.code == .cannotCreate)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
        try write(true)
        #expect(try MotionFile.load(path: path).frameCount == 3)
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.bvh", "a.npz"])
    }
  }

  @Test func numbersAreFixed() {
    func text(_ value: Double, _ decimals: Int) -> String {
      var line = BVHLine()
      line.append(value, decimals: decimals)
      return String(decoding: line.bytes, as: UTF8.self)
    }
    #expect(text(0, 3) == "0.000" && text(-0.0004, 3) == "0.000" && text(-12.3456, 2) == "-12.35")
    #expect(text(0.05, 2) == "0.05" && text(7, 0) == "7" && text(1 / 30, 10) == "0.0333333333")
  }
}
