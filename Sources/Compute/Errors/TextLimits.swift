// Texts that files and errors quote, kept short where they are made.

extension String {
  /// The text, or its first bytes with "..." behind them: a message quotes a name, not a megabyte.
  ///
  /// - Parameter limit: bytes of UTF-8 that may stay.
  package func shortened(to limit: Int = 200) -> String {
    guard utf8.count > limit else { return self }
    return String(decoding: utf8.prefix(limit), as: UTF8.self) + "..."
  }
}

extension Collection where Element == String {
  /// "a, b, c and 7 more": the names that a file has, for a message.
  package func listed(most: Int = 20) -> String {
    let shown = prefix(most).map { $0.shortened(to: 80) }.joined(separator: ", ")
    return count > most ? "\(shown) and \(count - most) more" : shown
  }
}
