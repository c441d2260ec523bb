import Compute
import Foundation
import SMPLX
import TensorFiles

/// What is rendered: an avatar, or a body without one, which is shown grey.
public struct Subject: Sendable {
  /// Of the avatar or the body.
  public let path: String
  public let description: AvatarDescription
  public let isBody: Bool
  /// nil for a body.
  let file: AvatarFile?

  init(avatar path: String) throws {
    let file = try AvatarFile(path: path)
    self.path = path
    self.file = file
    description = file.description
    isBody = false
  }

  init(body path: String) {
    self.path = path
    file = nil
    isBody = true
    let url = URL(fileURLWithPath: path)
    description = AvatarDescription(
      name: url.deletingPathExtension().lastPathComponent,
      body: .init(file: url.lastPathComponent, path: path),
      decoder: .init(kind: PlainAppearance.kind),
      textures: [:])
  }
}

extension Assets {
  /// The avatar or body of a path, a folder of official bodies, or a name; files are told apart by
  /// their content.
  ///
  /// - Throws: `noInput` when there is nothing of that name, what `AvatarFile` throws.
  public func subject(_ text: String) throws -> Subject {
    if Self.isRegularFile(text) {
      return Self.holdsBody(text) ? Subject(body: text) : try Subject(avatar: text)
    }
    if let path = bundled(text, .avatar) { return try Subject(avatar: path) }
    if let path = bundled(text, .body) ?? own(Self.fileName(ofBody: text)) {
      return Subject(body: path)
    }
    if Self.isDirectory(text) {
      return Subject(body: try BodyModel.file(in: text, gender: "neutral"))
    }
    // What exists and is no file, such as a pipe.
    if Self.exists(text) { return try Subject(avatar: text) }
    throw missing(text, [.avatar, .body])
  }

  /// Whether a file holds the arrays of a body model, of whatever kind; what is neither a body nor an
  /// avatar is left to the avatar's reader to name.
  private static func holdsBody(_ path: String) -> Bool {
    (try? FileContents(path: path))?.isBody ?? false
  }
}
