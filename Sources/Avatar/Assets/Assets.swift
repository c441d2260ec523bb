import Compute
import Foundation
import SMPLX

/// Bundled bodies, avatars, motions and photos, and how names on the command line become files.
public struct Assets: Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case avatar = "avatars"
    case motion = "motions"
    case body
    case photo = "photos"

    var suffixes: [String] {
      switch self {
      case .avatar: [".safetensors"]
      case .motion: [".npz", ".pkl", ".bvh"]
      case .body: [".npz", ".pkl"]
      case .photo: [".jpg", ".png"]
      }
    }
  }

  private let located: Result<String, ProgramError>
  /// Folders of the user's own body models, in the order in which they are searched.
  public let bodyFolders: [String]

  /// - Parameters:
  ///   - root: the folder that holds `body/`, `avatars/` and `motions/`.
  ///   - bodyFolders: see `bodyFolders`.
  public init(root: String, bodyFolders: [String] = []) {
    self.init(located: .success(root), bodyFolders: bodyFolders)
  }

  private init(located: Result<String, ProgramError>, bodyFolders: [String]) {
    self.located = located
    self.bodyFolders = bodyFolders
  }

  /// The folder that holds `body/`, `avatars/` and `motions/`.
  ///
  /// - Throws: `unavailable` when none was found, which matters only to those who need a bundled
  ///   thing.
  public var root: String { get throws { try located.get() } }

  /// Where a body's landmark offsets are looked for; the last folder is the user's own, for those that were
  /// measured.
  package var offsetFolders: [String] {
    let environment = ProcessInfo.processInfo.environment
    let cache =
      environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? NSHomeDirectory() + "/.cache"
    return ((try? root).map { ["\($0)/offsets"] } ?? []) + ["\(cache)/avatar/offsets"]
  }

  /// Finds the folder: `AVATAR_ASSETS`, then `share/avatar` of the prefix the program is installed
  /// in, then `assets` in the folders above the program (a checkout). The user's bodies are in the
  /// folders of `AVATAR_BODIES`, with colons between them.
  public static func locate() -> Assets {
    let environment = ProcessInfo.processInfo.environment
    let folders = (environment["AVATAR_BODIES"] ?? "").split(separator: ":").map(String.init)
    return Assets(
      located: Result(catching: { () throws(ProgramError) in try findRoot(environment) }),
      bodyFolders: folders)
  }

  private static func findRoot(_ environment: [String: String]) throws(ProgramError) -> String {
    if let path = environment["AVATAR_ASSETS"], !path.isEmpty {
      guard isDirectory(path + "/body") else {
        throw ProgramError(
          .noInput, "AVATAR_ASSETS does not name a folder with body/ in it", file: path)
      }
      return path
    }
    // The link is resolved by the system: links to the program lead to where it is installed.
    let program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    var folder = PathParts(program).folder
    while folder.utf8.count > 1 {
      for candidate in ["\(folder)share/avatar", "\(folder)assets"]
      where isDirectory(candidate + "/body") {
        return candidate
      }
      folder = PathParts(String(folder.dropLast())).folder
    }
    throw ProgramError(
      .unavailable, "the bundled bodies, avatars and motions were not found", file: program,
      expected: "a folder assets/ or share/avatar/ beside or above the program",
      hint: "set AVATAR_ASSETS to that folder")
  }

  /// Names of what is bundled (file names without suffix), sorted; none when nothing is.
  public func names(_ kind: Kind) -> [String] {
    guard let root = try? root else { return [] }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(kind.rawValue)"))
    return (files ?? []).sorted().compactMap { file in
      kind.suffixes.first { file.hasSuffix($0) }.map { String(file.dropLast($0.count)) }
    }
  }

  /// The file of a path or a bundled name. A file that exists wins over a name, a name over a folder.
  /// Bodies are also found by their gender and, after the bundled ones, in `bodyFolders`.
  public func resolve(_ text: String, _ kind: Kind) throws -> String {
    if Self.exists(text), !Self.isDirectory(text) { return text }
    if let path = bundled(text, kind) { return path }
    if kind == .body, let path = own(Self.fileName(ofBody: text)) { return path }
    if Self.exists(text) { return text }
    throw missing(text, [kind])
  }

  /// The file of a bundled name, or of a gender among the bodies.
  func bundled(_ text: String, _ kind: Kind) -> String? {
    guard let root = try? root, !text.contains("/") else { return nil }
    let name = kind == .body ? Self.fileName(ofBody: text) : text
    return kind.suffixes.map { "\(root)/\(kind.rawValue)/\(name)\($0)" }.first(where: Self.exists)
  }

  func missing(_ text: String, _ kinds: [Kind]) -> ProgramError {
    let nouns = kinds.map { $0 == .body ? "body" : String($0.rawValue.dropLast()) }
    var error = ProgramError(
      .noInput,
      "there is no such file and no bundled \(nouns.joined(separator: " or ")) of that name",
      file: text)
    do {
      _ = try root
      error.expected =
        "a path, or one of: \(kinds.flatMap(names).joined(separator: ", "))"
        + (kinds.contains(.body) ? ", neutral, male, female" : "")
      error.hint = "avatar list shows everything that ships"
    } catch {
      return ProgramError(
        .noInput, "there is no such file, and what ships was not found", file: text,
        expected: "a path",
        hint: "set AVATAR_ASSETS to the folder that holds body/, avatars/ and motions/")
    }
    return error
  }

  static func isDirectory(_ path: String) -> Bool {
    var directory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &directory)
      && directory.boolValue
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether the path, links followed, is a file that can be read from its beginning to an end.
  static func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// SHA-256 of a file in hexadecimal.
  public static func sha256(ofFile path: String) throws -> String {
    let digest = try SHA256Digest()
    try digest.add(contentOf: path)
    return try digest.hexadecimal()
  }
}
