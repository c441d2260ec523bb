import Compute
import Foundation
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

  /// zlib cannot compress better than this; a larger ratio is a lie.
  static let greatestRatio = 1040

  init(path: String) throws {
    file = try MappedFile(path: path)
    do {
      entries = try Self.directory(file.bytes)
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  private static func fail(_ what: String, key: String? = nil, found: String? = nil) -> ProgramError
  {
    ProgramError(.dataError, what, key: key?.shortened(), found: found)
  }

  private static func directory(_ bytes: UnsafeRawBufferPointer) throws -> [Entry] {
    func u16(_ at: Int) -> Int { Int(bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)) }
    func u32(_ at: Int) -> Int { Int(bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)) }
    func u64(_ at: Int) throws -> Int {
      guard
        let value = Int(exactly: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)),
        value < 1 << 48
      else { throw fail("a size in the archive is too large") }
      return value
    }
    guard bytes.count >= 22 else {
      throw fail(
        bytes.isEmpty ? "the file is empty" : "this is not an archive",
        found: "\(bytes.count) bytes")
    }
    guard bytes[0] == 0x50 && bytes[1] == 0x4b else {
      throw ProgramError(
        .dataError, "this is not an archive", expected: "a zip archive",
        found: FileKind(head: bytes.prefix(FileKind.headLength)).words)
    }
    // The end record, before a comment of at most 64 KiB.
    var end = bytes.count - 22
    let lowest = max(0, end - 65535)
    while u32(end) != 0x0605_4b50 || end + 22 + u16(end + 20) > bytes.count {
      guard end > lowest else { throw fail("the archive ends before its directory") }
      end -= 1
    }
    var count = u16(end + 10)
    var size = u32(end + 12)
    var start = u32(end + 16)
    if end >= 20, u32(end - 20) == 0x0706_4b50 {
      let record = try u64(end - 20 + 8)
      guard record + 56 <= bytes.count, u32(record) == 0x0606_4b50 else {
        throw fail("the archive's zip64 record is damaged")
      }
      count = try u64(record + 32)
      size = try u64(record + 40)
      start = try u64(record + 48)
    }
    guard start + size <= end, count * 46 <= size else {
      throw fail("the archive's directory does not fit the file")
    }
    var entries: [Entry] = []
    var ranges: [Range<Int>] = []
    var at = start
    for _ in 0..<count {
      guard at + 46 <= start + size, u32(at) == 0x0201_4b50 else {
        throw fail("the archive's directory is damaged")
      }
      let (nameLength, extraLength, commentLength) = (u16(at + 28), u16(at + 30), u16(at + 32))
      let next = at + 46 + nameLength + extraLength + commentLength
      guard next <= start + size else { throw fail("the archive's directory is damaged") }
      let name = String(decoding: bytes[at + 46..<at + 46 + nameLength], as: UTF8.self)
      var compressed = u32(at + 20)
      var plain = u32(at + 24)
      var header = u32(at + 42)
      var extra = at + 46 + nameLength
      let extraEnd = extra + extraLength
      while extra + 4 <= extraEnd {
        let (tag, length) = (u16(extra), u16(extra + 2))
        var field = extra + 4
        guard field + length <= extraEnd else { break }
        if tag == 1 {
          let fieldEnd = field + length
          for target in 0..<3 {
            let value = [plain, compressed, header][target]
            guard value == 0xffff_ffff else { continue }
            guard field + 8 <= fieldEnd else {
              throw fail("an entry's zip64 sizes are missing", key: name)
            }
            let wide = try u64(field)
            if target == 0 {
              plain = wide
            } else if target == 1 {
              compressed = wide
            } else {
              header = wide
            }
            field += 8
          }
        }
        extra += 4 + length
      }
      guard u16(at + 8) & 1 == 0 else { throw fail("the entry is encrypted", key: name) }
      guard header + 30 <= start, u32(header) == 0x0403_4b50 else {
        throw fail("the entry's header is not where the directory says", key: name)
      }
      let data = header + 30 + u16(header + 26) + u16(header + 28)
      guard u16(header + 26) == nameLength, header + 30 + nameLength <= start,
        bytes[header + 30..<header + 30 + nameLength].elementsEqual(
          bytes[at + 46..<at + 46 + nameLength])
      else { throw fail("the entry's own header names another entry", key: name) }
      guard data + compressed <= start else {
        throw fail("the entry reaches beyond the archive's directory", key: name)
      }
      let method = u16(at + 10)
      guard method == 0 || method == 8 else {
        throw ProgramError(
          .dataError, "the entry's compression is not known", key: name.shortened(),
          expected: "stored or deflated", found: "method \(method)")
      }
      guard method == 8 || compressed == plain,
        plain <= max(compressed, 1) * greatestRatio + 1024
      else {
        throw fail(
          "the entry's sizes contradict each other", key: name,
          found: "\(compressed) bytes for \(plain)")
      }
      entries.append(
        Entry(
          name: name, method: UInt16(method),
          checksum: UInt32(truncatingIfNeeded: u32(at + 16)), compressedSize: compressed,
          size: plain, offset: data))
      if compressed > 0 { ranges.append(header..<data + compressed) }
      at = next
    }
    ranges.sort { $0.lowerBound < $1.lowerBound }
    for (one, other) in zip(ranges, ranges.dropFirst()) where one.upperBound > other.lowerBound {
      throw fail("entries of the archive overlap")
    }
    return entries
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
