/// Makes the checksums of a damaged archive's stored entries right again, so that mutations of their
/// content get past the archive's reader.
enum ZipRepair {
  static func withRightCheckSums(_ file: [UInt8]) -> [UInt8] {
    var bytes = file
    for (entry, directory) in stored(in: file) {
      let crc = checkSum(bytes[entry])
      for index in 0..<4 {
        bytes[directory + 16 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index))
      }
    }
    return bytes
  }

  /// Where the contents of stored entries lie, in the directory's order.
  static func entries(of file: [UInt8]) -> [Range<Int>] { stored(in: file).map(\.content) }

  private static func stored(in bytes: [UInt8]) -> [(content: Range<Int>, directory: Int)] {
    func number(_ at: Int, _ width: Int) -> Int {
      (0..<width).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }
    var entries: [(content: Range<Int>, directory: Int)] = []
    var at = 0
    while at + 46 <= bytes.count {
      guard bytes[at] == 0x50, number(at, 4) == 0x0201_4b50, number(at + 10, 2) == 0 else {
        at += 1
        continue
      }
      let (size, header) = (number(at + 20, 4), number(at + 42, 4))
      if header + 30 <= bytes.count {
        let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
        if start + size <= bytes.count { entries.append((start..<start + size, at)) }
      }
      at += 46
    }
    return entries
  }

  private static func checkSum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
