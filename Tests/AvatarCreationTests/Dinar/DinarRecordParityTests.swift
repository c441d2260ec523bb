import Compute
import Foundation
import Media
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// What DINAR's test run writes of the recorded person, from its recorded stages.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarRecordParityTests {
  private func record() throws -> (DinarRecord, golden: String) {
    let file = try Fixtures.files(in: "dinar_e2e", prefix: "person", suffix: ".pkl")[0]
    let stages = try DinarTextureParityTests.Stages()
    let record = DinarRecord(
      sample: stages.sample, texture: try stages.tensor("ntexture"),
      inpainted: try stages.tensor("decoded"), mask: try stages.tensor("final_mask"),
      normalAngles: stages.known.normalAngles, picture: try stages.tensor("fake_rgb"),
      segmentation: try stages.tensor("fake_segm"))
    return (record, file)
  }

  @Test func dictionary() throws {
    let (record, file) = try record()
    let golden = try Pickle.read(path: file)
    let written = try Pickle.read(bytes: Pickle.encode(record.pickle))
    #expect(Set(written.keys) == Set(golden.keys))
    #expect(written["person_id"]?[0]?.string == golden["person_id"]?[0]?.string)
    try compare(written, golden, except: ["person_id", "smplx_param"])
    let fit = try #require(written["smplx_param"])
    let expected = try #require(golden["smplx_param"])
    #expect(fit.keys == expected.keys)
    #expect(fit["gender"]?.string == expected["gender"]?.string)
    try compare(fit, expected, except: ["gender"])
  }

  private func compare(_ one: PickleValue, _ other: PickleValue, except: Set<String>) throws {
    for key in other.keys where !except.contains(key) {
      let a = try #require(try one[key]?.tensor(), "\(key)")
      let b = try #require(try other[key]?.tensor(), "\(key)")
      #expect(a.shape == b.shape && a.scalarType == b.scalarType, "\(key)")
      let (x, y) = try (a.floats(), b.floats())
      let limit: Float =
        switch key {
        case "verts": 1e-4 * (y.map(abs).max() ?? 0)
        case "fake_rgb", "fake_segm": 1
        case "normal_angles": 1.001 / 255
        default: 0
        }
      #expect(try DinarFixture.distance(x, y) <= limit, "\(key)")
    }
  }

  @Test func pictures() throws {
    let (record, _) = try record()
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: root) }
    try record.writePictures(under: root, number: 0)
    let folder = try Fixtures.path("dinar_e2e/log/images/test")
    let kinds = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(Set(kinds) == Set(try record.pictures().map(\.folder)))
    for kind in kinds {
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(kind)")
      for name in names {
        let golden = try PNGFile.read(path: "\(folder)/\(kind)/\(name)")
        let written = try PNGFile.read(path: "\(root)/images/test/\(kind)/\(name)")
        #expect(golden.converted(toChannels: 3) == written, "\(kind)")
      }
    }
    #expect(throws: ProgramError.self) { try record.writePictures(under: root, number: 0) }
  }
}
