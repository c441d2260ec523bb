import Avatar
import Compute
import Foundation

/// A folder of persons as DINAR reads it: `rgb/NAME.png`, `segm/NAME.png`, `smplx/NAME.pkl`.
///
/// Matches: DINAR's `FromFolder`: a person is a photo; its name ends at the first dot.
/// Differs: sorted by name; JPEG is read too; what is missing is said at once.
public struct DinarFolder: Sendable {
  /// A person's three files.
  public struct Person: Sendable, Equatable {
    public var name: String
    public var photo: String
    public var mask: String
    public var fit: String
  }

  public let path: String
  /// Those whose files are there, sorted.
  public let persons: [Person]
  /// What is missing, a sentence each, by the person's name, sorted.
  public let incomplete: [(name: String, error: ProgramError)]

  private static let pictures = ["png", "jpg", "jpeg", "PNG", "JPG", "JPEG"]

  /// - Throws: `noInput` for what is no such folder.
  public init(path: String) throws {
    self.path = path
    let photos = try Self.files("rgb", in: path, endings: Self.pictures)
    let masks = try Self.files("segm", in: path, endings: Self.pictures)
    let fits = try Self.files("smplx", in: path, endings: ["pkl"])
    var persons: [Person] = []
    var incomplete: [(name: String, error: ProgramError)] = []
    for name in Set(photos.keys).union(masks.keys).union(fits.keys).sorted() {
      if let photo = photos[name], let mask = masks[name], let fit = fits[name] {
        persons.append(Person(name: name, photo: photo, mask: mask, fit: fit))
        continue
      }
      let missing = [
        photos[name] == nil ? "rgb/\(name).png" : nil,
        masks[name] == nil ? "segm/\(name).png" : nil,
        fits[name] == nil ? "smplx/\(name).pkl" : nil,
      ].compactMap { $0 }
      let found = [photos[name], masks[name], fits[name]].compactMap { $0 }
      incomplete.append(
        (
          name,
          ProgramError(
            .noInput, "a person's file is missing", file: path, key: name,
            expected: missing.joined(separator: " and "), found: found.joined(separator: " and "))
        ))
    }
    (self.persons, self.incomplete) = (persons, incomplete)
  }

  private static let parts = ["rgb", "segm", "smplx"]

  /// Whether a folder is laid out like this.
  public static func matches(_ path: String) -> Bool {
    parts.allSatisfy { isFolder("\(path)/\($0)") }
  }

  /// Whether a folder is meant to be laid out like this: some of it is there.
  public static func resembles(_ path: String) -> Bool {
    parts.contains { isFolder("\(path)/\($0)") }
  }

  /// - Throws: `noInput` for a folder without any person, complete or not.
  public func requirePersons() throws {
    guard persons.isEmpty, incomplete.isEmpty else { return }
    throw ProgramError(
      .noInput, "there is no person in the folder", file: path,
      expected: "rgb/NAME.png, segm/NAME.png and smplx/NAME.pkl")
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Files by what their names are up to the first dot.
  private static func files(
    _ folder: String, in root: String, endings: [String]
  ) throws -> [String: String] {
    let path = "\(root)/\(folder)"
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw ProgramError(
        .noInput, "this is no folder of DINAR's persons", file: root,
        expected: "folders rgb, segm and smplx", found: "no \(folder)")
    }
    var files: [String: String] = [:]
    for name in names.sorted() {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard parts.count > 1, let first = parts.first, !first.isEmpty, let last = parts.last,
        endings.contains(last)
      else { continue }
      // DINAR reads NAME.png; of several files that one counts.
      if files[first] == nil || name == "\(first).\(endings[0])" {
        files[first] = "\(path)/\(name)"
      }
    }
    return files
  }
}
