import CCrypto
import Compute
import Foundation
import SMPLX

/// Bundled bodies, avatars and motions, and how names on the command line become files.
public struct Assets: Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case avatar = "avatars"
    case motion = "motions"
    case body

    var suffixes: [String] {
      switch self {
      case .avatar: [".safetensors"]
      case .motion: [".npz", ".pkl"]
      case .body: [".npz", ".pkl"]
      }
    }
  }

  /// The folder that holds `body/`, `avatars/` and `motions/`.
  public let root: String

  public init(root: String) { self.root = root }

  /// Finds the folder: `AVATAR_ASSETS`, then `share/avatar` of the prefix the program is installed
  /// in, then `assets` in the folders above the program (a checkout).
  public static func locate() throws -> Assets {
    if let path = ProcessInfo.processInfo.environment["AVATAR_ASSETS"], !path.isEmpty {
      guard isDirectory(path + "/body") else {
        throw ProgramError(
          .noInput, "AVATAR_ASSETS does not name a folder with body/ in it", file: path)
      }
      return Assets(root: path)
    }
    let program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    var folder = (program as NSString).deletingLastPathComponent
    while folder.count > 1 {
      for candidate in ["\(folder)/share/avatar", "\(folder)/assets"]
      where isDirectory(candidate + "/body") {
        return Assets(root: candidate)
      }
      folder = (folder as NSString).deletingLastPathComponent
    }
    throw ProgramError(
      .unavailable, "the bundled bodies, avatars and motions were not found", file: program,
      expected: "a folder assets/ or share/avatar/ beside or above the program",
      hint: "set AVATAR_ASSETS to that folder")
  }

  /// Names of what is bundled (file names without suffix), sorted.
  public func names(_ kind: Kind) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(kind.rawValue)"))
    return (files ?? []).sorted().compactMap { file in
      kind.suffixes.first { file.hasSuffix($0) }.map { String(file.dropLast($0.count)) }
    }
  }

  /// The file of a path or a bundled name. A path that exists wins over a name.
  public func resolve(_ text: String, _ kind: Kind) throws -> String {
    if FileManager.default.fileExists(atPath: text) { return text }
    for suffix in kind.suffixes {
      let candidate = "\(root)/\(kind.rawValue)/\(text)\(suffix)"
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
    }
    let noun = kind == .body ? "body" : String(kind.rawValue.dropLast())
    throw ProgramError(
      .noInput, "there is no such file and no bundled \(noun) of that name", file: text,
      expected: "a path, or one of: \(names(kind).joined(separator: ", "))",
      hint: "avatar list shows everything that ships")
  }

  /// Finds an avatar's body: `override` (a path, a folder of official files, or a bundled name), a
  /// file beside the avatar, or a bundled one. Returns the path and a notice if the file is not the
  /// one the avatar was made for.
  public func body(
    for description: AvatarDescription, avatarPath: String, override: String?
  ) throws -> (path: String, notice: String?) {
    let path: String
    if let override {
      path = try BodyModel.file(
        in: resolve(override, .body), gender: description.body.gender ?? "neutral")
    } else {
      let name = description.body.file
      let folder = (avatarPath as NSString).deletingLastPathComponent
      let candidates = [
        folder.isEmpty ? name : "\(folder)/\(name)", "\(root)/body/\(name)",
      ]
      guard let found = candidates.first(where: FileManager.default.fileExists(atPath:)) else {
        throw ProgramError(
          .noInput, "the avatar's body \(name) was not found", file: avatarPath, key: "body.file",
          expected: candidates.joined(separator: " or "),
          hint: "--body PATH names the body model")
      }
      path = found
    }
    guard let expected = description.body.sha256 else { return (path, nil) }
    let found = try Self.sha256(ofFile: path)
    if found == expected { return (path, nil) }
    if override == nil {
      throw ProgramError(
        .dataError, "the body is not the one the avatar was made for", file: path,
        expected: "SHA-256 \(expected)", found: found,
        hint: "--body \(path) uses it all the same")
    }
    return (path, "\(path) is not the body the avatar was made for; using it as asked")
  }

  static func isDirectory(_ path: String) -> Bool {
    var directory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &directory)
      && directory.boolValue
  }

  /// SHA-256 of a file in hexadecimal.
  public static func sha256(ofFile path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ProgramError(.noInput, "the file cannot be read", file: path)
    }
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    data.withUnsafeBytes { bytes in
      _ = SHA256(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &digest)
    }
    return digest.map { String(format: "%02x", $0) }.joined()
  }
}
