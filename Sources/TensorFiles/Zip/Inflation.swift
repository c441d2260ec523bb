import CDeflate
import CZ
import Compute

/// Decompresses raw deflate data (RFC 1951) of a zip entry.
///
/// Content of ordinary size is inflated at once by libdeflate, three to five times as fast as zlib on
/// arrays that are mostly zeros. Larger content, and the first bytes of any, comes piece by piece from
/// zlib, so that memory stays bounded.
enum Inflation {
  /// Content up to this size is inflated at once.
  static let largestWhole = 128 << 20

  /// The CRC-32 of `bytes` behind content whose CRC-32 is `checksum` (0 at the start).
  static func checksum(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
    libdeflate_crc32(checksum, bytes.baseAddress, bytes.count)
  }

  /// Inflates `input`, which must fill `output` exactly.
  ///
  /// - Throws: `ProgramError` when the data is damaged, too long or too short.
  static func whole(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws {
    guard let inflater = libdeflate_alloc_decompressor() else {
      throw ProgramError(.osError, "libdeflate cannot start")
    }
    defer { libdeflate_free_decompressor(inflater) }
    var produced = 0
    switch libdeflate_deflate_decompress(
      inflater, input.baseAddress, input.count, output.baseAddress, output.count, &produced)
    {
    case LIBDEFLATE_SUCCESS where produced == output.count: break
    case LIBDEFLATE_SUCCESS, LIBDEFLATE_SHORT_OUTPUT: throw short(produced, of: output.count)
    case LIBDEFLATE_INSUFFICIENT_SPACE: throw damaged("more than \(output.count) bytes")
    default: throw damaged(nil)
    }
  }

  /// Inflates `input`, `size` bytes, into pieces of at most `pieceSize` bytes.
  ///
  /// - Parameter body: gets a piece and the number of bytes of the input that are not needed any more;
  ///   ends the work by returning false.
  /// - Returns: false when `body` ended the work.
  /// - Throws: as `whole`; what was wrong behind the last piece asked for goes unnoticed.
  static func pieces(
    _ input: UnsafeRawBufferPointer, size: Int, pieceSize: Int,
    _ body: (UnsafeRawBufferPointer, _ consumed: Int) throws -> Bool
  ) throws -> Bool {
    var zlib = z_stream()
    guard inflateInit2_(&zlib, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ProgramError(.osError, "zlib cannot start") }
    defer { inflateEnd(&zlib) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 64)
    defer { buffer.deallocate() }
    var (given, produced) = (0, 0)
    var status = Z_OK
    while status == Z_OK {
      if zlib.avail_in == 0, given < input.count {
        let count = min(input.count - given, 1 << 22)
        zlib.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress?.advanced(by: given).assumingMemoryBound(to: UInt8.self))
        zlib.avail_in = UInt32(count)
        given += count
      }
      zlib.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      zlib.avail_out = UInt32(pieceSize)
      status = inflate(&zlib, Z_NO_FLUSH)
      let count = pieceSize - Int(zlib.avail_out)
      produced += count
      if produced > size { throw damaged("more than \(size) bytes") }
      guard status == Z_OK || status == Z_STREAM_END else { throw damaged("zlib error \(status)") }
      if count == 0 && status == Z_OK {
        throw ProgramError(.dataError, "the entry's compressed data ends early")
      }
      let piece = UnsafeRawBufferPointer(rebasing: buffer[0..<count])
      if try !body(piece, given - Int(zlib.avail_in)) { return false }
    }
    if produced != size { throw short(produced, of: size) }
    return true
  }

  private static func damaged(_ found: String?) -> ProgramError {
    ProgramError(.dataError, "the entry's compressed data is damaged", found: found)
  }

  private static func short(_ produced: Int, of size: Int) -> ProgramError {
    ProgramError(
      .dataError, "the entry is shorter than the directory says",
      found: "\(produced) of \(size) bytes")
  }
}
