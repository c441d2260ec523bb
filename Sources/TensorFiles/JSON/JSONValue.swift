import Compute
import Foundation

/// JSON texts as values: objects are `dict`, and lists of numbers, or of such lists of one shape, are
/// arrays at once, so that a motion of half a million numbers costs four megabytes and not a hundred.
///
/// Source: RFC 8259. Differs: `NaN`, `Infinity` and `-Infinity` are read, which Python writes.
public enum JSONValue {
  /// Objects and lists within each other.
  static let deepest = 64
  static let mostValues = 1 << 24

  /// - Throws: `ProgramError` with the byte where the text is damaged.
  public static func read(path: String) throws -> PickleValue {
    let file = try MappedFile(path: path)
    return try ProgramError.locating(file: path) {
      try withExtendedLifetime(file) { try read(file.bytes) }
    }
  }

  public static func read(bytes: [UInt8]) throws -> PickleValue {
    try bytes.withUnsafeBytes { try read($0) }
  }

  private static func read(_ bytes: UnsafeRawBufferPointer) throws -> PickleValue {
    // What some editors begin a text with.
    let start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    var parser = JSONParser(bytes: UnsafeRawBufferPointer(rebasing: bytes[start...]))
    let value = try parser.value(depth: 0)
    try parser.end()
    return value
  }
}

/// Goes through a text once.
private struct JSONParser {
  let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var values = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private func fail(_ expected: String) -> ProgramError {
    ProgramError(
      .dataError, "the JSON text is damaged", expected: expected,
      found: position < bytes.count ? "byte \(bytes[position]) at \(position)" : "its end")
  }

  private mutating func skip() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ character: Character) -> Bool {
    skip()
    guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
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
    values += 1
    guard values <= JSONValue.mostValues, depth <= JSONValue.deepest else {
      throw ProgramError(
        .dataError, "the JSON text is too large or nested too deeply",
        expected: "at most \(JSONValue.mostValues) values, \(JSONValue.deepest) levels")
    }
    skip()
    guard position < bytes.count else { throw fail("a value") }
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
      let isInteger = bytes[start..<position].allSatisfy { $0 <= UInt8(ascii: "9") && $0 != 46 }
      return isInteger ? Int(exactly: number).map { .int($0) } ?? .float(number) : .float(number)
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

  /// Numbers are collected as such; anything else makes the list one of values.
  private mutating func list(_ depth: Int) throws -> PickleValue {
    position += 1
    if take("]") { return .list([]) }
    var numbers: [Double] = []
    var items: [PickleValue] = []
    repeat {
      skip()
      if items.isEmpty, isNumber() {
        numbers.append(try number())
      } else {
        if items.isEmpty { items = numbers.map { .float($0) } }
        items.append(try value(depth: depth + 1))
      }
    } while take(",")
    guard take("]") else { throw fail("`,` or `]`") }
    if items.isEmpty { return .tensor(TensorData(shape: [numbers.count], doubles: numbers)) }
    return Self.joined(items) ?? .list(items)
  }

  /// Rows of one shape as one array.
  private static func joined(_ items: [PickleValue]) -> PickleValue? {
    guard case .tensor(let first)? = items.first else { return nil }
    var bytes: [UInt8] = []
    for item in items {
      guard case .tensor(let row) = item, row.shape == first.shape else { return nil }
      row.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    return .tensor(
      TensorData(scalarType: .float64, shape: [items.count] + first.shape, bytes: bytes))
  }

  private func isNumber() -> Bool {
    guard position < bytes.count else { return false }
    return switch bytes[position] {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "N"),
      UInt8(ascii: "I"):
      true
    default: false
    }
  }

  private mutating func number() throws -> Double {
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
