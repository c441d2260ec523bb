import CZ
import Compute

/// A file that somebody compressed as a whole, as joblib and gzip do.
public enum CompressedFile {
  /// How a file is compressed, by its first bytes.
  public enum Method: Sendable, Equatable {
    case zlib, gzip
    /// One that is not unfolded, by its name.
    case other(String)
  }

  /// What a file of any size may unfold to, and how many times its size a larger one.
  static let leastRoom = 256 << 20
  static let mostUnfolding = 64

  /// nil for content that is not compressed.
  public static func method(head: some Collection<UInt8>) -> Method? {
    let bytes = Array(head.prefix(8))
    func starts(_ signature: [UInt8]) -> Bool { bytes.starts(with: signature) }
    guard bytes.count > 2 else { return nil }
    if starts([0x1f, 0x8b]) { return .gzip }
    // Deflate, a window of 32 KB, and the check of both bytes.
    if bytes[0] == 0x78, (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0 {
      return .zlib
    }
    if starts(Array("BZh".utf8)) { return .other("bzip2") }
    if starts([0xfd] + Array("7zXZ".utf8)) { return .other("xz") }
    if starts([0x5d, 0, 0]) { return .other("lzma") }
    if starts([0x04, 0x22, 0x4d, 0x18]) { return .other("lz4") }
    if starts([0x28, 0xb5, 0x2f, 0xfd]) { return .other("zstandard") }
    return nil
  }

  /// Calls `body` with the content of a file, unfolded if it is compressed.
  ///
  /// - Throws: `dataError` for other compressors, by their names, for damage, and for what unfolds too
  ///   far.
  static func unfolding<R>(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    switch method(head: bytes.prefix(8)) {
    case nil: return try body(bytes)
    case .zlib, .gzip: return try unfolded(bytes).withUnsafeBytes(body)
    case .other(let name):
      throw ProgramError(
        .dataError, "the file is compressed by \(name), which is not read",
        expected: "no compression, zlib or gzip",
        hint: "unpack it first; joblib.dump(object, file, compress=3) writes zlib")
    }
  }

  /// All of a zlib or gzip stream.
  private static func unfolded(_ input: UnsafeRawBufferPointer) throws -> [UInt8] {
    var zlib = z_stream()
    // 32: zlib and gzip alike.
    guard inflateInit2_(&zlib, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ProgramError(.osError, "zlib cannot start") }
    defer { inflateEnd(&zlib) }
    let room = max(
      leastRoom, input.count.multipliedReportingOverflow(by: mostUnfolding).partialValue)
    var output: [UInt8] = []
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    var given = 0
    var status = Z_OK
    while status == Z_OK {
      if zlib.avail_in == 0, given < input.count {
        let count = min(input.count - given, 1 << 22)
        zlib.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress?.advanced(by: given).assumingMemoryBound(to: UInt8.self))
        zlib.avail_in = UInt32(count)
        given += count
      }
      zlib.next_out = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
      zlib.avail_out = UInt32(piece.count)
      status = inflate(&zlib, Z_NO_FLUSH)
      let count = piece.count - Int(zlib.avail_out)
      guard status == Z_STREAM_END || status == Z_OK && count > 0 else {
        throw ProgramError(
          .dataError, "the file's compressed data is damaged or ends early",
          found: "\(output.count + count) bytes")
      }
      guard output.count + count <= room else {
        throw ProgramError(
          .dataError, "the file unfolds too far", expected: "at most \(room >> 20) MB")
      }
      try checkMemory(output.count + count)
      output.append(contentsOf: piece[..<count])
    }
    return output
  }
}
