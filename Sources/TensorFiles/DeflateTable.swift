// Look-up tables of deflate's prefix codes: an entry says what a symbol means and how many bits it
// takes, extra bits included, so that decoding is one look-up and one shift.

import Compute

/// Bits of an entry: 0 ..< 8 all bits of the symbol, 8 ..< 12 those of its code (of a subtable's index
/// for `subtable`), 12 ..< 16 what it is, 16 ..< 32 a literal, the least length or distance, or where
/// the subtable begins.
enum DeflateTable {
  static let literal: UInt32 = 1 << 12
  static let subtable: UInt32 = 1 << 13
  static let endOfBlock: UInt32 = 1 << 14
  /// Neither a literal nor a value; alone: no code.
  static let special: UInt32 = 1 << 15

  /// Bits that the first look-up takes.
  static let lengthBits = 11
  static let distanceBits = 9
  static let codeLengthBits = 7
  private static let longestCode = 15
  // A symbol's subtable is never larger than 2^(15 - bits), and there are 288 and 32 symbols; zlib's
  // `enough` gives smaller bounds, which are not needed.
  static let lengthCapacity = 1 << lengthBits + 288 << 4
  static let distanceCapacity = 1 << distanceBits + 32 << 6

  private static let lengthBases: [UInt32] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]

  /// What the code of a length symbol (257 and on) or a distance symbol means; without extra bits
  /// where `symbol` is none.
  private static func length(_ symbol: Int) -> UInt32 {
    guard symbol < lengthBases.count else { return special }
    let extra = symbol < 8 || symbol == 28 ? 0 : UInt32(symbol / 4 - 1)
    return lengthBases[symbol] << 16 | extra
  }

  private static func distance(_ symbol: Int) -> UInt32 {
    guard symbol < 30 else { return special }
    guard symbol >= 4 else { return UInt32(symbol + 1) << 16 }
    let extra = UInt32(symbol / 2 - 1)
    return (UInt32(2 + symbol % 2) << extra + 1) << 16 | extra
  }

  static func makeLengths(_ lengths: [UInt8], _ table: UnsafeMutablePointer<UInt32>) throws {
    try make(lengths, bits: lengthBits, table) { symbol in
      symbol < 256
        ? literal | UInt32(symbol) << 16
        : symbol == 256 ? special | endOfBlock : length(symbol - 257)
    }
  }

  static func makeDistances(_ lengths: [UInt8], _ table: UnsafeMutablePointer<UInt32>) throws {
    try make(lengths, bits: distanceBits, table, distance)
  }

  static func makeCodeLengths(_ lengths: [UInt8], _ table: UnsafeMutablePointer<UInt32>) throws {
    try make(lengths, bits: codeLengthBits, table, isComplete: true) { UInt32($0) << 16 }
  }

  /// - Parameters:
  ///   - lengths: bits of each symbol's code, 0 for none.
  ///   - meaning: the entry of a symbol, with the number of its extra bits in bits 0 ..< 8.
  ///   - isComplete: whether a single code of one bit, the other half unused, is refused.
  private static func make(
    _ lengths: [UInt8], bits: Int, _ table: UnsafeMutablePointer<UInt32>, isComplete: Bool = false,
    _ meaning: (Int) -> UInt32
  ) throws {
    var counts = [Int](repeating: 0, count: longestCode + 1)
    for length in lengths { counts[Int(length)] += 1 }
    counts[0] = 0
    var left = 1
    for length in 1...longestCode {
      left = 2 * left - counts[length]
      guard left >= 0 else { throw deflateError("more codes than there is room for") }
    }
    let used = counts.reduce(0, +)
    // zlib takes a code of one symbol, and none at all where no symbol follows.
    guard left == 0 || (!isComplete && (used == 0 || (used == 1 && counts[1] == 1))) else {
      throw deflateError("an incomplete code")
    }
    table.update(repeating: special, count: 1 << bits)
    var code = 0
    var nextCodes = [Int](repeating: 0, count: longestCode + 1)
    for length in 1...longestCode {
      code = (code + counts[length - 1]) << 1
      nextCodes[length] = code
    }
    let longest = counts.lastIndex { $0 > 0 } ?? 0
    var free = 1 << bits
    for (symbol, byte) in lengths.enumerated() where byte > 0 {
      let length = Int(byte)
      let reversed = reverse(nextCodes[length], length)
      nextCodes[length] += 1
      let entry = complete(meaning(symbol), codeLength: length)
      if length <= bits {
        for index in stride(from: reversed, to: 1 << bits, by: 1 << length) { table[index] = entry }
        continue
      }
      let first = reversed & (1 << bits - 1)
      let subBits = longest - bits
      if table[first] & subtable == 0 {
        table[first] = special | subtable | UInt32(subBits) << 8 | UInt32(free) << 16 | UInt32(bits)
        (table + free).update(repeating: special, count: 1 << subBits)
        free += 1 << subBits
      }
      let start = Int(table[first] >> 16)
      for index in stride(from: reversed >> bits, to: 1 << subBits, by: 1 << (length - bits)) {
        table[start + index] = entry
      }
    }
  }

  private static func complete(_ meaning: UInt32, codeLength: Int) -> UInt32 {
    meaning + UInt32(codeLength) | UInt32(codeLength) << 8
  }

  private static func reverse(_ code: Int, _ length: Int) -> Int {
    var (result, rest) = (0, code)
    for _ in 0..<length {
      result = result << 1 | rest & 1
      rest >>= 1
    }
    return result
  }

  /// Where the entry of a long code is.
  @inline(__always)
  static func subtableIndex(_ entry: UInt32, _ bits: UInt64) -> Int {
    let index = bits &>> UInt64(entry & 0xff) & (1 &<< UInt64(entry &>> 8 & 15) - 1)
    return Int(entry &>> 16) + Int(index)
  }

  /// The length or distance of an entry whose code is next: its base and the extra bits.
  @inline(__always)
  static func value(_ entry: UInt32, _ bits: UInt64) -> UInt64 {
    let extra = bits & (1 &<< UInt64(entry & 0xff) - 1)
    return UInt64(entry &>> 16) + extra &>> UInt64(entry &>> 8 & 15)
  }
}
