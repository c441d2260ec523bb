/// Libraries call what their caller can choose by its name in backquotes: `body`. Here that is an option.
enum OptionNames {
  /// The names that messages of libraries use.
  private static let all = [
    "background", "body", "checkpoint", "config", "csv", "difference", "force", "frames", "gender",
    "json", "partial", "person", "plot",
    "size", "supersample", "tables", "up",
  ]

  /// A library's sentence as the user types the names: "--body".
  static func written(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "`")) else { return text }
    return all.reduce(text) { $0.replacing("`\($1)`", with: "--\($1)") }
  }
}
