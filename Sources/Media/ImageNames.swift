// The names of a sequence's pictures.

import Compute

/// `PREFIX NUMBER SUFFIX`, from a name such as `walk_%04d.png` or from a folder.
struct ImageNames: Sendable, Equatable {
  let folder: String
  let prefix: String
  let digits: Int
  let suffix: String

  /// - Parameter path: a `.png` name with one `%d` or `%06d`, or a folder, whose pictures are then
  ///   called `frame_000000.png` and so on.
  init(path: String) throws {
    let slash = path.lastIndex(of: "/")
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    guard let number = ImageNames.number(in: name) else {
      guard !path.isEmpty, !name.lowercased().hasSuffix(".png") else {
        throw ProgramError(
          .usage, "the names of a sequence need a number", file: path,
          expected: "name_%06d.png or a folder")
      }
      folder = path.hasSuffix("/") ? path : path + "/"
      prefix = "frame_"
      digits = 6
      suffix = ".png"
      return
    }
    guard name.lowercased().hasSuffix(".png"), number.digits <= 18 else {
      throw ProgramError(
        .usage, "the pictures of a sequence are PNG", file: path, expected: "name_%06d.png")
    }
    folder = slash.map { String(path[...$0]) } ?? ""
    prefix = String(name[..<number.range.lowerBound])
    digits = number.digits
    suffix = String(name[number.range.upperBound...])
  }

  /// The whole pattern again.
  var pattern: String {
    "\(folder)\(prefix)\(digits == 0 ? "%d" : "%0\(digits)d")\(suffix)"
  }

  func path(_ number: Int) -> String {
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

  static func hasNumber(_ name: String) -> Bool { number(in: name) != nil }

  /// Where `%d`, `%4d` or `%04d` stands.
  private static func number(in name: String) -> (range: Range<String.Index>, digits: Int)? {
    var start = name.startIndex
    while let percent = name[start...].firstIndex(of: "%") {
      let after = name.index(after: percent)
      let end = name[after...].firstIndex { !($0.isASCII && $0.isNumber) } ?? name.endIndex
      if end < name.endIndex, name[end] == "d" {
        return (percent..<name.index(after: end), Int(name[after..<end]) ?? 0)
      }
      start = after
    }
    return nil
  }
}
