// Texts from outside, made fit to be shown.

extension StringProtocol {
  /// The text on one line, without anything that steers a terminal, and not longer than `limit`.
  ///
  /// Names, descriptions and messages out of files are whatever their writer wished: escape
  /// sequences, letters that turn the direction of writing, line ends that forge a message, a
  /// megabyte of anything. Control and formatting characters (zero-width ones too) and line
  /// separators become escapes such as `\n` and `\u{1b}`; of a text that is too long its beginning
  /// stays and the number of characters left out is said.
  ///
  /// Every text from outside that is shown passes through here: `ProgramError.description` does it
  /// for errors, the terminal of the command line for everything else.
  ///
  /// - Parameter limit: Unicode scalars of the text that are shown.
  public func printable(limit: Int = 1000) -> String {
    var result = String.UnicodeScalarView()
    var shown = 0
    var rest = unicodeScalars[...]
    while let scalar = rest.first, shown < limit {
      rest.removeFirst()
      shown += 1
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        result.append(contentsOf: Self.escape(scalar).unicodeScalars)
      default:
        result.append(scalar)
      }
    }
    let left = rest.count
    if left > 0 { result.append(contentsOf: "\u{2026} (\(left) more characters)".unicodeScalars) }
    return String(result)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
}
