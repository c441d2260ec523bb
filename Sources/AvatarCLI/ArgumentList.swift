/// The words of the command line, before the parser sees them.
enum ArgumentList {
  /// `--help-all` is what the parser calls `--help-hidden`; words after `--` are left alone.
  static func prepared(_ words: some Sequence<String>) -> [String] {
    var isOpen = true
    return words.map { word in
      if word == "--" { isOpen = false }
      return isOpen && word == "--help-all" ? "--help-hidden" : word
    }
  }
}
