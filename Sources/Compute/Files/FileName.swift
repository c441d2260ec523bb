/// The one way from a name that a file holds to the name of a file.
///
/// Names of persons come from anywhere: with slashes they would leave the folder that was asked for,
/// with a NUL they would be cut, with control characters they would steer terminals.
public enum FileName {
  /// Bytes of UTF-8: room is left for endings, numbers and the hidden names of unfinished files below
  /// the 255 that file systems allow.
  package static let longest = 120

  /// `name` as the stem of a file's name: one path component that is not hidden, reads as it is
  /// printed, and is the same on every system.
  ///
  /// Letters of all scripts stay. Separators, control and invisible characters, and what shells and
  /// other systems give a meaning become "_"; dots, spaces and dashes go from the ends. A name of
  /// nothing else becomes `fallback`.
  public static func stem(_ name: String, fallback: String = "unnamed") -> String {
    var scalars = String.UnicodeScalarView()
    var hasReplaced = false
    let replacement: Unicode.Scalar = "_"
    // A name of a megabyte is not looked through.
    for scalar in name.unicodeScalars.prefix(2 * longest) {
      if isAllowed(scalar) {
        scalars.append(scalar)
      } else {
        hasReplaced = true
        if scalars.last != replacement { scalars.append(replacement) }
      }
    }
    var text = Substring(String(scalars))
    // What is left of "../../" tells nothing.
    let borders = hasReplaced ? ". -_" : ". -"
    func trim() {
      text = text.drop { borders.contains($0) }
      while let last = text.last, borders.contains(last), last != "-" { text.removeLast() }
    }
    trim()
    while text.utf8.count > longest { text.removeLast() }
    trim()
    guard text.contains(where: { $0 != "_" }) else { return fallback }
    return isReserved(text) ? "_" + text : String(text)
  }

  /// What two stems have in common that some file system takes for one name: case and composition of
  /// accents do not count.
  public static func folded(_ stem: String) -> String {
    // Canonically equal strings are equal in Swift.
    stem.lowercased()
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    if "/\\:*?\"<>|`$!;&'\u{FFFD}".unicodeScalars.contains(scalar) { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      return false
    case .spaceSeparator: return scalar == " "
    default: return true
    }
  }

  /// Devices of Windows, with any ending.
  private static func isReserved(_ text: Substring) -> Bool {
    let stem = text.prefix { $0 != "." }.lowercased()
    if ["con", "prn", "aux", "nul"].contains(stem) { return true }
    return stem.count == 4 && (stem.hasPrefix("com") || stem.hasPrefix("lpt"))
      && stem.last?.isNumber == true
  }
}
