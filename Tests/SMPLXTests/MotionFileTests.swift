/// Motion files on disk: containers, number types, bundled motions, and files that are no motions.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite struct MotionFileTests {
  /// A folder that is gone after the test.
  static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("motion-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path + "/")
  }

  static func value(_ i: Int) -> Double { Double(i % 1024) / 512 - 1 }

  static func arrays(frames: Int, rate: Double = 60) -> [(String, TensorData)] {
    [
      ("poses", TensorData(shape: [frames, 156], doubles: (0..<frames * 156).map(value))),
      ("trans", TensorData(shape: [frames, 3], floats: (0..<frames * 3).map { Float(value($0)) })),
      ("mocap_framerate", TensorData(shape: [], doubles: [rate])),
    ]
  }

  /// Long enough for several pieces; the name says nothing about the content.
  @Test(arguments: [1, 3, 127, 1000], [true, false])
  func archivesAreStreamed(frames: Int, compressed: Bool) throws {
    try Self.withFolder { folder in
      let path = folder + "walk.txt"
      try NPZ.write(Self.arrays(frames: frames), to: path, compressed: compressed)
      let motion = try MotionFile.load(path: path)
      #expect(motion.frameCount == frames && motion.frameRate == 60)
      for index in Set([0, frames / 2, frames - 1]) {
        let frame = try MotionLayoutTests.frame(motion, index)
        for i in 0..<156 {
          #expect(frame[i < 66 ? i : i + 9] == Float(Self.value(156 * index + i)))
        }
        for i in 0..<3 { #expect(frame[165 + i] == Float(Self.value(3 * index + i))) }
      }
    }
  }

  @Test func numbersOfAnyTypeAreRead() throws {
    try Self.withFolder { folder in
      let path = folder + "a.npz"
      let integers = TensorData(shape: [2, 66], int32s: (0..<132).map { Int32($0 % 3) })
      let rate = TensorData(shape: [1], int64s: [25])
      try NPZ.write([("poses", integers), ("fps", rate)], to: path)
      let motion = try MotionFile.load(path: path)
      #expect(motion.frameRate == 25)
      #expect(
        try MotionLayoutTests.frame(motion, 1)[..<66] == (66..<132).map { Float($0 % 3) }[...])
    }
  }

  /// The bundled motions stand upright as they are, and begin facing the camera.
  @Test(arguments: ["wave", "jumping-jacks"])
  func bundledMotionsAreUpright(name: String) throws {
    let motion = try MotionFile.load(path: Fixtures.asset("motions/\(name).npz"))
    let shown = try ResampledMotion(motion, playback: Playback(), restPelvis: SIMD3(0, -0.35, 0))
    #expect(shown.up == .y && shown.notices.isEmpty)
    var upright = motion.summary
    upright.upAxis = nil
    // The body agrees with what the file says.
    let silent = TestMotion(
      frameCount: motion.frameCount, frameRate: 30, layout: .smplxParameters,
      rotation: { frame, joint in
        (try? motion.pose(frame: frame)).map { SIMD3<Double>($0.rotations[joint]) } ?? .zero
      })
    #expect(try Orientation.upAxis(of: silent) == UpEstimate(axis: .y, isCertain: true))
    var pose = BodyPose()
    try shown.pose(0, into: &pose)
    let forward = RotationMatrix(axisAngle: SIMD3<Double>(pose.rotations[0])) * SIMD3(0, 0, 1)
    #expect(forward.z > 0.8)
  }

  // MARK: Bad files

  static func error(_ bytes: [UInt8]) throws -> ProgramError? {
    try withFolder { folder in
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "x"))
      let error = programError { _ = try MotionFile.load(path: folder + "x") }
      #expect(error?.file == folder + "x")
      return error
    }
  }

  @Test func missingEmptyAndWrongFiles() throws {
    try Self.withFolder { folder in
      let missing = programError { _ = try MotionFile.load(path: folder + "nothing") }
      #expect(missing?.code == .noInput && missing?.file == folder + "nothing")
      let directory = programError { _ = try MotionFile.load(path: folder) }
      #expect(directory?.code == .noInput)
    }
    #expect(try Self.error([])?.what == "the file is empty")
    #expect(try Self.error(Array("HIERARCHY\nROOT Hips\n".utf8))?.what == "the file ends early")
    #expect(try Self.error([0x93] + Array("NUMPY".utf8))?.code == .dataError)
    #expect(try Self.error(Array("once upon a time".utf8))?.code == .dataError)
    #expect(try Self.error([0x50, 0x4B])?.code == .dataError)
  }

  /// A cut archive gives an error wherever it was cut.
  @Test(arguments: [1, 10, 1000, 5000])
  func truncatedArchives(cut: Int) throws {
    try Self.withFolder { folder in
      let path = folder + "a.npz"
      try NPZ.write(Self.arrays(frames: 9), to: path, compressed: false)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      let error = try Self.error(Array(whole.dropLast(cut)))
      #expect(error?.code == .dataError)
    }
  }

  @Test func damagedNumbersNameTheFile() throws {
    try Self.withFolder { folder in
      let path = folder + "a.npz"
      var arrays = Self.arrays(frames: 9)
      arrays[1].1 = TensorData(shape: [8, 3], floats: [Float](repeating: 0, count: 24))
      try NPZ.write(arrays, to: path)
      let error = programError { _ = try MotionFile.load(path: path) }
      #expect(error?.file == path && error?.key == "trans" && error?.expected == "9 frames")
      let rate = programError {
        try NPZ.write(Self.arrays(frames: 9, rate: 0), to: path)
        _ = try MotionFile.load(path: path)
      }
      #expect(rate?.key == "mocap_framerate" && rate?.found == "0.0")
    }
  }
}
