/// A position in the text of a BVH file, with its line: words, names and the errors that say where.
import Compute

struct BVHText {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0
  /// From 1.
  private(set) var line = 1

  /// Characters of a joint's name.
  static let longestName = 1000

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    // The mark that some editors put before UTF-8.
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
  }

  var isAtEnd: Bool { position >= bytes.count }
  var bytesLeft: Int { bytes.count - position }

  private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

  /// Whether a comment begins here: `#` or `//`.
  private var isAtComment: Bool {
    byte(position) == 0x23 || byte(position) == 0x2f && byte(position + 1) == 0x2f
  }

  /// Goes to the next word, over blanks, line ends and comments.
  private mutating func skipBlanks(lineEnds: Bool = true) {
    while position < bytes.count {
      let next = bytes[position]
      if next == 0x0a {
        guard lineEnds else { return }
        line += 1
        position += 1
      } else if isBlank(next) || next == 0x0b || next == 0x0c {
        position += 1
      } else if isAtComment {
        while position < bytes.count, bytes[position] != 0x0a { position += 1 }
      } else {
        return
      }
    }
  }

  /// The next word, `{` and `}` being words of their own; nil at the end.
  mutating func word() throws -> String? {
    skipBlanks()
    return try wordHere()
  }

  /// The next word of this line; nil if it has none.
  mutating func wordOfLine() throws -> String? {
    skipBlanks(lineEnds: false)
    return isAtEnd || bytes[position] == 0x0a ? nil : try wordHere()
  }

  /// The next word without going there.
  func peek() throws -> String? {
    var copy = self
    return try copy.word()
  }

  private mutating func wordHere() throws -> String? {
    guard position < bytes.count else { return nil }
    let start = position
    while position < bytes.count {
      let next = bytes[position]
      if endsWord(next) { break }
      if next == 0x7b || next == 0x7d {
        if position == start { position += 1 }
        break
      }
      position += 1
      guard position - start <= Self.longestName else {
        throw error("a word is too long", expected: "at most \(Self.longestName) characters")
      }
    }
    return try text(start..<position)
  }

  /// What is left of the line, as a joint's name: blanks and colons belong to it, a brace or a
  /// comment does not.
  mutating func name() throws -> String {
    skipBlanks(lineEnds: false)
    let start = position
    var end = start
    while position < bytes.count {
      let next = bytes[position]
      if next == 0x0a || next == 0x7b || next == 0x7d { break }
      if isAtComment, position > start, isBlank(bytes[position - 1]) { break }
      position += 1
      if !isBlank(next) { end = position }
      guard position - start <= Self.longestName else {
        throw error("a name is too long", expected: "at most \(Self.longestName) characters")
      }
    }
    return try text(start..<end)
  }

  /// The number that comes next; `what` says what it is for.
  mutating func number(_ what: String) throws -> Double {
    guard let word = try word() else { throw endsEarly(expected: what) }
    guard let value = Double(word) else {
      throw error("\(what) is no number", expected: "a number", found: word)
    }
    guard value.isFinite, abs(value) <= BVHLimits.largestNumber else {
      throw error("\(what) is not a number that can be used", found: word)
    }
    return value
  }

  /// Goes to a place further on in the text, `lines` below.
  mutating func move(to position: Int, lines: Int) {
    self.position = position
    line += lines
  }

  private func text(_ range: Range<Int>) throws -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw error(
        "the text is in another encoding", expected: "UTF-8",
        hint: "save it as UTF-8 (iconv does that)")
    }
    return text
  }

  func endsEarly(expected: String) -> ProgramError {
    error("the file ends early", expected: expected, found: "its end")
  }

  /// An error here, or at `line`.
  func error(
    _ what: String, line: Int? = nil, expected: String? = nil, found: String? = nil,
    hint: String? = nil
  ) -> ProgramError {
    ProgramError(
      .dataError, what, key: "line \(line ?? self.line)", expected: expected, found: found,
      hint: hint)
  }
}

/// What a BVH file may be.
enum BVHLimits {
  /// A body with hands and clothes has a few hundred.
  static let mostJoints = 4096
  static let deepest = 1024
  /// Of offsets and positions; angles are less.
  static let largestNumber = 1e9
}
