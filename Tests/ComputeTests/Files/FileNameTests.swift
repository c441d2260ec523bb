import Compute
import Testing

/// Names from files as names of files.
@Suite struct FileNameTests {
  @Test(arguments: [
    ("person01", "person01"), ("Åsa_ø", "Åsa_ø"), ("人", "人"), ("a b", "a b"), ("_bob", "_bob"),
    ("v1.2", "v1.2"),
    ("../../evil", "evil"), ("/etc/passwd", "etc_passwd"), ("a/b\\c", "a_b_c"), ("..", "x"),
    (".hidden", "hidden"), ("-rf", "rf"), ("", "x"), ("///", "x"), ("a\0b", "a_b"),
    ("\u{1b}[2Jred", "[2Jred"), ("a\nb", "a_b"), ("name.", "name"), ("name ", "name"),
    ("a\u{202e}gnp", "a_gnp"), ("caf\u{fffd}", "caf"), ("$(id)", "(id)"), ("a;b", "a_b"),
    ("con", "_con"), ("NUL.txt", "_NUL.txt"), ("COM1", "_COM1"), ("COM10", "COM10"),
  ])
  func stems(name: String, stem: String) {
    #expect(FileName.stem(name, fallback: "x") == stem)
  }

  /// Whatever the name, the stem is one component that is not hidden, short, and printable, and making
  /// a stem of it again changes nothing.
  @Test func lawsOfAnyName() {
    let pieces = [
      "/", "..", "\0", "\u{1b}", "ä", "\u{301}", " ", "-", ".", "_", "a", "CON", "\u{fffd}", "\\",
      "\u{2028}", "👨‍👩‍👧", "nul", ":", "~",
    ]
    var state: UInt64 = 7
    for _ in 0..<3000 {
      var name = ""
      for _ in 0..<12 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        name += pieces[Int(state >> 33) % pieces.count]
      }
      let stem = FileName.stem(name)
      #expect(!stem.isEmpty && !stem.hasPrefix(".") && !stem.hasPrefix("-"), "\(name)")
      #expect(stem.utf8.count <= FileName.longest + 1)
      #expect(!stem.utf8.contains { $0 == 0x2f || $0 < 0x20 || $0 == 0x7f }, "\(name)")
      #expect(FileName.stem(stem) == stem, "\(stem)")
    }
  }

  @Test func longNamesAreCutAtCharacters() {
    for character in ["a", "ä", "人", "👨‍👩‍👧"] {
      let stem = FileName.stem(String(repeating: character, count: 100_000))
      #expect(stem.utf8.count <= FileName.longest)
      #expect(stem.utf8.count > FileName.longest - 30, "\(character)")
    }
  }

  @Test func namesThatSomeFileSystemTakesForOne() {
    #expect(FileName.folded("Bob") == FileName.folded("bOB"))
    #expect(FileName.folded("\u{e9}") == FileName.folded("e\u{301}"))
    #expect(FileName.folded("Bob") != FileName.folded("Bobo"))
  }
}
