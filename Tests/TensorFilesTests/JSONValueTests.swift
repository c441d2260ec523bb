/// JSON texts as values: numbers to the last bit, rows as arrays, and what is neither.
import Compute
import Foundation
import Testing

@testable import TensorFiles

@Suite struct JSONValueTests {
  static func read(_ text: String) throws -> PickleValue {
    try JSONValue.read(bytes: Array(text.utf8))
  }

  /// Every number is the double that the C library gives.
  @Test func numbersAreRoundedToTheNearest() throws {
    var texts = [
      "0", "-0", "0.0", "1", "-1", "9007199254740993", "9007199254740992.5", "1e22", "1e23", "1E-5",
      "123456789012345678", "0.1", "0.30000000000000004", "2.2250738585072014e-308", "5e-324",
      "1e400",
      "1.7976931348623157e308", "0.000000000000000000012345678901234567", "9999999999999999999",
      "18446744073709551615", "18446744073709551616", "4503599627370496.5", "4503599627370497.5",
      "9007199254740991.5", "0.5000000000000001", "1.00000000000000011102230246251565e0",
      "1.0000000000000001110", "1.0000000000000001111", "6.5e-27", "7e-28", "1e-27",
    ]
    var state: UInt64 = 12345
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 11
    }
    for _ in 0..<20_000 {
      let digits = 1 + Int(next() % 19)
      var text = next() % 2 == 0 ? "-" : ""
      let point = Int(next() % UInt64(digits + 1))
      for place in 0..<digits {
        if place == point { text += place == 0 ? "0." : "." }
        text += "\(next() % 10)"
      }
      if next() % 4 == 0 { text += "e\(Int(next() % 40) - 20)" }
      texts.append(text)
    }
    for _ in 0..<20_000 {
      texts.append("\(Double(next()) * exp2(Double(next() % 120)) * 0x1p-120)")
      texts.append("\(Double(Float(next()) * 0x1p-53))")
    }
    // Halves between two doubles, and one below and above them.
    for _ in 0..<5_000 {
      let middle = (next() & ((1 << 53) - 1)) | 1 << 53 | 1
      for digits in ["\(middle - 2)", "\(middle)", "\(middle + 2)"] {
        texts.append(digits + ".0")
        texts.append("0." + digits + "e16")
      }
    }
    for text in texts {
      guard case .tensor(let tensor) = try Self.read("[\(text)]") else {
        Issue.record("\(text) is no row")
        continue
      }
      #expect(try tensor.doubles()[0].bitPattern == strtod(text, nil).bitPattern, "\(text)")
    }
  }

  @Test func rows() throws {
    func shape(_ text: String) throws -> [Int]? {
      if case .tensor(let tensor) = try Self.read(text) { tensor.shape } else { nil }
    }
    #expect(try shape("[1, 2.5 , -3]") == [3])
    #expect(try shape("[[1,2],[3,4],[5,6]]") == [3, 2])
    #expect(try shape("[ [ [1] ] , [ [NaN] ] ]") == [2, 1, 1])
    #expect(try shape("[[1,2],[3]]") == nil && shape("[]") == nil && shape("[[]]") == nil)
    #expect(try shape("[1, [2]]") == nil && shape("[[1], 2]") == nil && shape("[1, true]") == nil)
    // What is no array itself may hold some.
    let mixed = try Self.read("[[1, 2], [3], {\"a\": [4, 5]}, [[6], \"x\"]]")
    #expect(try mixed[0]?.tensor()?.doubles() == [1, 2] && mixed[1]?.tensor()?.shape == [1])
    #expect(try mixed[2]?["a"]?.tensor()?.doubles() == [4, 5])
    #expect(try mixed[3]?[0]?.tensor()?.doubles() == [6] && mixed[3]?[1]?.string == "x")
    guard case .tensor(let tensor) = try Self.read("[[1, 2], [3, 4]]") else { return }
    #expect(try tensor.doubles() == [1, 2, 3, 4])
  }

  @Test func integersStayWhole() throws {
    #expect(try Self.read("9007199254740993").integer == 9_007_199_254_740_993)
    #expect(try Self.read("123456789012345678901234").identifier == "123456789012345678901234")
    #expect(try Self.read("-7").integer == -7 && Self.read("2.5").number == 2.5)
  }

  @Test(arguments: [
    "[1, 2", "[1 2]", "[1,]", "[,1]", "[-]", "[1.5.2]", "[1e]", "[--1]", "[[1,2],[3,4]",
    "{\"a\": [1}", "[nul]",
    "[1]]", "{\"a\" 1}", "[\"a]", "1 2", "",
  ])
  func damage(text: String) {
    #expect(throws: ProgramError.self, "\(text)") { try Self.read(text) }
  }

  /// Lists within lists with a stranger at the bottom are gone through once and not once a level.
  @Test func strangersDeepInLists() throws {
    let row = (0..<2000).map { "\($0)" }.joined(separator: ", ")
    let text =
      String(repeating: "[", count: 60) + row + ", \"x\"" + String(repeating: "]", count: 60)
    var value = try Self.read(text)
    for _ in 0..<59 { value = try #require(value.sequence?.first) }
    #expect(value.sequence?.count == 2001)
    #expect(throws: ProgramError.self) {
      try Self.read(String(repeating: "[", count: 100) + String(repeating: "]", count: 100))
    }
  }
}
