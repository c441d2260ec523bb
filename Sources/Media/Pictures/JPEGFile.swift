// JPEG pictures, read through libjpeg.

import CMedia
import Compute

/// Reads baseline and progressive JPEG, grey or colour, 8 bits.
///
/// The EXIF orientation is applied, so the picture is as the photographer held the camera. CMYK is
/// refused; damaged data is an error, not grey blocks.
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
      do {
        try checked("the JPEG picture cannot be read") {
          cmedia_jpeg_read_header(base, data.count, &header, $0)
        }
      } catch var error as ProgramError {
        if error.found == "CMYK colours" {
          error.expected = "grey or RGB"
          error.hint = "save the picture as RGB first"
        }
        throw error
      }
      try checkSize(header, fileBytes: data.count, "the JPEG picture cannot be read")
      let picture = try decodePicture(header, "the JPEG picture cannot be read") {
        cmedia_jpeg_read_pixels(base, data.count, &header, $0, $1, $2)
      }
      return picture.upright(orientation: Int(header.orientation))
    }
  }
}

extension Picture {
  /// The picture turned and mirrored as EXIF orientation 1 ... 8 says it is to be shown.
  func upright(orientation: Int) -> Picture {
    guard 2...8 ~= orientation, case .bytes(let source) = samples else { return self }
    let transposed = orientation >= 5
    let outWidth = transposed ? height : width
    let outHeight = transposed ? width : height
    let mirrorX = [2, 3, 7, 8].contains(orientation)
    let mirrorY = [3, 4, 6, 7].contains(orientation)
    let (width, height, channels) = (width, height, channels)
    let bytes = [UInt8](unsafeUninitializedCapacity: source.count) { result, count in
      source.withUnsafeBufferPointer { source in
        for y in 0..<outHeight {
          for x in 0..<outWidth {
            // In the stored picture's axes, before mirroring.
            let u = transposed ? y : x
            let v = transposed ? x : y
            let from = (mirrorY ? height - 1 - v : v) * width + (mirrorX ? width - 1 - u : u)
            for channel in 0..<channels {
              result[(y * outWidth + x) * channels + channel] = source[from * channels + channel]
            }
          }
        }
      }
      count = source.count
    }
    return Picture(unchecked: outWidth, outHeight, channels, .bytes(bytes))
  }
}
