// Pictures of kinds that libav decodes, for those who take any picture.

import Compute

/// Reads GIF, WebP, BMP and TIFF through libavcodec: 8-bit RGB, turned as EXIF says, without alpha.
public enum StillFile {
  /// What is read here.
  public static let kinds: [FileKind] = [.gif, .webp, .bmp, .tiff]

  /// Endings of the names of pictures in a folder, PNG and JPEG among them.
  public static let endings = [
    ".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff",
  ]

  /// The first picture of a file, what is written beside it, and whether others follow it.
  ///
  /// - Throws: `dataError` for a picture that libavcodec cannot decode: animated WebP and JPEG
  ///   in TIFF among them.
  public static func read(path: String) throws -> (
    picture: Picture, exif: EXIF, isAnimated: Bool
  ) {
    let kind = try FileKind(path: path)
    let what = "\(kind.words) that cannot be read"
    let exif = try FileBytes.decode(path: path) { bytes in
      let exif = EXIF(file: bytes)
      if let found = misread(bytes, kind, exif) {
        throw ProgramError(
          .dataError, what, found: found, hint: "save one picture of it as PNG or JPEG")
      }
      return exif
    }
    do {
      let reader = try VideoReader(path: path)
      guard let first = try reader.nextFrame() else {
        throw ProgramError(.dataError, what, file: path)
      }
      // Damage further on does not harm the first picture.
      let next = kind == .gif ? try? reader.nextFrame() : nil
      return (first.upright(orientation: exif.orientation), exif, next != nil)
    } catch var error as ProgramError where error.code == .dataError {
      error.what = what
      error.hint = "save it as PNG or JPEG"
      throw error
    }
  }

  /// What libavcodec gives nothing of, or another picture without a word: animated WebP (a flag of the
  /// extended header), and JPEG in TIFF.
  private static func misread(_ bytes: [UInt8], _ kind: FileKind, _ exif: EXIF) -> String? {
    if kind == .webp, bytes.count > 20, bytes[12..<16].elementsEqual("VP8X".utf8),
      bytes[20] & 2 != 0
    {
      return "an animation"
    }
    return kind == .tiff && exif.compression.map { 6...7 ~= $0 } ?? false ? "JPEG inside" : nil
  }
}
