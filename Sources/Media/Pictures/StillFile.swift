// Pictures of kinds that libav decodes, for those who take any picture.

import Compute

/// Reads GIF, WebP, BMP and TIFF through libavcodec: 8-bit RGB, turned as EXIF says, without alpha.
public enum StillFile {
  /// What is read here.
  public static let kinds: [FileKind] = [.gif, .webp, .bmp, .tiff]

  /// The first picture of a file, what is written beside it, and whether others follow it.
  ///
  /// - Throws: `dataError` for a picture that libavcodec cannot decode, animated WebP among them.
  public static func read(path: String) throws -> (
    picture: Picture, exif: EXIF, isAnimated: Bool
  ) {
    let kind = try FileKind(path: path)
    let what = "\(kind.words) that cannot be read"
    do {
      let reader = try VideoReader(path: path)
      guard let first = try reader.nextFrame() else {
        throw ProgramError(.dataError, what, file: path)
      }
      // Damage further on does not harm the first picture.
      let next = kind == .gif ? try? reader.nextFrame() : nil
      let exif = try FileBytes.decode(path: path) { EXIF(file: $0) }
      return (first.upright(orientation: exif.orientation), exif, next != nil)
    } catch var error as ProgramError where error.code == .dataError {
      error.what = what
      error.hint = "save it as PNG or JPEG"
      throw error
    }
  }
}
