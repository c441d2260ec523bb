import CZ
import Compute

/// A NumPy `.npz` archive: named arrays, read one by one.
///
/// Stored arrays in C order are used where they lie in the mapped file; deflated ones are inflated
/// when asked for. An array that cannot be read (Python objects) does not keep the others from being
/// read. Errors name the file and the array.
public final class NPZFile: Sendable {
  public let path: String
  /// Names of the arrays, without `.npy`, in the file's order.
  public let names: [String]
  private let archive: ZipArchive
  private let entries: [String: ZipArchive.Entry]

  public convenience init(path: String) throws { try self.init(ZipArchive(path: path)) }

  init(_ archive: ZipArchive) throws {
    let path = archive.file.path
    self.path = path
    self.archive = archive
    var names: [String] = []
    var entries: [String: ZipArchive.Entry] = [:]
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let name = String(entry.name.dropLast(4))
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw ProgramError(
          .dataError, "two arrays have one name", file: path, key: name.shortened())
      }
      names.append(name)
    }
    guard !names.isEmpty || archive.entries.isEmpty else {
      throw ProgramError(
        .dataError, Self.holdsNoArrays, file: path,
        found: archive.entries.map(\.name).listed(most: 5))
    }
    self.names = names
    self.entries = entries
  }

  public func contains(_ name: String) -> Bool { entries[name] != nil }

  /// What an error says of an archive of other things.
  public static let holdsNoArrays = "the archive holds no NumPy arrays"

  /// Bytes of the file.
  public var fileSize: Int { archive.file.bytes.count }

  /// Bytes of everything in it, unfolded.
  public var unfoldedSize: Int {
    // Each entry is at most some thousand times as large as the file, and there are fewer than 2^42.
    archive.entries.reduce(0) { $0.addingReportingOverflow($1.size).partialValue }
  }

  /// Reads what has not been read yet and compares checksums.
  ///
  /// - Throws: `ProgramError` of the first entry that is damaged.
  public func verify() throws {
    let room = max(Self.unfoldingRoom, fileSize.multipliedReportingOverflow(by: 64).partialValue)
    guard unfoldedSize <= room else {
      throw ProgramError(
        .dataError, "the archive is far larger than its file", file: path,
        expected: "at most \(room >> 20) MB unfolded", found: "\(unfoldedSize >> 20) MB")
    }
    do {
      try archive.verify()
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  private func entry(_ name: String) throws -> ZipArchive.Entry {
    guard let entry = entries[name] else {
      throw ProgramError(
        .dataError, "the array is missing", file: path, key: name.shortened(),
        found: names.isEmpty ? "an empty archive" : names.listed())
    }
    return entry
  }

  private func naming<R>(_ name: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch var error as ProgramError {
      error.key = name.shortened()
      throw error.inFile(path)
    }
  }

  /// What an archive of any size may unfold to, to be read as a whole.
  static let unfoldingRoom = 2 << 30
  /// Bytes behind an array that are passed over.
  static let mostSurplus = 1 << 16

  /// The first text of an array of texts, at most `limit` characters of it; nil for an array without
  /// elements. Nothing more is unfolded.
  public func text(_ name: String, atMost limit: Int = 200) throws -> String? {
    let header = try header(name)
    guard header.shape.allSatisfy({ $0 > 0 }) else { return nil }
    let entry = try entry(name)
    return try naming(name) {
      let wanted: ScalarType =
        switch header.scalarType {
        case .unicode(let count): .unicode(min(count, limit))
        case .bytes(let count): .bytes(min(count, limit))
        case let other: other
        }
      var bytes: [UInt8] = []
      try archive.stream(entry, pieceSize: 1 << 12) {
        bytes.append(contentsOf: $0.prefix(header.length + wanted.size - bytes.count))
        return bytes.count < header.length + wanted.size
      }
      try NPY.checkLength(header, entry.size - header.length)
      guard bytes.count == header.length + wanted.size else {
        throw ProgramError(.dataError, "the array ends early")
      }
      bytes.removeFirst(header.length)
      if header.isBigEndian { swapByteOrder(&bytes, unit: wanted.swapUnit) }
      return try TensorData(scalarType: wanted, shape: [], bytes: bytes).strings().first
    }
  }

  /// Type and shape of an array, without reading its data.
  public func header(_ name: String) throws -> NPYHeader {
    let entry = try entry(name)
    return try naming(name) {
      var head: [UInt8] = []
      // Most headers have 128 bytes; inflating more of an array would be in vain.
      try archive.stream(entry, pieceSize: 1024) {
        head.append(contentsOf: $0)
        return head.count < head.withUnsafeBytes { NPYHeader.length($0) }
      }
      return try head.withUnsafeBytes { try NPYHeader($0) }
    }
  }

  /// An array.
  public func tensor(_ name: String) throws -> TensorData {
    let entry = try entry(name)
    return try naming(name) {
      let header = try self.header(name)
      // Numbers that an array of this shape cannot hold are not worth the memory.
      try NPY.checkLength(header, entry.size - header.length)
      guard entry.size - header.length - header.dataLength <= Self.mostSurplus else {
        throw ProgramError(
          .dataError, "the entry is far larger than its array",
          expected: "\(header.length + header.dataLength) bytes for shape \(header.shape)",
          found: "\(entry.size)")
      }
      if entry.method == 0 {
        if !header.isBigEndian && !header.isFortranOrder {
          // Reads the data once, as NumPy does, so that damage is noticed here.
          try archive.stream(entry) { _ in true }
          return TensorData(
            scalarType: header.scalarType, shape: header.shape, storage: .mapped(archive.file),
            offset: entry.offset + header.length)
        }
      }
      let content = try archive.content(entry)
      if !header.isBigEndian && !header.isFortranOrder {
        return TensorData(
          scalarType: header.scalarType, shape: header.shape, storage: .owned(content),
          offset: header.length)
      }
      return NPY.array(
        header, Array(content[header.length..<header.length + header.dataLength]))
    }
  }

  /// Calls `body` with an array's data piece by piece, so that a large array needs no memory of its
  /// size. The array must be in C order and native byte order.
  ///
  /// Pieces are a multiple of no particular size: an element may be cut.
  ///
  /// - Parameter atOnce: a deflated array of up to 128 MB comes in one piece; several times as fast.
  public func stream(
    _ name: String, atOnce: Bool = false, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let entry = try entry(name)
    try naming(name) {
      var header: NPYHeader?
      var rest = 0
      func use(_ piece: UnsafeRawBufferPointer) throws -> Bool {
        var piece = piece
        if header == nil {
          let parsed = try NPYHeader(piece)
          try NPY.checkLength(parsed, entry.size - parsed.length)
          guard !parsed.isBigEndian && !parsed.isFortranOrder else {
            throw ProgramError(
              .dataError, "the array must be in C order and little-endian to be streamed")
          }
          header = parsed
          rest = parsed.dataLength
          piece = UnsafeRawBufferPointer(rebasing: piece[parsed.length...])
        }
        let used = min(rest, piece.count)
        rest -= used
        if used > 0 { try body(UnsafeRawBufferPointer(rebasing: piece[0..<used])) }
        return true
      }
      if atOnce && entry.method != 0 && entry.size <= Inflation.largestWhole {
        _ = try archive.content(entry).withUnsafeBytes(use)
      } else {
        try archive.stream(entry, releasing: true, use)
      }
      guard header != nil else { throw ProgramError(.dataError, "the array is empty") }
    }
  }
}

/// Writing `.npz` archives.
public enum NPZ {
  /// Writes arrays in the given order, beside `path` and renamed. The same arrays give the same
  /// bytes: dates are fixed (1980-01-01).
  public static func write(
    _ arrays: [(String, TensorData)], to path: String, compressed: Bool = true
  ) throws {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    func u16(_ value: Int, _ out: inout [UInt8]) {
      out += [UInt8(value & 255), UInt8(value >> 8 & 255)]
    }
    func u32(_ value: Int, _ out: inout [UInt8]) {
      for byte in 0..<4 { out.append(UInt8(value >> (8 * byte) & 255)) }
    }
    func u64(_ value: Int, _ out: inout [UInt8]) {
      for byte in 0..<8 { out.append(UInt8(value >> (8 * byte) & 255)) }
    }
    var seen: Set<String> = []
    for (name, tensor) in arrays {
      guard seen.insert(name).inserted, name.utf8.count < 1 << 15 else {
        throw ProgramError(
          .dataError, "an array's name is used twice or is too long", file: path, key: name)
      }
      let content = try NPY.encode(tensor)
      let checksum = content.withUnsafeBytes {
        crc32_z(crc32(0, nil, 0), $0.bindMemory(to: UInt8.self).baseAddress, $0.count)
      }
      let packed = compressed ? try deflated(content) : content
      let fileName = Array("\(name).npy".utf8)
      let offset = bytes.count
      // zip64 sizes are always given locally, as NumPy does; dates are 1980-01-01.
      func common(_ out: inout [UInt8]) {
        u16(45, &out)
        u16(0x800, &out)
        u16(compressed ? 8 : 0, &out)
        u16(0, &out)
        u16(0x21, &out)
        u32(Int(checksum), &out)
        u32(0xffff_ffff, &out)
        u32(0xffff_ffff, &out)
        u16(fileName.count, &out)
      }
      u32(0x0403_4b50, &bytes)
      common(&bytes)
      u16(20, &bytes)
      bytes += fileName
      u16(1, &bytes)
      u16(16, &bytes)
      u64(content.count, &bytes)
      u64(packed.count, &bytes)
      bytes += packed

      u32(0x0201_4b50, &directory)
      u16(45, &directory)
      common(&directory)
      u16(28, &directory)
      u16(0, &directory)
      u16(0, &directory)
      u16(0, &directory)
      u32(0, &directory)
      u32(0xffff_ffff, &directory)
      directory += fileName
      u16(1, &directory)
      u16(24, &directory)
      u64(content.count, &directory)
      u64(packed.count, &directory)
      u64(offset, &directory)
    }
    let start = bytes.count
    bytes += directory
    let record = bytes.count
    u32(0x0606_4b50, &bytes)
    u64(44, &bytes)
    u16(45, &bytes)
    u16(45, &bytes)
    u32(0, &bytes)
    u32(0, &bytes)
    u64(arrays.count, &bytes)
    u64(arrays.count, &bytes)
    u64(directory.count, &bytes)
    u64(start, &bytes)
    u32(0x0706_4b50, &bytes)
    u32(0, &bytes)
    u64(record, &bytes)
    u32(1, &bytes)
    u32(0x0605_4b50, &bytes)
    u16(0, &bytes)
    u16(0, &bytes)
    u16(min(arrays.count, 0xffff), &bytes)
    u16(min(arrays.count, 0xffff), &bytes)
    u32(min(directory.count, 0xffff_ffff), &bytes)
    u32(min(start, 0xffff_ffff), &bytes)
    u16(0, &bytes)
    try OutputFile.write(bytes, to: path)
  }

  private static func deflated(_ content: [UInt8]) throws -> [UInt8] {
    var zlib = z_stream()
    guard
      deflateInit2_(
        &zlib, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ProgramError(.osError, "zlib cannot start") }
    defer { deflateEnd(&zlib) }
    let bound = Int(deflateBound(&zlib, UInt(content.count)))
    guard content.count < 1 << 31, bound < 1 << 31 else {
      throw ProgramError(.dataError, "an array is too large to compress", expected: "below 2 GB")
    }
    return try content.withUnsafeBytes { input in
      try [UInt8](unsafeUninitializedCapacity: bound) { output, count in
        zlib.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        zlib.avail_in = UInt32(input.count)
        zlib.next_out = output.baseAddress
        zlib.avail_out = UInt32(bound)
        guard deflate(&zlib, Z_FINISH) == Z_STREAM_END else {
          throw ProgramError(.software, "zlib did not finish")
        }
        count = bound - Int(zlib.avail_out)
      }
    }
  }
}
