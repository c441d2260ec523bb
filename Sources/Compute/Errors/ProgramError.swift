/// The one error type of the program: what went wrong, where, what was expected and found, and
/// what to do about it.
///
/// Libraries throw it, only the command line prints it and exits with its `code`.
public struct ProgramError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Exit statuses of `sysexits.h`.
  public enum Code: Int32, Sendable {
    /// The command line is wrong.
    case usage = 64
    /// The content of an input is wrong.
    case dataError = 65
    /// An input does not exist or cannot be opened.
    case noInput = 66
    /// A library, a codec or a processor feature is missing.
    case unavailable = 69
    /// A bug of ours.
    case software = 70
    /// The system refused something (memory, threads).
    case osError = 71
    /// An output cannot be created.
    case cannotCreate = 73
    /// Reading or writing failed half way.
    case inputOutput = 74
    /// The user interrupted the run (128 + SIGINT).
    case interrupted = 130
  }

  public var code: Code
  /// One sentence without the file name: "the archive ends before its directory".
  public var what: String
  public var file: String?
  /// The entry, array or option inside the file.
  public var key: String?
  public var expected: String?
  public var found: String?
  /// The next thing to try.
  public var hint: String?

  public init(
    _ code: Code, _ what: String, file: String? = nil, key: String? = nil,
    expected: String? = nil, found: String? = nil, hint: String? = nil
  ) {
    self.code = code
    self.what = what
    self.file = file
    self.key = key
    self.expected = expected
    self.found = found
    self.hint = hint
  }

  /// The same error with the file's name, if it has none yet: readers of bytes do not know it.
  public func inFile(_ name: String) -> ProgramError {
    var copy = self
    if copy.file == nil { copy.file = name }
    return copy
  }

  /// Runs `body` and adds to its errors where they happened, as far as they do not say it themselves:
  /// conversions of arrays know neither a file nor a name.
  package static func locating<R>(
    file: String?, key: String? = nil, _ body: () throws -> R
  ) throws -> R {
    do {
      return try body()
    } catch var error as ProgramError {
      error.file = error.file ?? file
      error.key = error.key ?? key
      throw error
    }
  }

  /// `file: [key] what (expected ..., found ...)` and the hint on a line of its own.
  ///
  /// What came from outside is cut and cleaned here, so that no file writes to a terminal what it
  /// likes; the members keep it as it was.
  public var description: String {
    var text = ""
    if let file { text += "\(file.printable(limit: Self.longestPath)): " }
    if let key { text += "[\(key.printable(limit: Self.longestKey))] " }
    text += what.printable(limit: Self.longestSentence)
    let expected = expected?.printable(limit: Self.longestSentence)
    let found = found?.printable(limit: Self.longestSentence)
    switch (expected, found) {
    case (let expected?, let found?): text += " (expected \(expected), found \(found))"
    case (let expected?, nil): text += " (expected \(expected))"
    case (nil, let found?): text += " (found \(found))"
    case (nil, nil): break
    }
    if let hint { text += "\n  hint: \(hint.printable(limit: Self.longestPath))" }
    return text
  }

  /// Characters of a message's parts that are shown.
  private static let longestPath = 4096
  private static let longestSentence = 1000
  private static let longestKey = 300
}
