import Compute
import TestSupport
import Testing

/// What of a text from outside reaches a terminal.
@Suite struct PrintableTextTests {
  @Test(arguments: [
    ("plain text, \u{e9}\u{4e16}\u{1f600}", "plain text, \u{e9}\u{4e16}\u{1f600}"),
    ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
    ("a\nerror: b\r\n\tc", "a\\nerror: b\\r\\n\\tc"),
    // C1, DEL, NUL
    ("\u{9b}2J\u{7f}\u{0}", "\\u{9b}2J\\u{7f}\\u{0}"),
    // Letters that turn the direction, that are not seen, that end lines
    ("\u{202e}gnp.exe\u{2066}", "\\u{202e}gnp.exe\\u{2066}"),
    ("\u{200b}\u{200d}\u{feff}\u{ad}", "\\u{200b}\\u{200d}\\u{feff}\\u{ad}"),
    ("\u{2028}\u{2029}\u{85}", "\\u{2028}\\u{2029}\\u{85}"),
    // Accents of their own stay with their letter.
    ("e\u{301}", "e\u{301}"),
    ("", ""),
  ])
  func steersNothing(text: String, shown: String) {
    #expect(text.printable() == shown)
  }

  @Test func saysWhatIsLeftOut() {
    let long = String(repeating: "ab\n", count: 100_000)
    #expect(long.printable(limit: 4) == "ab\\na\u{2026} (299996 more characters)")
    #expect("abcd".printable(limit: 4) == "abcd")
    #expect("abcde".printable(limit: 0) == "\u{2026} (5 more characters)")
    #expect(long.printable().count < 2200)
  }

  /// Bytes of any kind, also such that are not UTF-8: nothing of what may not be shown is left.
  @Test func anyBytes() {
    var random = SeededGenerator(state: 3)
    for _ in 0..<200 {
      let text = String(decoding: random.bytes(300), as: UTF8.self).printable()
      for scalar in text.unicodeScalars {
        let kind = scalar.properties.generalCategory
        #expect(
          ![.control, .format, .lineSeparator, .paragraphSeparator].contains(kind), "\(scalar)")
      }
    }
  }

  @Test func errorsAreCleanInEveryPart() {
    let forged = "x\u{1b}[2J\n  hint: run this\u{202e}" + String(repeating: "y", count: 1_000_000)
    let error = ProgramError(
      .dataError, forged, file: forged, key: forged, expected: forged, found: forged, hint: forged)
    #expect(error.found == forged, "the members keep what was found")
    let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines[1].hasPrefix("  hint: x\\u{1b}[2J\\n  hint: run this"))
    #expect(error.description.utf8.count < 20_000)
    #expect(!error.description.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{202e}" })
    let plain = ProgramError(
      .dataError, "is wrong", file: "a.npz", key: "k", expected: "1", found: "2", hint: "try 1")
    #expect(plain.description == "a.npz: [k] is wrong (expected 1, found 2)\n  hint: try 1")
  }
}
