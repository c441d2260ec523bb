import Compute

extension ZipArchive {
  /// zlib cannot compress better than this; a larger ratio is a lie.
  static let greatestRatio = 1040

  private static func fail(_ what: String, key: String? = nil, found: String? = nil) -> ProgramError
  {
    ProgramError(.dataError, what, key: key?.shortened(), found: found)
  }

  /// The entries of an archive, every size, offset and overlap of theirs compared with the file.
  ///
  /// - Parameter bytes: the whole file.
  static func directory(of bytes: UnsafeRawBufferPointer) throws -> [Entry] {
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
}
