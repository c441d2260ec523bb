// JPEG pictures, read through libjpeg.

import CMedia
import Compute

/// Reads baseline and progressive JPEG, grey or colour, 8 bits.
///
/// The EXIF orientation is applied, so the picture is as the photographer held the camera. The four inks
/// of print (CMYK, YCCK, inverted by Adobe's programs or not) become RGB by multiplying, profiles being
/// ignored. Damaged data is an error, not grey blocks.
public enum JPEGFile {
  static let signature: [UInt8] = [0xff, 0xd8, 0xff]

  /// The picture in the file `path`.
  public static func read(path: String) throws -> Picture {
    try FileBytes.decode(path: path, read(bytes:))
  }

  /// The picture in the bytes of a JPEG file.
  public static func read(bytes: [UInt8]) throws -> Picture {
    guard bytes.starts(with: signature) else {
      throw ProgramError(
        .dataError, "is not a JPEG picture",
        found: FileKind(head: bytes.prefix(FileKind.headLength)).words)
    }
    return try bytes.withUnsafeBytes { data in
      guard let base = data.baseAddress else {
        throw ProgramError(.dataError, "is not a JPEG picture")
      }
      var header = cmedia_picture_header()
      try checked("the JPEG picture cannot be read") {
        cmedia_jpeg_read_header(base, data.count, &header, $0)
      }
      try checkSize(header, fileBytes: data.count, "the JPEG picture cannot be read")
      let picture = try decodePicture(header, "the JPEG picture cannot be read") {
        cmedia_jpeg_read_pixels(base, data.count, &header, $0, $1, $2)
      }
      return picture.upright(orientation: EXIF(file: bytes).orientation)
    }
  }
}
