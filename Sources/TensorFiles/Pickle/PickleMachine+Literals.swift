/// Numbers and texts as pickles write them.
///
/// The arithmetic of `PickleMachine`'s codes INT, LONG, LONG1, LONG4, STRING and UNICODE.
import Compute

extension PickleMachine {
  /// `123`, `-5`, `12L`; with `booleans` also `01` and `00`, which protocol 0 writes for them.
  func decimal(_ line: UnsafeRawBufferPointer, booleans: Bool) throws -> PickleItem {
    var text = String(decoding: line.prefix(4 * Self.longestInteger), as: UTF8.self)
    if booleans && text == "01" { return .bool(true) }
    if booleans && text == "00" { return .bool(false) }
    if text.hasSuffix("L") { text.removeLast() }
    if let value = Int(text) { return .int(value) }
    let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
    guard line.count < 3 * Self.longestInteger, !digits.isEmpty,
      digits.utf8.allSatisfy({ (48...57).contains($0) })
    else { throw fail("an integer cannot be read", found: String(text.prefix(40))) }
    return try heap.add(.bigInteger(text))
  }

  /// Two's complement, little endian, of any length.
  func long(_ bytes: UnsafeRawBufferPointer) throws -> PickleItem {
    guard let last = bytes.last else { return .int(0) }
    let isNegative = last >= 128
    if bytes.count <= 8 {
      var value = isNegative ? Int(-1) : 0
      for byte in bytes.reversed() { value = value << 8 | Int(byte) }
      return .int(value)
    }
    guard bytes.count <= Self.longestInteger else {
      throw fail("an integer is too long", found: "\(bytes.count) bytes")
    }
    // The magnitude in 32-bit words, then nine decimal digits at a time.
    var words: [UInt64] = []
    var carry: UInt64 = isNegative ? 1 : 0
    for start in stride(from: 0, to: bytes.count, by: 4) {
      var word: UInt64 = 0
      for index in start..<start + 4 {
        let byte = index < bytes.count ? bytes[index] : isNegative ? 255 : 0
        word |= UInt64(isNegative ? ~byte : byte) << (8 * (index - start))
      }
      word += carry
      carry = word >> 32
      words.append(word & 0xffff_ffff)
    }
    if carry > 0 { words.append(carry) }
    var groups: [String] = []
    while let high = words.last {
      if high == 0 {
        words.removeLast()
        continue
      }
      var rest: UInt64 = 0
      for index in words.indices.reversed() {
        let value = rest << 32 | words[index]
        words[index] = value / 1_000_000_000
        rest = value % 1_000_000_000
      }
      let digits = String(rest)
      groups.append(String(repeating: "0", count: 9 - digits.count) + digits)
    }
    let digits = groups.reversed().joined().drop { $0 == "0" }
    let text = digits.isEmpty ? "0" : (isNegative ? "-" : "") + digits
    if let value = Int(text) { return .int(value) }
    return try heap.add(.bigInteger(text))
  }

  /// Python's literal of a byte string: `'a\x00\n'`.
  func quoted(_ line: UnsafeRawBufferPointer) throws -> [UInt8] {
    guard line.count >= 2, let quote = line.first, quote == line.last,
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { throw fail("a string lacks its quotes") }
    let text = [UInt8](line[1..<line.count - 1])
    var result: [UInt8] = []
    var index = 0
    while index < text.count {
      let byte = text[index]
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard index < text.count else { throw fail("a string ends inside an escape") }
      let kind = text[index]
      index += 1
      switch kind {
      case UInt8(ascii: "n"): result.append(10)
      case UInt8(ascii: "r"): result.append(13)
      case UInt8(ascii: "t"): result.append(9)
      case UInt8(ascii: "a"): result.append(7)
      case UInt8(ascii: "b"): result.append(8)
      case UInt8(ascii: "v"): result.append(11)
      case UInt8(ascii: "f"): result.append(12)
      case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): result.append(kind)
      case UInt8(ascii: "x"):
        guard let value = hexadecimal(text, index, 2) else { throw fail("an escape is damaged") }
        result.append(UInt8(truncatingIfNeeded: value))
        index += 2
      case 48...55:
        var value = Int(kind - 48)
        var digits = 1
        while digits < 3, index < text.count, (48...55).contains(text[index]) {
          value = value * 8 + Int(text[index] - 48)
          index += 1
          digits += 1
        }
        result.append(UInt8(truncatingIfNeeded: value))
      default: result += [UInt8(ascii: "\\"), kind]
      }
    }
    return result
  }

  /// Python's raw-unicode-escape: latin1 with `\uXXXX` and `\UXXXXXXXX`.
  func rawUnicode(_ line: UnsafeRawBufferPointer) throws -> String {
    let bytes = [UInt8](line)
    var text = String.UnicodeScalarView()
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count,
        bytes[index + 1] == UInt8(ascii: "u") || bytes[index + 1] == UInt8(ascii: "U")
      {
        let length = bytes[index + 1] == UInt8(ascii: "u") ? 4 : 8
        guard let value = hexadecimal(bytes, index + 2, length) else {
          throw fail("an escape is damaged")
        }
        text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
        index += 2 + length
      } else {
        text.append(Unicode.Scalar(bytes[index]))
        index += 1
      }
    }
    return String(text)
  }

  private func hexadecimal(_ bytes: [UInt8], _ start: Int, _ count: Int) -> UInt32? {
    guard start + count <= bytes.count else { return nil }
    let digits = bytes[start..<start + count]
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
