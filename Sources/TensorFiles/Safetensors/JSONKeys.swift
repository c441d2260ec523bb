import Foundation

/// Finds a key that an object of a JSON text has twice.
///
/// Readers keep one of the two without a word, and not all the same one, so headers and descriptions
/// with such keys are refused.
public enum JSONKeys {
  /// Objects within objects that are looked into; the formats read here have four levels.
  static let deepest = 64

  private struct Level {
    /// nil for an array.
    var keys: Set<String>?
    var key = ""
    var expectsKey = false
  }

  /// The first such key with those that lead to it, as "decoder.kind"; nil if there is none. Text that
  /// is no JSON ends the search: its reader says so.
  public static func firstDuplicate(in text: some Sequence<UInt8>) -> String? {
    let bytes = Array(text)
    var levels: [Level] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard levels.count < deepest else { return nil }
        let isObject = byte == UInt8(ascii: "{")
        levels.append(Level(keys: isObject ? [] : nil, expectsKey: isObject))
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard levels.popLast() != nil else { return nil }
      case UInt8(ascii: ","):
        guard let top = levels.indices.last else { return nil }
        levels[top].expectsKey = levels[top].keys != nil
      case UInt8(ascii: "\""):
        let start = index
        var isEscaped = false
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
          if bytes[index] == UInt8(ascii: "\\") {
            isEscaped = true
            index += 1
          }
          index += 1
        }
        guard index < bytes.count else { return nil }
        let content = bytes[start..<index]
        index += 1
        guard let top = levels.indices.last, levels[top].expectsKey else { continue }
        levels[top].expectsKey = false
        let key = decoded(content, isEscaped)
        levels[top].key = key
        if levels[top].keys?.insert(key).inserted == false {
          return levels.filter { $0.keys != nil }.map(\.key).joined(separator: ".")
        }
      default: break
      }
    }
    return nil
  }

  private static func decoded(_ content: ArraySlice<UInt8>, _ isEscaped: Bool) -> String {
    guard isEscaped else { return String(decoding: content, as: UTF8.self) }
    let quoted = [UInt8(ascii: "\"")] + content + [UInt8(ascii: "\"")]
    let value = try? JSONSerialization.jsonObject(
      with: Data(quoted), options: .fragmentsAllowed)
    return value as? String ?? String(decoding: content, as: UTF8.self)
  }
}
