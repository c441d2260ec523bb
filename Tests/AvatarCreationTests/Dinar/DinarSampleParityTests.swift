import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// DINAR's dataset, against what its own class recorded of each person.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarSampleParityTests {
  @Test func maps() throws {
    let fixture = try DinarFixture()
    #expect(fixture.bodies.notices.isEmpty)
    let maps = fixture.bodies.maps
    #expect(try maps.islands == fixture.golden.tensor("binary_uv_map").floats())
    #expect(try maps.eyesAndHands == fixture.golden.tensor("additive_uv_map").floats())
  }

  @Test func persons() throws {
    let fixture = try DinarFixture()
    #expect(fixture.folder.incomplete.isEmpty)
    let names = Set(
      fixture.golden.names.compactMap { name in
        name.hasSuffix(".verts") ? String(name.dropLast(6)) : nil
      })
    #expect(Set(fixture.folder.persons.map(\.name)) == names)
    for name in names.sorted() { try compare(name, fixture) }
  }

  private func compare(_ name: String, _ fixture: DinarFixture) throws {
    let golden = fixture.golden
    func ints(_ key: String) throws -> [Int] { try golden.tensor("\(name).\(key)").ints() }
    func floats(_ key: String) throws -> [Float] { try golden.tensor("\(name).\(key)").floats() }
    let sample = try fixture.sample(name)
    let cut = sample.cut
    #expect(try [cut.height, cut.width] == ints("frame_hw"), "\(name)")
    for (key, box) in [
      ("ltrb_verts", cut.vertices), ("ltrb_segm", cut.mask), ("ltrb", cut.box),
    ] {
      #expect(try [box.left, box.top, box.right, box.bottom] == ints(key), "\(name) \(key)")
    }
    #expect(try sample.calibration == floats("calibration_matrix"), "\(name)")
    #expect(try pixels(sample.vertices, floats("verts")) < 1e-4 * Float(sample.side), "\(name)")
    #expect(
      try sample.mask.elements.map { UInt8($0) } == golden.tensor("\(name).real_segm").bytes())
    #expect(try sample.cropMask == golden.tensor("\(name).crop_mask").bytes(), "\(name)")
    for (key, picture) in [("input_rgb_u8", sample.inputRGB), ("real_rgb_u8", sample.realRGB)]
    where golden.contains("\(name).\(key)") {
      let bytes = try golden.tensor("\(name).\(key)").bytes()
      let values = bytes.map { Float(Double($0) / 255) * 2 - 1 }
      #expect(picture.elements == values, "\(name) \(key)")
    }
    // The skeleton, before the crop.
    let posed = try PosedDinarFit(sample.fit, on: sample.body.model, pool: fixture.pool)
    let camera = DinarCamera(width: cut.width, height: cut.height)
    #expect(try camera.matrix.map { Float($0) } == floats("K_full"), "\(name)")
    let joints = try posed.joints.flatMap { joint in
      let point = try camera.project(joint)
      return [Float(point.x), Float(point.y), Float(point.z)]
    }
    #expect(try pixels(joints, floats("joints_full")) < 1e-4 * Float(sample.side), "\(name)")
  }

  /// The largest distance of two lists of homogeneous points, pixels.
  private func pixels(_ one: [Float], _ other: [Float]) throws -> Float {
    func flat(_ points: [Float]) -> [Float] {
      points.indices.map { $0 % 3 == 2 ? 0 : points[$0] / points[$0 / 3 * 3 + 2] }
    }
    return try DinarFixture.distance(flat(one), flat(other))
  }
}
