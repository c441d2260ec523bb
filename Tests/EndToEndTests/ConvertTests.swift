import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

/// `avatar convert`, and BVH files wherever a motion is taken.
@Suite struct ConvertTests {
  @Test func archiveToBVHAndBack() throws {
    let scratch = try Scratch()
    let bvh = scratch.path("wave.bvh")
    let made = try Program.run(["convert", "wave", "-o", bvh])
    #expect(made.status == 0 && made.errors.contains("Y up"), "\(made.errors)")
    let head = try String(contentsOfFile: bvh, encoding: .utf8).prefix(400)
    #expect(head.hasPrefix("HIERARCHY\nROOT pelvis\n"))
    let back = scratch.path("back.npz")
    let read = try Program.run(["convert", bvh, "-o", back, "--output-up", "y"])
    #expect(read.status == 0 && read.errors.contains("SMPL-X names"), "\(read.errors)")
    #expect(read.errors.contains("matched to the skeleton of the neutral body"), "\(read.errors)")
    #expect(!made.errors.contains("matched to the skeleton"), "\(made.errors)")
    let (a, b) = try (NPZFile(path: Fixtures.asset("motions/wave.npz")), NPZFile(path: back))
    #expect(try a.tensor("poses").shape == b.tensor("poses").shape)
    let (first, second) = try (a.tensor("poses").floats(), b.tensor("poses").floats())
    // Rotation vectors of small angles: half a hundredth of a degree.
    #expect(zip(first, second).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(try b.tensor("up_axis").strings() == ["y"])
    #expect(try b.tensor("mocap_frame_rate").doubles() == a.tensor("mocap_frame_rate").doubles())
  }

  @Test func partsAndRates() throws {
    let scratch = try Scratch()
    let path = scratch.path("part.npz")
    let result = try Program.run([
      "convert", "wave", "-o", path, "--start", "0.5", "--end", "1.5", "--fps", "10",
    ])
    #expect(result.status == 0, "\(result.errors)")
    let file = try NPZFile(path: path)
    #expect(try file.tensor("poses").shape == [11, 165])
    #expect(try file.tensor("up_axis").strings() == ["z"])
  }

  @Test func nothingIsOverwritten() throws {
    let scratch = try Scratch()
    let path = scratch.path("kept.bvh")
    try Data("kept".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try Program.run(["convert", "wave", "-o", path]).status == 73)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
    #expect(try Program.run(["convert", "wave", "-o", path, "--force", "--quiet"]).status == 0)
    #expect(try Program.run(["convert", "wave", "-o", scratch.path("x.fbx")]).status == 64)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let onto = try Program.run(["convert", path, "-o", path, "--force"])
    #expect(onto.status == 64 && onto.errors.contains("the output is an input"), "\(onto.errors)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(scratch.files == ["kept.bvh"])
  }

  /// Unknown names: refused with the way out, which works.
  @Test func mapsOfJoints() throws {
    let scratch = try Scratch()
    let bvh = scratch.path("wave.bvh")
    #expect(try Program.run(["convert", "wave", "-o", bvh, "--end", "0.2"]).status == 0)
    let text = try String(contentsOfFile: bvh, encoding: .utf8)
    let strange = scratch.path("strange.bvh")
    let renamed = text.replacing("JOINT ", with: "JOINT b")
      .replacing("left_", with: "one").replacing("right_", with: "two")
    try Data(renamed.utf8).write(to: URL(fileURLWithPath: strange))
    let refused = try Program.run(["convert", strange, "-o", scratch.path("a.npz")])
    #expect(refused.status == 65 && refused.errors.contains("--map"), "\(refused.errors)")
    let map = scratch.path("map.json")
    let inspected = try Program.run(["inspect", strange, "--write-map", map])
    #expect(inspected.status == 0 && inspected.output.contains(map), "\(inspected.errors)")
    #expect(try Program.run(["inspect", strange, "--write-map", map]).status == 73)
    #expect(try Program.run(["inspect", strange, "--write-map", map, "--force"]).status == 0)
    let legs = [
      "left_hip": "bonehip", "left_knee": "boneknee", "left_ankle": "boneankle",
      "right_hip": "btwohip", "right_knee": "btwoknee", "right_ankle": "btwoankle",
    ]
    var filled = try String(contentsOfFile: map, encoding: .utf8)
    for (joint, name) in legs {
      #expect(filled.contains("\"\(joint)\": null"))
      filled = filled.replacing("\"\(joint)\": null", with: "\"\(joint)\": \"\(name)\"")
    }
    let other = scratch.path("legs.json")
    try Data(filled.utf8).write(to: URL(fileURLWithPath: other))
    let played = try Program.run([
      "convert", strange, "-o", scratch.path("a.npz"), "--map", other,
    ])
    #expect(played.status == 0 && played.errors.contains("stay at rest"), "\(played.errors)")
    // Where there is nothing to map, a map is a mistake.
    let idle = try Program.run(["convert", "wave", "-o", scratch.path("b.npz"), "--map", other])
    #expect(idle.status == 64 && idle.errors.contains("only BVH files"), "\(idle.errors)")
  }
}
