import Compute
import Media

/// What is on one side of a comparison.
enum ComparedInput: Equatable {
  case picture(String)
  case folder(String)
  case video(String)

  /// - Throws: for a path that is nothing of these.
  init(_ path: String) throws {
    if InputFile.isFolder(path) {
      self = .folder(path)
      return
    }
    let kind = try FileKind(path: path)
    if ComparedPicture.isReadable(kind) {
      self = .picture(path)
    } else if kind.isVideo {
      self = .video(path)
    } else {
      throw ProgramError(
        .dataError, kind == .empty ? "the file is empty" : "this cannot be compared",
        file: path, expected: "a picture, a folder of pictures or a video",
        found: kind == .empty ? nil : kind.words)
    }
  }

  var words: String {
    switch self {
    case .picture: "a picture"
    case .folder: "a folder"
    case .video: "a video"
    }
  }
}
