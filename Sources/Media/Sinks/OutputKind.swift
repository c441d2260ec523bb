// What is made of frames, by the output's name.

import Compute

/// What an output's name asks for.
public enum OutputKind: Sendable, Equatable {
  /// An extension of a video's container.
  case video(VideoFormat)
  /// `.png`
  case picture
  /// `.png` with a number (`frame_%04d.png`), or a folder (no extension, or a slash at the end)
  case sequence

  /// Extensions are known in any case of letters.
  ///
  /// - Parameter formats: of videos; the first one whose container has the name's extension.
  /// - Throws: `usage` for an extension that nothing here writes, and for the names of a sequence that
  ///   are none.
  public init(path: String, formats: [VideoFormat] = VideoFormat.all) throws {
    guard !path.isEmpty else { throw ProgramError(.usage, "the output has an empty name") }
    let parts = PathParts(path)
    let isFolder = ["", ".", ".."].contains(parts.name) || !parts.name.utf8.contains(0x2e)
    let fileExtension = parts.pathExtension.lowercased()
    if isFolder {
      self = .sequence
    } else if let format = formats.first(where: { $0.container.isNamed(by: fileExtension) }) {
      self = .video(format)
    } else if fileExtension == ".png" {
      self = ImageNames.hasNumber(parts.name) ? .sequence : .picture
    } else {
      let known = VideoFormat.usualExtensions + [".png", "name_%06d.png"]
      throw ProgramError(
        .usage, "the output's kind is not known by its name", file: path,
        expected: known.joined(separator: ", ") + " or a folder",
        hint: "the name of a folder has no dot, or a slash at its end")
    }
    if self == .sequence { _ = try ImageNames(path: path) }
  }

  /// Of a video; nil for pictures.
  public var videoFormat: VideoFormat? {
    if case .video(let format) = self { format } else { nil }
  }
}
