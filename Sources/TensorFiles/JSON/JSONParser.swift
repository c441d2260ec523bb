import Compute
import Foundation

/// Goes through a text once.
struct JSONParser {
  let bytes: UnsafeRawBufferPointer
  var position = 0
  var values = 0
  /// Numbers of the list of lists that is being read.
  var numbers: [Double] = []
  /// Where lists begin that are known to hold other things than rows of numbers.
  var otherLists: [Int] = []

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  func fail(_ expected: String) -> ProgramError {
    ProgramError(
      .dataError, "the JSON text is damaged", expected: expected,
      found: position < bytes.count ? "byte \(bytes[position]) at \(position)" : "its end")
  }

  mutating func skip() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    skip()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func take(word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.count - position >= count,
      (0..<count).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
    else { return false }
    position += count
    return true
  }

  mutating func end() throws {
    skip()
    guard position == bytes.count else { throw fail("the end of the text") }
  }

  mutating func value(depth: Int) throws -> PickleValue {
    skip()
    guard position < bytes.count else { throw fail("a value") }
    if bytes[position] != UInt8(ascii: "[") { try count(depth) }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try list(depth)
    case UInt8(ascii: "\""): return .string(try string())
    default:
      if take(word: "true") { return .bool(true) }
      if take(word: "false") { return .bool(false) }
      if take(word: "null") { return .none }
      let start = position
      let number = try number()
      let text = bytes[start..<position]
      guard text.allSatisfy({ $0 <= UInt8(ascii: "9") && $0 != UInt8(ascii: ".") }) else {
        return .float(number)
      }
      // Names of persons may be longer than a double or 64 bits.
      if let integer = Int(exactly: number), integer.magnitude < 1 << 53 { return .int(integer) }
      let digits = String(decoding: text, as: UTF8.self)
      return Int(digits).map { .int($0) } ?? .bigInteger(digits)
    }
  }

  private mutating func object(_ depth: Int) throws -> PickleValue {
    position += 1
    var entries: [(key: PickleValue, value: PickleValue)] = []
    if take("}") { return .dict([]) }
    repeat {
      skip()
      let key = try string()
      guard take(":") else { throw fail("`:`") }
      entries.append((key: .string(key), value: try value(depth: depth + 1)))
    } while take(",")
    guard take("}") else { throw fail("`,` or `}`") }
    return .dict(entries)
  }

  func isNumber() -> Bool {
    guard position < bytes.count else { return false }
    return switch bytes[position] {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "N"),
      UInt8(ascii: "I"):
      true
    default: false
    }
  }

  mutating func number() throws -> Double {
    if let value = JSONNumber.scan(bytes, &position) { return value }
    if take(word: "NaN") { return .nan }
    if take(word: "Infinity") { return .infinity }
    if take(word: "-Infinity") { return -.infinity }
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
        UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        position += 1
        continue
      default: break
      }
      break
    }
    guard position > start, position - start < 400, let value = Self.number(bytes[start..<position])
    else { throw fail("a value") }
    return value
  }

  /// The C library's number, which needs a zero behind it; nil unless all of the text is one.
  private static func number(_ text: Slice<UnsafeRawBufferPointer>) -> Double? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { buffer in
      guard let start = buffer.baseAddress else { return nil }
      for (index, byte) in text.enumerated() { start[index] = CChar(bitPattern: byte) }
      start[text.count] = 0
      var end: UnsafeMutablePointer<CChar>?
      let value = strtod(start, &end)
      return end == start + text.count ? value : nil
    }
  }

  private mutating func string() throws -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw fail("a text in quotes")
    }
    let start = position
    position += 1
    var isEscaped = false
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] == UInt8(ascii: "\\") {
        isEscaped = true
        position += 1
      }
      position += 1
    }
    guard position < bytes.count else { throw fail("the end of a text") }
    position += 1
    guard isEscaped else {
      return String(decoding: bytes[start + 1..<position - 1], as: UTF8.self)
    }
    let quoted = Data(bytes[start..<position])
    guard
      let text = try? JSONSerialization.jsonObject(with: quoted, options: .fragmentsAllowed)
        as? String
    else { throw fail("a text with known escapes") }
    return text
  }
}
