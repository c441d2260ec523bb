import Compute
import Foundation
import Media

/// The authors' list of a data set, `data_list_train.json` or `data_list_test.json`.
enum PreparedList {
  /// The most entries that are listed: theirs have some ten thousand.
  private static let mostSamples = 1 << 20

  private struct Contents: Decodable {
    /// [count, pattern] of each set.
    let dataList: [Entry]
    /// By set, and by angle.
    let mask: [String: [String: [String]]]
    let partMap: [String: [String: [String]]]
    /// By set.
    let normMap: [String: [String]]
    let interval: Int?

    enum CodingKeys: String, CodingKey {
      case dataList = "data_list"
      case mask, interval
      case partMap = "part_map"
      case normMap = "norm_map"
    }

    struct Entry: Decodable {
      let count: Int
      init(from decoder: any Decoder) throws {
        var row = try decoder.unkeyedContainer()
        count = try row.decode(Int.self)
      }
    }
  }

  /// Every texture of every view in the list's order: set, view (slow), texture (fast).
  ///
  /// - Throws: `dataError` for what is no such list and for one whose parts have different lengths.
  static func samples(of path: String) throws -> [PreparedSample] {
    let contents: Contents
    do {
      contents = try JSONDecoder().decode(
        Contents.self, from: Data(FileBytes.read(path: path)))
    } catch let error as DecodingError {
      throw ProgramError(
        .dataError, "is no list of a data set", file: path,
        expected: "JSON with data_list, part_map, mask and norm_map", found: Self.words(error))
    }
    let interval = min(max(contents.interval ?? 10, 1), 180)
    let base = PathParts(path).folder
    func place(_ name: String) -> String {
      if name.hasPrefix("/") || FileManager.default.fileExists(atPath: name) { return name }
      return base + name
    }
    var samples: [PreparedSample] = []
    for (index, entry) in contents.dataList.enumerated() {
      let set = "\(index)"
      for angle in stride(from: -90, through: 90, by: interval) {
        let textures = contents.partMap[set]?["\(angle)"] ?? []
        let masks = contents.mask[set]?["\(angle)"] ?? []
        let normals = contents.normMap[set] ?? []
        if textures.isEmpty, masks.isEmpty { continue }
        for (key, list) in [("part_map", textures), ("mask", masks), ("norm_map", normals)]
        where entry.count < 0 || list.count < entry.count {
          throw ProgramError(
            .dataError, "the list's parts are not as long as it says", file: path,
            key: "\(key) \(set) \(angle)", expected: "\(entry.count) pictures",
            found: "\(list.count)")
        }
        guard samples.count + entry.count <= mostSamples else {
          throw ProgramError(
            .dataError, "the list is too long", file: path, expected: "at most \(mostSamples)")
        }
        for item in 0..<entry.count {
          samples.append(
            PreparedSample(
              texture: place(textures[item]), mask: place(masks[item]),
              normals: place(normals[item])))
        }
      }
    }
    return samples
  }

  private static func words(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "no \(key.stringValue)"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "another type at \(context.codingPath.map(\.stringValue).joined(separator: "."))"
    case .dataCorrupted: "no JSON"
    @unknown default: "something else"
    }
  }
}
