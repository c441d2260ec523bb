import Foundation
import TestSupport

/// Mutates what a safetensors file says instead of its bytes: numbers and texts of the header and of the
/// description within it, and values of tensors. What comes out is well-formed far more often.
enum SafetensorsMutator {
  /// nil for a file whose header cannot be found.
  static func mutate(_ file: [UInt8], using random: inout SeededGenerator) -> [UInt8]? {
    guard file.count > 8 else { return nil }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(file[$1]) << UInt64(8 * $1) }
    guard length < UInt64(file.count - 8), length < 1 << 20 else { return nil }
    let end = 8 + Int(length)
    var header = Array(file[8..<end])
    var data = Array(file[end...])
    for _ in 0...random.below(3) {
      switch random.below(4) {
      case 0: changeData(&data, using: &random)
      case 1: changeText(&header, using: &random)
      default: changeNumber(&header, using: &random)
      }
    }
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    let count = UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) } + header + data
  }

  private static let numbers = [
    "0", "-0.0", "-1", "1e308", "-1e308", "3.4e38", "1e-45", "1e39", "NaN", "9223372036854775807",
    "-9223372036854775808", "18446744073709551616", "2147483648", "1.5", "16384", "65536", "1e9",
    "null", "[]", "true",
  ]

  /// Replaces a number, of the header or of the description in it.
  private static func changeNumber(_ header: inout [UInt8], using random: inout SeededGenerator) {
    guard !header.isEmpty else { return }
    func isNumber(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || [0x2d, 0x2e].contains(byte)
    }
    // A number follows a colon, a comma or a bracket: digits of names stay.
    let places = header.indices.dropFirst().filter {
      isNumber(header[$0]) && [0x3a, 0x2c, 0x5b].contains(header[$0 - 1])
    }
    guard let start = places.randomElement(using: &random) else { return }
    let stop = header[start...].firstIndex { !isNumber($0) && $0 != 0x65 } ?? header.count
    header.replaceSubrange(start..<stop, with: Array(numbers[random.below(numbers.count)].utf8))
  }

  /// Replaces the inside of a quoted text, the description's quotes being escaped, or gives an entry
  /// twice.
  private static func changeText(_ header: inout [UInt8], using random: inout SeededGenerator) {
    let quotes = header.indices.filter { header[$0] == 0x22 }
    guard quotes.count > 1 else { return }
    let index = random.below(quotes.count - 1)
    let (from, to) = (quotes[index] + 1, quotes[index + 1])
    guard from <= to, to - from < 100 else { return }
    let isEscaped = to > 0 && header[to - 1] == 0x5c
    let texts = [
      "", "plain", "dinar", "raw", "png", "features", "../../x", "a\\\\u0000b", "\\\\u001b[2J",
      "texture", "color", "neural", String(repeating: "A", count: 3000),
    ]
    var text = Array(texts[random.below(texts.count)].utf8)
    if isEscaped { text.append(0x5c) }
    header.replaceSubrange(from..<to, with: text)
  }

  private static let values: [Float] = [
    .nan, .infinity, -.infinity, 1e38, -1e38, 3e38, .leastNonzeroMagnitude,
    0, -1, 1e9, -1e-3, 2_147_483_648,
  ]

  /// Overwrites one value, or a run of them.
  private static func changeData(_ data: inout [UInt8], using random: inout SeededGenerator) {
    guard data.count >= 4 else { return }
    let bits = values[random.below(values.count)].bitPattern
    let start = random.below(data.count / 4) * 4
    let run = random.below(4) == 0 ? random.below(64) : 0
    for at in stride(from: start, through: min(start + 4 * run, data.count - 4), by: 4) {
      for index in 0..<4 { data[at + index] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * index)) }
    }
  }
}
