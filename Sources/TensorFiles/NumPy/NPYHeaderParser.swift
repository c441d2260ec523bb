import Compute

/// The Python literal in a header: a flat dictionary of texts, booleans and tuples of integers.
struct NPYHeaderParser {
  enum Value { case text(String), bool(Bool), integers([Int]) }

  private var rest: Substring
  private let text: String

  init(_ text: String) {
    self.text = text
    rest = Substring(text)
  }

  private func fail() -> ProgramError {
    ProgramError(.dataError, "the array's header cannot be read", found: String(text.prefix(200)))
  }

  private mutating func skip() {
    rest = rest.drop { $0 == " " || $0 == "\n" }
  }

  private mutating func take(_ character: Character) -> Bool {
    skip()
    guard rest.first == character else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func string() throws -> String {
    skip()
    guard let quote = rest.first, quote == "'" || quote == "\"",
      let end = rest.dropFirst().firstIndex(of: quote)
    else { throw fail() }
    let value = rest[rest.index(after: rest.startIndex)..<end]
    rest = rest[rest.index(after: end)...]
    return String(value)
  }

  private mutating func integer() throws -> Int {
    skip()
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard let value = Int(digits) else { throw fail() }
    rest = rest.dropFirst(digits.count)
    if rest.first == "L" { rest = rest.dropFirst() }
    return value
  }

  private mutating func value() throws -> Value {
    skip()
    if rest.hasPrefix("True") {
      rest = rest.dropFirst(4)
      return .bool(true)
    }
    if rest.hasPrefix("False") {
      rest = rest.dropFirst(5)
      return .bool(false)
    }
    if take("(") {
      var values: [Int] = []
      while !take(")") {
        values.append(try integer())
        guard values.count <= 64 else { throw fail() }
        if !take(",") {
          guard take(")") else { throw fail() }
          break
        }
      }
      return .integers(values)
    }
    return .text(try string())
  }

  mutating func dictionary() throws -> [String: Value] {
    guard take("{") else { throw fail() }
    var result: [String: Value] = [:]
    while !take("}") {
      let key = try string()
      guard take(":") else { throw fail() }
      // Structured types begin with a list; the type error says what is read.
      skip()
      if rest.first == "[" {
        throw ProgramError(
          .dataError, NPYHeader.structuredType, found: String(text.prefix(200)))
      }
      result[key] = try value()
      if !take(",") {
        guard take("}") else { throw fail() }
        break
      }
    }
    return result
  }
}
