/// Libraries call what their caller can choose by its name in backquotes: `body`. Here that is an option.
enum OptionNames {
  /// The names that messages of libraries use.
  private static let all = [
    "atlas", "background", "body", "checkpoint", "concat", "config", "csv", "difference", "end",
    "frames", "gender", "json", "like", "lookup", "map", "motion-scale", "norm-map", "partial",
    "person", "plot", "pmask", "refiner", "sampler", "sequence", "size", "start", "supersample",
    "tables", "up",
  ]

  /// A library's sentence as the user types the names: "--body".
  static func written(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "`")) else { return text }
    return all.reduce(text) { $0.replacing("`\($1)`", with: "--\($1)") }
  }
}
