/// Makes a damaged PNG's check sums right again: hostile files have right ones, and without them
/// the reader refuses every mutation at the first chunk.
enum PNGRepair {
  static func withRightCheckSums(_ file: [UInt8]) -> [UInt8] {
    var bytes = file
    var start = 8
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = start + 8 + length
      guard end + 4 <= bytes.count else { break }
      var crc = UInt32.max
      for byte in bytes[start + 4..<end] {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
      }
      for index in 0..<4 {
        bytes[end + index] = UInt8(truncatingIfNeeded: ~crc >> UInt32(24 - 8 * index))
      }
      start = end + 4
    }
    return bytes
  }
}
