import Compute

/// Writes a zip archive, entry by entry and piece by piece, beside its destination.
///
/// Sizes are always given in zip64 records, as NumPy does, and dates are 1980-01-01, so that the same
/// content gives the same bytes. Source: PKWARE's APPNOTE 6.3.
struct ZipWriter: ~Copyable {
  private let file: PendingFile
  private let compressed: Bool
  private var position = 0
  private var directory: [UInt8] = []
  private var count = 0

  /// - Parameters:
  ///   - compressed: whether entries are deflated or stored.
  ///   - overwrite: whether a file of that name may be replaced.
  init(path: String, compressed: Bool, overwrite: Bool = true) throws {
    file = try PendingFile(path: path, overwrite: overwrite)
    self.compressed = compressed
  }

  deinit { file.discard() }

  /// Adds an entry. content: calls what it is given with the entry's bytes in order.
  mutating func add(
    _ name: String, _ content: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let start = position
    let name = Array(name.utf8)
    // Checksum and sizes are known when the content has passed.
    try write(localHeader(name, checksum: 0, size: 0, packed: 0))
    let dataStart = position
    var checksum: UInt32 = 0
    var size = 0
    if compressed {
      let deflation = try Deflation()
      try content { piece in
        checksum = Inflation.checksum(checksum, piece)
        size += piece.count
        try deflation.add(piece, isLast: false) { try write($0) }
      }
      try deflation.add(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true) {
        try write($0)
      }
    } else {
      try content { piece in
        checksum = Inflation.checksum(checksum, piece)
        size += piece.count
        try write(piece)
      }
    }
    let packed = position - dataStart
    let header = localHeader(name, checksum: checksum, size: size, packed: packed)
    try header.withUnsafeBytes { try file.write($0, at: start) }
    directory += directoryEntry(
      name, checksum: checksum, size: size, packed: packed, offset: start)
    count += 1
  }

  /// Writes the directory and gives the file its name.
  mutating func finish() throws {
    let start = position
    try write(directory)
    try write(endRecords(start: start, end: position))
    try file.commit()
  }

  private mutating func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    try file.write(bytes)
    position += bytes.count
  }

  // MARK: Records

  /// What an entry's header and its place in the directory have in common.
  private func common(_ name: [UInt8], checksum: UInt32) -> [UInt8] {
    bytes(45, 2) + bytes(0x800, 2) + bytes(compressed ? 8 : 0, 2) + bytes(0, 2) + bytes(0x21, 2)
      + bytes(Int(checksum), 4) + bytes(0xffff_ffff, 4) + bytes(0xffff_ffff, 4)
      + bytes(name.count, 2)
  }

  private func localHeader(
    _ name: [UInt8], checksum: UInt32, size: Int, packed: Int
  ) -> [UInt8] {
    bytes(0x0403_4b50, 4) + common(name, checksum: checksum) + bytes(20, 2) + name
      + bytes(1, 2) + bytes(16, 2) + bytes(size, 8) + bytes(packed, 8)
  }

  private func directoryEntry(
    _ name: [UInt8], checksum: UInt32, size: Int, packed: Int, offset: Int
  ) -> [UInt8] {
    var entry = bytes(0x0201_4b50, 4) + bytes(45, 2) + common(name, checksum: checksum)
    entry += bytes(28, 2) + bytes(0, 2) + bytes(0, 2) + bytes(0, 2) + bytes(0, 4)
    entry += bytes(0xffff_ffff, 4) + name
    entry += bytes(1, 2) + bytes(24, 2) + bytes(size, 8) + bytes(packed, 8) + bytes(offset, 8)
    return entry
  }

  /// The zip64 record, its locator, and the end record.
  private func endRecords(start: Int, end: Int) -> [UInt8] {
    let size = end - start
    var records = bytes(0x0606_4b50, 4) + bytes(44, 8) + bytes(45, 2) + bytes(45, 2)
    records += bytes(0, 4) + bytes(0, 4) + bytes(count, 8) + bytes(count, 8)
    records += bytes(size, 8) + bytes(start, 8)
    records += bytes(0x0706_4b50, 4) + bytes(0, 4) + bytes(end, 8) + bytes(1, 4)
    records += bytes(0x0605_4b50, 4) + bytes(0, 2) + bytes(0, 2)
    records += bytes(min(count, 0xffff), 2) + bytes(min(count, 0xffff), 2)
    records += bytes(min(size, 0xffff_ffff), 4) + bytes(min(start, 0xffff_ffff), 4)
    return records + bytes(0, 2)
  }

  /// The lowest bytes of a number, little-endian.
  private func bytes(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
