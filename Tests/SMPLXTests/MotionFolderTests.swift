/// Motions on disk in other containers than archives: folders, JSON, files of one array, compressed ones.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite struct MotionFolderTests {
  /// A value as a pickle on disk, read as a motion. Opaque members are beyond what a pickle is written
  /// with.
  static func written(_ value: PickleValue, _ options: MotionOptions) throws -> any Motion {
    try MotionFile.read(
      MotionInput(.value(value), path: "a.pkl", kind: .pickle), MotionContext(options: options))
  }

  static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// EasyMocap's frames: lists of persons with numbers; names in natural order.
  @Test func easyMocapsJSON() throws {
    try MotionFileTests.withFolder { folder in
      for frame in 0..<12 {
        func person(_ id: Int, _ z: Double) -> String {
          let poses = (0..<69).map { "\(0.01 * Double($0) + 0.001 * Double(frame))" }
          return "{\"id\": \(id), \"Rh\": [[0, 0.1, 0]], \"Th\": [[0, 0, \(z)]], \"poses\": "
            + "[[0.0, 0, 0, \(poses.joined(separator: ", "))]], \"shapes\": [[0]]}"
        }
        try Self.write(
          "[\(person(3, 0)),\n\(person(7, 0.5 * Double(frame)))]", to: folder + "\(frame).json")
      }
      try Self.write("no JSON", to: folder + "readme.txt")
      var options = MotionOptions()
      options.person = "7"
      let motion = try MotionFile.load(path: folder, options: options)
      #expect(motion.summary.layout.label == "EasyMocap" && motion.frameCount == 12)
      #expect(motion.summary.persons == ["3", "7"] && motion.summary.pivot == .origin)
      let pose = try motion.pose(frame: 10)
      #expect(pose.translation.z == 5 && pose.rotations[0].y == 0.1)
      #expect(abs(pose.rotations[3].x - 0.07) < 1e-6)
    }
  }

  @Test func lhmsFolders() throws {
    try MotionFileTests.withFolder { folder in
      let frames = folder + "smplx_params/"
      try FileManager.default.createDirectory(atPath: frames, withIntermediateDirectories: true)
      for frame in [1, 2, 10] {
        let body = (0..<21).map { "[0, 0, \(0.01 * Double($0))]" }.joined(separator: ",")
        let hand = (0..<15).map { _ in "[0.1, 0, 0]" }.joined(separator: ",")
        try Self.write(
          "{\"betas\": [0, 1], \"root_pose\": [3.1, 0, 0], \"body_pose\": [\(body)], \"jaw_pose\": "
            + "[0.2, 0, 0], \"lhand_pose\": [\(hand)], \"rhand_pose\": [\(hand)], "
            + "\"trans\": [0, 0.5, \(frame)], \"focal\": [500, 500], \"princpt\": [1, 2]}",
          to: frames + "\(frame).json")
      }
      let motion = try MotionFile.load(path: folder)
      #expect(motion.summary.layout.label == "LHM (camera)" && motion.frameCount == 3)
      let pose = try motion.pose(frame: 2)
      #expect(pose.translation == SIMD3(0, 0.5, 10) && abs(pose.rotations[22].x - 0.2) < 1e-6)
      #expect(abs(pose.rotations[21].z - 0.2) < 1e-6 && abs(pose.rotations[30].x - 0.1) < 1e-6)
      #expect(try Orientation.upAxis(of: motion).axis == .minusY)
    }
  }

  /// Files of whole motions in a folder are sequences by their names.
  @Test func foldersOfMotions() throws {
    try MotionFileTests.withFolder { folder in
      for (name, frames) in [("walk.npz", 9), ("run.npz", 5)] {
        try NPZ.write(MotionFileTests.arrays(frames: frames), to: folder + name)
      }
      var options = MotionOptions()
      options.sequence = "walk.npz"
      let motion = try MotionFile.load(path: folder, options: options)
      #expect(motion.frameCount == 9 && motion.summary.sequences == ["run.npz", "walk.npz"])
      #expect(try MotionFile.load(path: folder).frameCount == 5)
    }
  }

  @Test func naturalOrder() {
    let names = ["10", "9", "frame2", "frame010", "frame1", "a", "frame10"]
    #expect(
      names.sorted(by: FrameNames.precede) == [
        "9", "10", "a", "frame1", "frame2", "frame010", "frame10",
      ] || names.sorted(by: FrameNames.precede).firstIndex(of: "frame2") == 4)
    #expect(FrameNames.precede("2", "10") && !FrameNames.precede("10", "2"))
    #expect(FrameNames.isPerson("person2") && FrameNames.isPerson("track_0"))
    #expect(!FrameNames.isPerson("p") && !FrameNames.isPerson("params"))
  }

  @Test func foldersWithoutMotions() throws {
    try MotionFileTests.withFolder { folder in
      let error = programError { _ = try MotionFile.load(path: folder) }
      #expect(error?.code == .noInput && error?.what == "the folder holds no motion")
      try Self.write("{", to: folder + "a.json")
      let damaged = programError { _ = try MotionFile.load(path: folder) }
      #expect(damaged?.code == .dataError && damaged?.file == folder + "a.json")
    }
  }
}
