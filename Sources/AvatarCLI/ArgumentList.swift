/// The words of the command line, before the parser sees them.
enum ArgumentList {
  /// `--help-all` is what the parser calls `--help-hidden`; words after `--` are left alone. `create`
  /// alone is about photos, its help too.
  static func prepared(_ words: some Sequence<String>) -> [String] {
    var words = Array(words)
    if words.first == Create._commandName,
      !words.dropFirst().prefix(1).contains(where: Create.names.contains)
    {
      words.insert(CreatePhoto._commandName, at: 1)
    }
    var isOpen = true
    return words.map { word in
      if word == "--" { isOpen = false }
      return isOpen && word == "--help-all" ? "--help-hidden" : word
    }
  }
}
