// A picture of either kind, known by its first bytes and not by its name.

import Compute

public enum PictureFile {
  /// The PNG or JPEG picture in the file `path`.
  public static func read(path: String) throws -> Picture {
    let kind = try FileKind(path: path)
    guard kind.isPicture || kind == .empty else {
      throw ProgramError(
        .dataError, "is neither a PNG nor a JPEG picture", file: path,
        expected: "a PNG or JPEG picture", found: kind.words, hint: "convert the picture to PNG")
    }
    return try FileBytes.decode(path: path, read(bytes:))
  }

  /// The picture in the bytes of a PNG or JPEG file.
  public static func read(bytes: [UInt8]) throws -> Picture {
    let kind = FileKind(head: bytes.prefix(FileKind.headLength))
    switch kind {
    case .png: return try PNGFile.read(bytes: bytes)
    case .jpeg: return try JPEGFile.read(bytes: bytes)
    default:
      throw ProgramError(
        .dataError, bytes.isEmpty ? "the file is empty" : "is neither a PNG nor a JPEG picture",
        expected: "a PNG or JPEG picture", found: bytes.isEmpty ? nil : kind.words,
        hint: "convert the picture to PNG")
    }
  }
}
