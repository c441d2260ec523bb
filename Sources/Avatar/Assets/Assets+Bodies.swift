import Compute
import Foundation
import SMPLX

/// How avatars and users find body models.
extension Assets {
  /// The entry of errors about an avatar's body, so that a caller can say how to name another.
  public static let bodyKey = "body.file"

  /// "male" as well as SMPLX_MALE; other names as they are.
  static func fileName(ofBody text: String) -> String {
    let lower = text.lowercased()
    if ["neutral", "male", "female"].contains(lower) { return "SMPLX_" + lower.uppercased() }
    return lower.hasPrefix("smplx_") ? text.uppercased() : text
  }

  /// Body models in a folder: in it, in its `smplx` and in its `models/smplx`, sorted.
  public static func bodyFiles(in folder: String) -> [String] {
    ["", "/smplx", "/models/smplx"].flatMap { place in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + place)) ?? []
      return names.sorted().filter { $0.hasSuffix(".npz") || $0.hasSuffix(".pkl") }
        .map { "\(folder)\(place)/\($0)" }.filter(isRegularFile)
    }
  }

  /// A body in the user's own folders by its file name, with or without suffix.
  func own(_ name: String) -> String? {
    guard !name.contains("/") else { return nil }
    for folder in bodyFolders {
      let files = Self.bodyFiles(in: folder)
      for wanted in [name, name + ".npz", name + ".pkl"] {
        if let file = files.first(where: { $0.hasSuffix("/" + wanted) }) { return file }
      }
    }
    return nil
  }

  /// What an avatar keeps of its body: name, checksum and, unless it ships, where it is.
  package func reference(toBody path: String, gender: String?) throws -> AvatarDescription.Body {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    let folder = (try? root).map { URL(fileURLWithPath: $0 + "/body").standardizedFileURL.path }
    let ships = url.deletingLastPathComponent().path == folder
    return .init(
      file: url.lastPathComponent, path: ships ? nil : url.path,
      sha256: try Self.sha256(ofFile: path), gender: gender)
  }

  /// Finds an avatar's body: `override` (a path, a folder of official files, or a name), else a file
  /// beside the avatar, where it was when the avatar was made, in the user's folders by name and then
  /// by checksum, or a bundled one; the first whose checksum is the avatar's. Returns the path and a
  /// notice if an override is not the body the avatar was made for.
  public func body(
    for description: AvatarDescription, avatarPath: String, override: String?
  ) throws -> (path: String, notice: String?) {
    let expected = description.body.sha256?.lowercased()
    if let override {
      let path = try BodyModel.file(
        in: resolve(override, .body), gender: description.body.gender ?? "neutral")
      guard let expected, try Self.sha256(ofFile: path) != expected else { return (path, nil) }
      return (path, "\(path) is not the body the avatar was made for; using it as asked")
    }
    let places = try places(of: description.body, avatarPath: avatarPath)
    var other: (path: String, sha256: String)?
    for path in places where Self.isRegularFile(path) {
      guard let expected else { return (path, nil) }
      let found = try Self.sha256(ofFile: path)
      if found == expected { return (path, nil) }
      other = other ?? (path, found)
    }
    if let expected {
      for path in bodyFolders.flatMap(Self.bodyFiles) where !places.contains(path) {
        if try Self.sha256(ofFile: path) == expected { return (path, nil) }
      }
    }
    if let other, let expected {
      throw ProgramError(
        .dataError, "the body is not the one the avatar was made for", file: other.path,
        key: Self.bodyKey, expected: "SHA-256 \(expected)", found: other.sha256)
    }
    throw ProgramError(
      .noInput, "the avatar's body \(description.body.file) was not found", file: avatarPath,
      key: Self.bodyKey,
      expected: "it at one of: "
        + (places + bodyFolders.map { "any name in \($0)" }).joined(separator: ", "))
  }

  /// Where a body is looked for by its name, in order.
  private func places(
    of body: AvatarDescription.Body, avatarPath: String
  ) throws -> [String] {
    // A name leads to no other folder, whoever wrote the file.
    guard !body.file.isEmpty, !body.file.contains("/"), !body.file.contains("\0") else {
      throw ProgramError(
        .dataError, "the body's name is no file name", file: avatarPath, key: Self.bodyKey,
        expected: "a name without folders, such as SMPLX_NEUTRAL.npz", found: body.file)
    }
    var places = [PathParts(avatarPath).folder + body.file]
    if let path = body.path, path.hasPrefix("/"), !path.contains("\0") { places.append(path) }
    for folder in bodyFolders {
      let files = Self.bodyFiles(in: folder).filter { $0.hasSuffix("/" + body.file) }
      places += files.isEmpty ? ["\(folder)/\(body.file)"] : files
    }
    if let root = try? root { places.append("\(root)/body/\(body.file)") }
    return places
  }

  /// A path as one word of a shell.
  public static func shellWord(_ text: String) -> String {
    let plain = text.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+=:,@%".contains($0))
    }
    return plain && !text.isEmpty
      ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
