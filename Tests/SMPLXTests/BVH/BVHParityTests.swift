/// Every recorded BVH file against positions and rotations of an independent reader.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct BVHParityTests {
  /// Names of the golden files without ending; empty when the folder is missing, which
  /// `thereAreFiles` says.
  static let names: [String] = {
    let files = (try? Fixtures.files(in: "bvh", prefix: "", suffix: ".npz")) ?? []
    return files.map { (($0 as NSString).lastPathComponent as NSString).deletingPathExtension }
  }()

  @Test func thereAreFiles() { #expect(!Self.names.isEmpty) }

  @Test(arguments: names)
  func positionsAndRotations(_ name: String) throws {
    let golden = try NPZFile(path: Fixtures.path("bvh/\(name).npz"))
    let file = try BVHFile(path: Fixtures.data("motion/\(name).bvh"))
    let joints = file.skeleton.joints
    #expect(try joints.map(\.name) == golden.tensor("joint_names").strings())
    #expect(try joints.map(\.parent) == golden.tensor("parents").ints())
    #expect(try file.frameTime == golden.tensor("frame_time").doubles().first)
    #expect(try file.frameCount == golden.tensor("frame_count").ints().first)
    let frames = try golden.tensor("frames").ints()
    let positions = try golden.tensor("positions").doubles()
    let rotations = try golden.tensor("rotations").doubles()
    #expect(positions.count == frames.count * joints.count * 3 && !frames.isEmpty)
    var worst = (position: 0.0, rotation: 0.0)
    for (index, frame) in frames.enumerated() {
      let pose = try file.pose(frame: frame)
      for joint in joints.indices {
        let at = index * joints.count + joint
        let rows = [
          pose.rotations[joint].row0, pose.rotations[joint].row1, pose.rotations[joint].row2,
        ]
        for axis in 0..<3 {
          worst.position = max(
            worst.position, abs(pose.positions[joint][axis] - positions[3 * at + axis]))
          for column in 0..<3 {
            worst.rotation = max(
              worst.rotation, abs(rows[axis][column] - rotations[9 * at + 3 * axis + column]))
          }
        }
      }
    }
    #expect(worst.position < 1e-3)
    #expect(worst.rotation < 1e-5)
  }
}
