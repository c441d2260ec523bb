import Compute

/// The bits of deflate data, lowest first, 56 or more at a time.
///
/// Beyond the end come zeros, until a whole word of them was wanted: then the data ends early.
struct DeflateBitReader {
  private(set) var bits: UInt64 = 0
  private var count = 0
  private var position = 0
  private let input: UnsafeRawBufferPointer

  init(_ input: UnsafeRawBufferPointer) { self.input = input }

  /// Bytes whose bits were all taken.
  var consumed: Int { min(position - count / 8, input.count) }

  /// Makes at least 56 bits ready.
  @inline(__always)
  mutating func refill() throws {
    if position + 8 <= input.count, let base = input.baseAddress {
      bits |=
        base.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        &<< UInt64(truncatingIfNeeded: count)
      position &+= (63 &- count) &>> 3
      count |= 56
    } else {
      try refillAtEnd()
    }
  }

  private mutating func refillAtEnd() throws {
    while count < 56 {
      if position < input.count { bits |= UInt64(input[position]) &<< UInt64(count) }
      position += 1
      count += 8
    }
    guard position - count / 8 <= input.count else {
      throw ProgramError(.dataError, "the entry's compressed data ends early")
    }
  }

  @inline(__always)
  mutating func drop(_ bitCount: Int) {
    bits &>>= UInt64(truncatingIfNeeded: bitCount)
    count &-= bitCount
  }

  mutating func take(_ bitCount: Int) -> UInt64 {
    let value = bits & (1 << UInt64(bitCount) - 1)
    drop(bitCount)
    return value
  }

  mutating func skipToByte() { drop(count & 7) }

  /// Copies the next bytes, from a byte boundary on.
  mutating func copy(_ byteCount: Int, to target: UnsafeMutableRawPointer) throws {
    // Back to the bytes that were not used.
    position -= count / 8
    (bits, count) = (0, 0)
    guard byteCount <= input.count - position else {
      throw ProgramError(.dataError, "the entry's compressed data ends early")
    }
    guard byteCount > 0, let base = input.baseAddress else { return }
    target.copyMemory(from: base + position, byteCount: byteCount)
    position += byteCount
  }
}
