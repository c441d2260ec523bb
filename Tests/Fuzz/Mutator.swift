import TestSupport

extension SeededGenerator {
  init(seed: UInt64, iteration: UInt64) {
    self.init(state: seed &* 0x9e37_79b9_7f4a_7c15 ^ iteration &* 0xd1b5_4a32_d192_ed03)
  }

  mutating func below(_ limit: Int) -> Int { limit <= 1 ? 0 : Int(next() % UInt64(limit)) }
}

/// Damages a file the way bad disks, cut downloads and hostile people do.
enum Mutator {
  /// No mutated file grows beyond this, so that the rate stays high.
  static let largest = 1 << 20

  /// One to eight mutations of `seed`; `others` are files to splice from.
  static func mutate(
    _ seed: [UInt8], others: [[UInt8]], using random: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = seed
    for _ in 0...random.below(8) { mutateOnce(&bytes, others: others, using: &random) }
    if bytes.count > largest { bytes.removeLast(bytes.count - largest) }
    return bytes
  }

  private static func mutateOnce(
    _ bytes: inout [UInt8], others: [[UInt8]], using random: inout SeededGenerator
  ) {
    guard !bytes.isEmpty else {
      bytes = (0..<random.below(64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      return
    }
    let at = position(in: bytes, using: &random)
    switch random.below(9) {
    case 0: bytes[at] ^= 1 << UInt8(random.below(8))
    case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
    case 2: bytes.removeLast(bytes.count - at)
    case 3: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(64)))
    case 4:
      let piece = Array(bytes[at..<min(bytes.count, at + 1 + random.below(256))])
      bytes.insert(contentsOf: piece, at: random.below(bytes.count))
    case 5:
      guard let other = others.randomElement(using: &random), !other.isEmpty else { return }
      let from = random.below(other.count)
      let piece = other[from..<min(other.count, from + 1 + random.below(512))]
      let end = random.below(2) == 0 ? at : min(bytes.count, at + piece.count)
      bytes.replaceSubrange(at..<end, with: piece)
    case 6: lie(&bytes, at: at, using: &random)
    case 7: lieInText(&bytes, from: at, using: &random)
    default:
      bytes.insert(
        contentsOf: (0..<1 + random.below(16)).map { _ in UInt8(truncatingIfNeeded: random.next())
        },
        at: at)
    }
  }

  /// Headers are at the start and directories at the end of files: prefer both to the middle.
  private static func position(in bytes: [UInt8], using random: inout SeededGenerator) -> Int {
    switch random.below(4) {
    case 0: random.below(min(bytes.count, 128))
    case 1: bytes.count - 1 - random.below(min(bytes.count, 192))
    default: random.below(bytes.count)
    }
  }

  /// Overwrites a length of 1, 2, 4 or 8 bytes by a value at an edge.
  private static func lie(_ bytes: inout [UInt8], at: Int, using random: inout SeededGenerator) {
    let width = 1 << random.below(4)
    let edges: [UInt64] = [
      0, 1, 2, UInt64(bytes.count), UInt64(bytes.count) + 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff,
      0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 1 << 40, 1 << 62, UInt64.max >> 1,
      1 << 63, UInt64.max - 7, UInt64.max,
    ]
    let value = edges[random.below(edges.count)]
    for index in 0..<width where at + index < bytes.count {
      bytes[at + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }

  /// Replaces the next number in a text header (npy, JSON, protocol 0) by one at an edge.
  private static func lieInText(
    _ bytes: inout [UInt8], from: Int, using random: inout SeededGenerator
  ) {
    func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    guard let start = bytes[from...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    let edges = [
      "0", "1", "-1", "255", "65536", "2147483648", "4294967296", "1099511627776",
      "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e400", "",
    ]
    bytes.replaceSubrange(start..<end, with: Array(edges[random.below(edges.count)].utf8))
  }
}
