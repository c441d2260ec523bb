import Compute
import Foundation

/// A recorded case of Sample&Refine's networks, as the manifest of its golden data has it.
public struct SampleRefineCase: Sendable, CustomStringConvertible {
  public let name: String
  public let size: Int
  /// Names of runs below `checkpoints`.
  public let sampler: String
  public let refiner: String?
  /// The original's options, `--num_blocks 2 --use_gate ...`.
  public let arguments: [String]
  /// What the refiner reads besides the texture.
  public let concat: String
  /// Every which row and column of full-size tensors was recorded.
  public let step: Int
  public let epoch: String
  /// Pictures that went in: texture, mask, normals; relative to the golden data or to what holds `data`.
  public let texture: String
  public let mask: String
  public let normals: String

  public var description: String { name }

  /// The value behind an option; nil without it.
  public func option(_ name: String) -> String? {
    guard let index = arguments.firstIndex(of: "--" + name), index + 1 < arguments.count else {
      return nil
    }
    return arguments[index + 1]
  }

  public func has(_ flag: String) -> Bool { arguments.contains("--" + flag) }

  /// All of the manifest, by name; none where there is no golden data.
  public static let all: [SampleRefineCase] = (try? read()) ?? []

  public static func read() throws -> [SampleRefineCase] {
    struct Entry: Decodable {
      let data_size: Int
      let sampler: String
      let refiner: String?
      let refiner_args: String
      let concat: String
      let which_epoch: String
      let saved_subsample: Int
      let input: String
      let mask: String
      let norm: String
    }
    struct Manifest: Decodable { let cases: [String: Entry] }
    let file = URL(fileURLWithPath: try Fixtures.path("sample_refine/manifest.json"))
    let manifest = try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: file))
    return manifest.cases.sorted { $0.key < $1.key }.map { name, entry in
      SampleRefineCase(
        name: name, size: entry.data_size, sampler: entry.sampler, refiner: entry.refiner,
        arguments: entry.refiner_args.split(separator: " ").map(String.init),
        concat: entry.concat, step: entry.saved_subsample, epoch: entry.which_epoch,
        texture: entry.input, mask: entry.mask, normals: entry.norm)
    }
  }

  /// The path of a picture that the manifest names.
  public static func picture(_ name: String) throws -> String {
    name.hasPrefix("data/")
      ? try Fixtures.data(String(name.dropFirst("data/".count)))
      : try Fixtures.path("sample_refine/\(name)")
  }

  /// The path of a run's only file.
  public static func weights(_ run: String) throws -> String {
    let folder = "sample_refine/checkpoints/\(run)/netG"
    return try Fixtures.files(in: folder, prefix: "G_", suffix: ".pth")[0]
  }
}
