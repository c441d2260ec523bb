import CZ
import Compute

/// Compresses to raw deflate data (RFC 1951) of a zip entry, piece by piece.
///
/// What comes out depends on the bytes alone and not on where the pieces end.
struct Deflation: ~Copyable {
  private let zlib: UnsafeMutablePointer<z_stream>
  private let output: UnsafeMutableRawBufferPointer

  /// Bytes that are handed on at a time.
  private static let room = 1 << 17

  /// - Throws: `osError` when zlib cannot start.
  init() throws {
    zlib = .allocate(capacity: 1)
    zlib.initialize(to: z_stream())
    guard
      deflateInit2_(
        zlib, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else {
      zlib.deallocate()
      throw ProgramError(.osError, "zlib cannot start")
    }
    output = .allocate(byteCount: Self.room, alignment: 64)
  }

  deinit {
    deflateEnd(zlib)
    zlib.deallocate()
    output.deallocate()
  }

  /// Takes content in order; `body` gets what has been compressed.
  ///
  /// - Parameter isLast: whether nothing follows; without more content the piece may be empty.
  func add(
    _ content: UnsafeRawBufferPointer, isLast: Bool,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var rest = content
    repeat {
      // zlib counts in 32 bits.
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
      zlib.pointee.next_in = UnsafeMutablePointer(
        mutating: part.baseAddress?.assumingMemoryBound(to: UInt8.self))
      zlib.pointee.avail_in = UInt32(part.count)
      let finishes = isLast && rest.isEmpty
      while true {
        zlib.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        zlib.pointee.avail_out = UInt32(output.count)
        let status = deflate(zlib, finishes ? Z_FINISH : Z_NO_FLUSH)
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
          throw ProgramError(.software, "zlib did not finish", found: "error \(status)")
        }
        let count = output.count - Int(zlib.pointee.avail_out)
        if count > 0 { try body(UnsafeRawBufferPointer(rebasing: output[..<count])) }
        if finishes ? status == Z_STREAM_END : zlib.pointee.avail_out > 0 { break }
      }
    } while !rest.isEmpty
  }
}
