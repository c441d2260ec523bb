import Compute
import Foundation
import Media

/// Which pictures of two folders belong together.
struct FolderPairing {
  /// Paths, in natural order of their names.
  private(set) var pairs: [(name: String, a: String, b: String)] = []
  /// Pictures of the first folder without a partner, and of the second.
  private(set) var missing: (inSecond: [String], inFirst: [String]) = ([], [])
  /// Whether no name is alike and the order decided.
  private(set) var isByOrder = false

  /// Pairs by name, whatever the ending where that leaves no doubt; by natural order if no name is alike and
  /// there are as many pictures in both.
  ///
  /// - Throws: `noInput` for a folder without pictures.
  init(_ first: String, _ second: String) throws {
    let (a, b) = (try Self.pictures(in: first), try Self.pictures(in: second))
    // Endings count only where a folder has one name with two of them.
    let isPlain = [a, b].allSatisfy { Set($0.map { PathParts($0).stem }).count == $0.count }
    func byKey(_ names: [String]) -> [String: String] {
      let keys = isPlain ? names.map { PathParts($0).stem } : names
      return Dictionary(zip(keys, names)) { one, _ in one }
    }
    let (ones, others) = (byKey(a), byKey(b))
    let common = Set(ones.keys).intersection(others.keys)
    let (left, right) = (Self.folder(first), Self.folder(second))
    if common.isEmpty, a.count == b.count {
      isByOrder = true
      pairs = zip(a, b).map { ($0, left + $0, right + $1) }
      return
    }
    pairs = common.sorted(by: NaturalOrder.precedes).compactMap { key in
      guard let one = ones[key], let other = others[key] else { return nil }
      return (one, left + one, right + other)
    }
    func partnerless(_ names: [String: String]) -> [String] {
      names.filter { !common.contains($0.key) }.values.sorted(by: NaturalOrder.precedes)
    }
    missing = (partnerless(ones), partnerless(others))
  }

  /// Names of the pictures in a folder in natural order.
  static func pictures(in folder: String) throws -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw ProgramError(.noInput, "the folder cannot be read", file: folder)
    }
    let path = Self.folder(folder)
    let pictures = names.filter { name in
      !name.hasPrefix(".")
        && StillFile.endings.contains { name.lowercased().hasSuffix($0) }
        && !InputFile.isFolder(path + name)
    }
    guard !pictures.isEmpty else {
      throw ProgramError(
        .noInput, "there is no picture in the folder", file: folder,
        expected: StillFile.endings.joined(separator: ", "),
        found: names.isEmpty ? "nothing" : "\(names.count) other entries")
    }
    return pictures.sorted(by: NaturalOrder.precedes)
  }

  static func folder(_ path: String) -> String { path.hasSuffix("/") ? path : path + "/" }
}
