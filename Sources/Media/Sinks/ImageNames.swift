// The names of a sequence's pictures.

import Compute

/// `PREFIX NUMBER SUFFIX`, from a name such as `walk_%04d.png` or from a folder.
package struct ImageNames: Sendable, Equatable {
  package let folder: String
  let prefix: String
  let digits: Int
  let suffix: String

  /// - Parameter path: a `.png` name with one `%d` or `%06d`, or a folder, whose pictures are then
  ///   called `frame_000000.png` and so on.
  package init(path: String) throws {
    let parts = PathParts(path)
    let numbers = ImageNames.numbers(in: parts.name)
    let isPicture = parts.pathExtension.lowercased() == ".png"
    guard let number = numbers.first else {
      guard !path.isEmpty, !isPicture else {
        throw ProgramError(
          .usage, "the names of a sequence need a number", file: path,
          expected: "name_%06d.png or a folder")
      }
      folder = parts.name.isEmpty ? path : path + "/"
      prefix = "frame_"
      digits = 6
      suffix = ".png"
      return
    }
    guard isPicture, number.digits <= 18 else {
      throw ProgramError(
        .usage, "the pictures of a sequence are PNG", file: path, expected: "name_%06d.png")
    }
    guard numbers.count == 1 else {
      throw ProgramError(
        .usage, "the names of a sequence have one number", file: path, expected: "name_%06d.png",
        found: "\(numbers.count) numbers")
    }
    folder = parts.folder
    let bytes = parts.name.utf8
    prefix = String(decoding: bytes[..<number.range.lowerBound], as: UTF8.self)
    digits = number.digits
    suffix = String(decoding: bytes[number.range.upperBound...], as: UTF8.self)
  }

  /// The whole pattern again.
  package var pattern: String {
    "\(folder)\(prefix)\(digits == 0 ? "%d" : "%0\(digits)d")\(suffix)"
  }

  package func path(_ number: Int) -> String {
    let text = String(number)
    let zeros = String(repeating: "0", count: max(digits - text.count, 0))
    return folder + prefix + zeros + text + suffix
  }

  /// Whether `name` could be one of this sequence.
  func matches(_ name: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
    let middle = name.dropFirst(prefix.count).dropLast(suffix.count)
    return middle.count >= max(digits, 1) && prefix.count + suffix.count < name.count
      && middle.allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// The number in the name of a picture of this sequence, without its folder; nil for other names.
  func number(of name: String) -> Int? {
    guard matches(name), let number = Int(name.dropFirst(prefix.count).dropLast(suffix.count)),
      path(number) == folder + name
    else { return nil }
    return number
  }

  /// Whether a picture of this sequence could have the name of one of the other, in the same folder.
  package func collides(with other: ImageNames) -> Bool {
    func isDigits(_ text: Substring) -> Bool { text.allSatisfy { $0.isASCII && $0.isNumber } }
    let (short, long) = prefix.count <= other.prefix.count ? (self, other) : (other, self)
    return suffix == other.suffix && long.prefix.hasPrefix(short.prefix)
      && isDigits(long.prefix.dropFirst(short.prefix.count))
  }

  /// Whether a picture of this sequence could have this name.
  package func collides(with name: String) -> Bool { number(of: name) != nil }

  static func hasNumber(_ name: String) -> Bool { !numbers(in: name).isEmpty }

  /// Where `%d`, `%4d` or `%04d` stand.
  private static func numbers(in name: String) -> [(range: Range<String.Index>, digits: Int)] {
    let bytes = name.utf8
    let isDigit = { (byte: UInt8) in UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
    var result: [(range: Range<String.Index>, digits: Int)] = []
    var start = bytes.startIndex
    while let percent = bytes[start...].firstIndex(of: UInt8(ascii: "%")) {
      start = bytes.index(after: percent)
      let digits = bytes[start...].prefix(while: isDigit)
      guard digits.endIndex < bytes.endIndex, bytes[digits.endIndex] == UInt8(ascii: "d") else {
        continue
      }
      start = bytes.index(after: digits.endIndex)
      // More digits than a number of ours has are too many as well.
      let count = digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self)) ?? Int.max
      result.append((percent..<start, count))
    }
    return result
  }
}
