import AvatarCreation
import Compute
import Foundation
import TestSupport

/// The golden data of Sample&Refine: its cases, as the manifest names them.
enum SampleRefineFixture {
  struct Case: Decodable, CustomStringConvertible, Sendable {
    let dataSize: Int
    let sampler: String
    let refiner: String?
    let refinerArgs: String
    let concat: String
    let whichEpoch: String
    let input: String
    let mask: String
    let norm: String
    let outputs: [String]
    var name = ""
    var description: String { name }

    enum CodingKeys: String, CodingKey {
      case sampler, refiner, concat, input, mask, norm, outputs
      case dataSize = "data_size"
      case refinerArgs = "refiner_args"
      case whichEpoch = "which_epoch"
    }

    /// The case's pictures; those of recordings lie beside the golden data.
    func sample() throws -> PreparedSample {
      try PreparedSample(
        texture: SampleRefineFixture.input(input), mask: SampleRefineFixture.input(mask),
        normals: SampleRefineFixture.input(norm))
    }
  }

  private struct Manifest: Decodable { let cases: [String: Case] }

  static func cases() throws -> [Case] {
    let bytes = try Data(
      contentsOf: URL(fileURLWithPath: Fixtures.path("sample_refine/manifest.json")))
    return try JSONDecoder().decode(Manifest.self, from: bytes).cases.map { name, value in
      var value = value
      value.name = name
      return value
    }.sorted { $0.name < $1.name }
  }

  /// A path of the manifest: in the fixture's folder, or in the folder of recordings.
  static func input(_ path: String) throws -> String {
    path.hasPrefix("data/")
      ? try Fixtures.data(String(path.dropFirst(5))) : try Fixtures.path("sample_refine/\(path)")
  }
}
