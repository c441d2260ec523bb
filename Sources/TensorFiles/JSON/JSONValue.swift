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
