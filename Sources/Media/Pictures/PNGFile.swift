// PNG pictures, read and written through libpng.

import CMedia
import Compute

/// Reads and writes PNG: grey, grey and alpha, RGB, RGBA in 8 and 16 bits.
///
/// Palettes, transparent colours, interlacing and depths below 8 bits are expanded while reading.
/// Colour profiles and gamma chunks are ignored: samples are taken as sRGB.
public enum PNGFile {
  /// How much work goes into a small file.
  public enum Compression: Sendable {
    /// For sequences.
    case fast
    /// For single pictures and assets.
    case small

    /// libpng's flags: rows are predicted from above (0x20), or also from the left (0x10).
    var filters: Int32 { self == .fast ? 0x20 : 0x30 }
  }

  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// The picture in the file `path`.
  public static func read(path: String) throws -> Picture {
    try FileBytes.decode(path: path, read(bytes:))
  }

  /// The picture in the bytes of a PNG file.
  public static func read(bytes: [UInt8]) throws -> Picture {
    guard bytes.starts(with: signature) else {
      throw ProgramError(
        .dataError, "is not a PNG picture",
        found: FileKind(head: bytes.prefix(FileKind.headLength)).words)
    }
    return try bytes.withUnsafeBytes { data in
      guard let base = data.baseAddress else {
        throw ProgramError(.dataError, "is not a PNG picture")
      }
      var header = cmedia_picture_header()
      try checked("the PNG picture cannot be read") {
        cmedia_png_read_header(base, data.count, &header, $0)
      }
      try checkSize(header, fileBytes: data.count, "the PNG picture cannot be read")
      return try decodePicture(header, "the PNG picture cannot be read") {
        cmedia_png_read_pixels(base, data.count, &header, $0, $1, $2)
      }
    }
  }

  /// Whether the bytes of a file are of a grey PNG picture of one bit a sample, Pillow's mode "1".
  package static func isOfOneBit(_ bytes: [UInt8]) -> Bool {
    // Depth and colour type follow the header chunk's width and height.
    bytes.starts(with: signature) && bytes.count > 25 && bytes[24] == 1 && bytes[25] == 0
  }

  /// Writes beside `path` and renames.
  ///
  /// - Parameter overwrite: whether a file of that name may be replaced.
  public static func write(
    _ picture: Picture, to path: String, overwrite: Bool = false,
    compression: Compression = .small
  ) throws {
    let file = try PendingFile(path: path, overwrite: overwrite)
    do {
      var encoder = PNGEncoder(compression: compression)
      try encoder.encode(picture) { try file.write($0) }
      try file.commit()
    } catch let error as ProgramError {
      file.discard()
      throw error.inFile(path)
    }
  }

  /// The bytes of a PNG file.
  public static func encode(_ picture: Picture, compression: Compression = .small) throws
    -> [UInt8]
  {
    var encoder = PNGEncoder(compression: compression)
    var bytes: [UInt8] = []
    try encoder.encode(picture) { bytes = [UInt8]($0) }
    return bytes
  }
}

/// Encodes pictures one after another into the same memory.
struct PNGEncoder: ~Copyable {
  private var bytes = cmedia_bytes()
  private let compression: PNGFile.Compression

  init(compression: PNGFile.Compression) { self.compression = compression }

  deinit { cmedia_bytes_free(bytes) }

  /// Calls `body` with the file's bytes.
  mutating func encode(_ picture: Picture, body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let rowBytes = picture.width * picture.channels * picture.bitDepth / 8
    try picture.withUnsafeBytes { pixels in
      guard let base = pixels.baseAddress else { return }
      try encode(
        pixels: base, rowBytes: rowBytes, width: picture.width, height: picture.height,
        channels: picture.channels, bitDepth: picture.bitDepth, body: body)
    }
  }

  /// - Parameter pixels: `height` rows, `rowBytes` apart.
  mutating func encode(
    pixels: UnsafeRawPointer, rowBytes: Int, width: Int, height: Int, channels: Int,
    bitDepth: Int, body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var header = cmedia_picture_header()
    header.width = UInt32(width)
    header.height = UInt32(height)
    header.channels = Int32(channels)
    header.bit_depth = Int32(bitDepth)
    try checked("the PNG picture cannot be encoded", .osError) {
      cmedia_png_write(
        &bytes, &header, pixels, rowBytes, compression.filters, $0)
    }
    try body(UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.count))
  }
}
