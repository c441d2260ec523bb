import Compute
import Synchronization

/// A zip archive, mapped: its directory, and entries stored or deflated.
///
/// Everything the directory says is checked against the file before memory is asked for. zip64 is
/// read. Source: PKWARE's APPNOTE 6.3.
final class ZipArchive: Sendable {
  struct Entry: Sendable {
    let name: String
    let method: UInt16
    let checksum: UInt32
    let compressedSize: Int
    let size: Int
    /// Where the entry's data begins.
    let offset: Int
  }

  let file: MappedFile
  let entries: [Entry]
  /// Where entries begin whose content has been read and whose checksum was right.
  private let verified = Mutex<Set<Int>>([])

  init(path: String) throws {
    file = try MappedFile(path: path)
    do {
      entries = try Self.directory(of: file.bytes)
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  /// The compressed bytes of an entry.
  func raw(_ entry: Entry) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[entry.offset..<entry.offset + entry.compressedSize])
  }

  /// Calls `body` with the entry's content piece by piece; returns early when it returns false. The
  /// checksum is verified when everything was read.
  ///
  /// - Parameters:
  ///   - releasing: the file's pages are given back as the reading goes on, for content that is not
  ///     used in place afterwards.
  func stream(
    _ entry: Entry, pieceSize: Int = 1 << 17, releasing: Bool = false,
    _ body: (UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    var checksum: UInt32 = 0
    func use(_ piece: UnsafeRawBufferPointer) throws -> Bool {
      checksum = Inflation.checksum(checksum, piece)
      return try body(piece)
    }
    if entry.method == 0 {
      var start = 0
      while start < entry.size {
        let end = min(start + pieceSize, entry.size)
        let piece = UnsafeRawBufferPointer(rebasing: raw(entry)[start..<end])
        if try !use(piece) { return }
        // From the last boundary on, so that the page shared by two pieces goes with the second.
        if releasing {
          file.release(
            UnsafeRawBufferPointer(rebasing: raw(entry)[max(0, start - pieceSize)..<end]))
        }
        start = end
      }
    } else {
      let input = raw(entry)
      let finished = try naming(entry) {
        var released = 0
        return try Inflation.pieces(input, size: entry.size, pieceSize: pieceSize) {
          piece, consumed in
          if releasing, consumed - released > 1 << 20 {
            file.release(UnsafeRawBufferPointer(rebasing: input[released..<consumed]))
            // The last page is only partly read.
            released = max(0, consumed - (1 << 16))
          }
          return try use(piece)
        }
      }
      if !finished { return }
    }
    try check(checksum, of: entry)
  }

  private func check(_ checksum: UInt32, of entry: Entry) throws {
    guard checksum == entry.checksum else {
      throw ProgramError(
        .dataError, "the entry's checksum is wrong: the file is damaged",
        key: entry.name.shortened())
    }
    verified.withLock { _ = $0.insert(entry.offset) }
  }

  /// Reads what nobody has read yet and compares its checksum.
  ///
  /// - Throws: `ProgramError` of the first entry that is damaged.
  func verify() throws {
    for entry in entries where !verified.withLock({ $0.contains(entry.offset) }) {
      try stream(entry, releasing: true) { _ in true }
    }
  }

  private func naming<R>(_ entry: Entry, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch var error as ProgramError {
      error.key = entry.name.shortened()
      throw error
    }
  }

  /// The entry's content, its checksum verified.
  func content(_ entry: Entry) throws -> [UInt8] {
    try checkMemory(entry.size)
    if entry.method != 0 && entry.size <= Inflation.largestWhole {
      let result = try [UInt8](unsafeUninitializedCapacity: entry.size) { buffer, count in
        let room = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: entry.size)
        try naming(entry) { try Inflation.whole(raw(entry), into: room) }
        count = entry.size
      }
      try check(result.withUnsafeBytes { Inflation.checksum(0, $0) }, of: entry)
      return result
    }
    var result = [UInt8]()
    result.reserveCapacity(entry.size)
    try stream(entry) {
      result.append(contentsOf: $0)
      return true
    }
    return result
  }
}
