// The parts of a file's path, by bytes, as the system sees them.

/// The folder and the name of a path.
///
/// Works on bytes: for the system "/" followed by a combining accent is a slash, for `Character` it
/// is not.
package struct PathParts: Equatable, Sendable {
  /// Up to the last slash, which is kept; empty without one.
  package let folder: String
  /// Behind the last slash; empty when the path ends with it.
  package let name: String

  package init(_ path: String) {
    let bytes = path.utf8
    let start =
      bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.index(after: $0) } ?? bytes.startIndex
    folder = String(decoding: bytes[..<start], as: UTF8.self)
    name = String(decoding: bytes[start...], as: UTF8.self)
  }

  /// The name without `pathExtension`.
  package var stem: String { String(decoding: name.utf8[..<extensionStart], as: UTF8.self) }

  /// From the last dot on, the dot included; empty when there is none behind the first letter.
  package var pathExtension: String {
    String(decoding: name.utf8[extensionStart...], as: UTF8.self)
  }

  private var extensionStart: String.Index {
    let bytes = name.utf8
    guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")), dot > bytes.startIndex else {
      return bytes.endIndex
    }
    return dot
  }
}

extension String {
  /// The beginning of the text, at most `bytes` of UTF-8 and never half a character.
  package func prefix(utf8 bytes: Int) -> String {
    var result = ""
    var size = 0
    for scalar in unicodeScalars {
      size += UTF8.width(scalar)
      if size > bytes { break }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
