// What is made of frames, by the output's name.

import Compute

/// What an output's name asks for.
public enum OutputKind: Sendable, Equatable {
  /// `.mp4` or `.m4v`
  case video
  /// `.png`
  case picture
  /// `.png` with a number (`frame_%04d.png`), or a folder (no extension, or a slash at the end)
  case sequence

  /// Extensions are known in any case of letters.
  ///
  /// - Throws: `usage` for an extension that nothing here writes, and for the names of a sequence that
  ///   are none.
  public init(path: String) throws {
    guard !path.isEmpty else { throw ProgramError(.usage, "the output has an empty name") }
    let parts = PathParts(path)
    let isFolder = ["", ".", ".."].contains(parts.name) || !parts.name.utf8.contains(0x2e)
    switch parts.pathExtension.lowercased() {
    case _ where isFolder:
      self = .sequence
    case ".mp4", ".m4v":
      self = .video
    case ".png":
      self = ImageNames.hasNumber(parts.name) ? .sequence : .picture
    default:
      throw ProgramError(
        .usage, "the output's kind is not known by its name", file: path,
        expected: ".mp4, .png, name_%06d.png or a folder",
        hint: "the name of a folder has no dot, or a slash at its end")
    }
    if self == .sequence { _ = try ImageNames(path: path) }
  }
}
