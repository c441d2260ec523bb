import Testing

@testable import Compute

@Suite struct PathPartsTests {
  @Test(arguments: [
    ("q", "", "q", "q", ""), ("", "", "", "", ""), ("/", "/", "", "", ""),
    ("./", "./", "", "", ""), (".", "", ".", ".", ""), ("..", "", "..", ".", "."),
    ("a/b.tar.gz", "a/", "b.tar.gz", "b.tar", ".gz"), ("/x.png", "/", "x.png", "x", ".png"),
    (".png", "", ".png", ".png", ""), ("a.", "", "a.", "a", "."),
    ("a.b/c", "a.b/", "c", "c", ""),
    // The system sees a slash whatever follows it.
    ("a/\u{301}b", "a/", "\u{301}b", "\u{301}b", ""),
  ])
  func parts(path: String, folder: String, name: String, stem: String, ending: String) {
    let parts = PathParts(path)
    #expect(
      parts.folder.utf8.elementsEqual(folder.utf8) && parts.name.utf8.elementsEqual(name.utf8))
    #expect(parts.stem == stem && parts.pathExtension == ending)
  }

  @Test func prefixesEndBetweenCharacters() {
    #expect("abc".prefix(utf8: 2) == "ab" && "abc".prefix(utf8: 9) == "abc")
    #expect("a\u{e9}\u{4e16}".prefix(utf8: 2) == "a")
    #expect("a\u{e9}\u{4e16}".prefix(utf8: 5) == "a\u{e9}")
    #expect("a\u{e9}\u{4e16}".prefix(utf8: 6) == "a\u{e9}\u{4e16}")
  }
}
