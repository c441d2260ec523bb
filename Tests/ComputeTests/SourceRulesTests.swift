/// What the compiler accepts and an input can turn into a trap, looked for in the sources.
///
/// A text search, not a parser: it finds the words, and the conversions from floating point whose
/// argument shows that it is one. What it finds is either mended or listed below with the reason why no
/// input reaches it.
import Foundation
import Testing

@Suite struct SourceRulesTests {
  /// A place that may stay: the end of a file's path, a piece of its line, and why.
  struct Exception {
    let file: String
    let text: String
    let reason: String
  }

  static let exceptions = [
    Exception(
      file: "NeuralRender/Plan/Steps/GridSampleStep.swift", text: "Int(floor)",
      reason: "limited to -1 ... extent before; in the loop over pixels"),
    Exception(
      file: "Rasterizer/Projection/VertexProjection.swift",
      text: "Int64(value.rounded(.toNearestOrEven))",
      reason: "limited to the guard band before, and not NaN"),
    Exception(
      file: "Compute/Numbers/SaturatingConversions.swift", text: "UInt8(limited.rounded(rule))",
      reason: "limited to 0 ... 255 before, and not NaN"),
    Exception(
      file: "Compute/Numbers/SaturatingConversions.swift", text: "Int8(Swift.min(low, 127).rounded",
      reason: "limited to -127 ... 127 before, and not NaN"),
  ]

  private struct Finding: CustomStringConvertible {
    let file: String
    let line: Int
    let text: String
    let rule: String
    var description: String { "\(file):\(line): \(rule): \(text)" }
  }

  private static let words = ["try!", "as!", "fatalError(", "unsafeDowncast("]

  @Test func sourcesHoldNoTraps() throws {
    var findings: [Finding] = []
    for url in try Self.sources() {
      let text = try String(contentsOf: url, encoding: .utf8)
      for finding in Self.findings(in: text, file: url.path) {
        let isException = Self.exceptions.contains {
          finding.file.hasSuffix($0.file) && finding.text.contains($0.text)
        }
        if !isException { findings.append(finding) }
      }
    }
    #expect(findings.isEmpty, "\(findings.map(\.description).joined(separator: "\n"))")
  }

  /// Only the command line knows of options: libraries name what can be chosen in backquotes.
  @Test func librariesNameNoOptions() throws {
    let option = try Regex(#"(^|[^-\w])--[a-z]"#)
    var findings: [String] = []
    for url in try Self.sources() where !url.path.contains("/AvatarCLI/") {
      let lines = try String(contentsOf: url, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated() {
        if line.drop(while: \.isWhitespace).hasPrefix("//") { continue }
        if line.contains(option) { findings.append("\(url.path):\(number + 1): \(line)") }
      }
    }
    #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
  }

  /// The search itself finds what it is for, and not what merely looks alike.
  @Test func theSearchFindsWhatItIsFor() {
    func found(_ text: String) -> [String] { Self.findings(in: text, file: "x").map(\.rule) }
    #expect(found("let a = try! read()\nlet b = c as! D") == ["try!", "as!"])
    #expect(found("func f() { fatalError(\"no\") }") == ["fatalError("])
    for conversion in [
      "Int(x.rounded())", "UInt8(max(0, min(255, 0.5 * y)))", "Int32((a * 2.5).rounded(.down))",
      "Int(Double(n) / 3)", "Int64(value.squareRoot())", "Int(pow(2, x))", "Int(floor)",
      "Int(\n  x.rounded())", "Int(Float(a) * b)", "UInt16(seconds * 1e3)",
    ] {
      #expect(found("let a = \(conversion)") == ["conversion from floating point"], "\(conversion)")
    }
    for harmless in [
      "Int(saturating: x.rounded())", "Int(exactly: x.rounded())", "UInt8(truncatingIfNeeded: a)",
      "Int(text)", "Int32(count)", "Float(Int(a) + 1)", "// Int(x.rounded())",
      "\"Int(x.rounded())\"",
      "Interval(x.rounded())", "/// try! and as!", "Int(bitPattern: floor)", "Int(a.floorIndex)",
    ] {
      #expect(found("let a = \(harmless)").isEmpty, "\(harmless)")
    }
  }

  private static func sources() throws -> [URL] {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources")
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    let found = (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    try #require(found.count > 50)
    return found
  }

  private static func findings(in text: String, file: String) -> [Finding] {
    let code = withoutCommentsAndTexts(text)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var result: [Finding] = []
    func add(_ rule: String, at index: Int) {
      let line = code[..<index].reduce(0) { $0 + ($1 == "\n" ? 1 : 0) }
      result.append(
        Finding(
          file: file, line: line + 1,
          text: lines[line...].prefix(2).joined(separator: " ")
            .trimmingCharacters(in: .whitespaces), rule: rule))
    }
    for word in words {
      let wanted = Array(word)
      for index in code.indices where code[index...].starts(with: wanted) {
        if index > 0, isNamePart(code[index - 1]) { continue }
        add(word, at: index)
      }
    }
    for index in code.indices where code[index] == "(" {
      guard isInteger(nameBefore(index, in: code)) else { continue }
      let argument = String(argument(after: index, in: code))
      if showsFloatingPoint(argument) { add("conversion from floating point", at: index) }
    }
    return result
  }

  /// The text with everything blanked that is no code; lines stay lines.
  private static func withoutCommentsAndTexts(_ text: String) -> [Character] {
    var result: [Character] = []
    var inComment = false
    var inText = false
    var previous: Character = "\n"
    let characters = Array(text)
    for (index, character) in characters.enumerated() {
      if character == "\n" {
        (inComment, inText) = (false, false)
      } else if !inText, character == "/", index + 1 < characters.count,
        characters[index + 1] == "/"
      {
        inComment = true
      } else if !inComment, character == "\"", previous != "\\" {
        inText.toggle()
      }
      result.append(character == "\n" || !(inComment || inText) ? character : " ")
      previous = character
    }
    return result
  }

  private static func isNamePart(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }

  private static func nameBefore(_ index: Int, in code: [Character]) -> String {
    var start = index
    while start > 0, isNamePart(code[start - 1]) { start -= 1 }
    return String(code[start..<index])
  }

  private static func isInteger(_ name: String) -> Bool {
    ["Int", "Int8", "Int16", "Int32", "Int64", "UInt", "UInt8", "UInt16", "UInt32", "UInt64"]
      .contains(name)
  }

  private static func argument(after index: Int, in code: [Character]) -> ArraySlice<Character> {
    var depth = 0
    for end in code.indices[index...] {
      if code[end] == "(" { depth += 1 }
      if code[end] == ")" { depth -= 1 }
      if depth == 0 { return code[(index + 1)..<end] }
    }
    return []
  }

  /// Whether an argument shows that it is of floating point; the labels of total conversions are none.
  private static func showsFloatingPoint(_ argument: String) -> Bool {
    let trimmed = argument.drop { $0.isWhitespace }
    for label in [
      "saturating:", "truncatingIfNeeded:", "bitPattern:", "clamping:", "exactly:", "symmetric:",
    ] where trimmed.hasPrefix(label) {
      return false
    }
    let signs = [
      #"\.rounded\("#, #"\.squareRoot\("#, #"\b(floor|ceil|pow|sqrt|exp|log2|log10|round)\("#,
      #"^\s*(floor|ceil)\s*$"#, #"\b(Float|Double)\("#, #"\b\d[\d_]*\.\d"#, #"\b\d+e-?\d"#,
    ]
    // What is converted to an integer inside is one outside.
    let inner = argument.replacingOccurrences(
      of: #"\bU?Int(8|16|32|64)?\((saturating|truncatingIfNeeded|clamping):"#
        + #"[^()]*(\([^()]*\)[^()]*)*\)"#, with: "", options: .regularExpression)
    return signs.contains { inner.range(of: $0, options: .regularExpression) != nil }
  }
}
