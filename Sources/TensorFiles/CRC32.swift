// The checksum of zip entries, several times faster than zlib's where the processor multiplies
// polynomials.

import CSIMD
import CZ

/// The CRC-32 of data whose beginning had the CRC-32 `checksum` (0 for nothing) and goes on with `bytes`.
///
/// Matches: zlib's `crc32_z`. Folding follows from x^(n + 64) = (x^(n + 64) mod P): sixteen bytes times
/// that constant may be added to those that lie n bits later without changing the remainder. What is
/// left are sixteen bytes with the remainder of all, which zlib finishes.
func updatedCRC32(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
  guard csimd_has_carryless_multiply() != 0, bytes.count >= 256, let base = bytes.baseAddress else {
    return plainCRC32(checksum, bytes)
  }
  typealias V = SIMD2<UInt64>
  @inline(__always) func load(_ offset: Int) -> V {
    base.loadUnaligned(fromByteOffset: offset, as: V.self)
  }
  @inline(__always) func fold(_ value: V, _ constants: V) -> V {
    csimd_multiply_low_u64(value, constants) ^ csimd_multiply_high_u64(value, constants)
  }
  // x^(512 + 32) and x^(512 - 32) mod P, bits reversed; then the same for 128 bits.
  let far = V(0x1_5444_2bd4, 0x1_c6e4_1596)
  let near = V(0x1_7519_97d0, 0x0_ccaa_009e)
  var (a, b, c, d) = (load(0), load(16), load(32), load(48))
  a ^= V(UInt64(~checksum), 0)
  var offset = 64
  while offset + 64 <= bytes.count {
    a = fold(a, far) ^ load(offset)
    b = fold(b, far) ^ load(offset + 16)
    c = fold(c, far) ^ load(offset + 32)
    d = fold(d, far) ^ load(offset + 48)
    offset += 64
  }
  b ^= fold(a, near)
  c ^= fold(b, near)
  d ^= fold(c, near)
  // zlib inverts before and after: this begins with a register of zeros.
  let folded = withUnsafeBytes(of: &d) { plainCRC32(.max, $0) }
  return plainCRC32(folded, UnsafeRawBufferPointer(rebasing: bytes[offset...]))
}

private func plainCRC32(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
  // Of no bytes at all zlib gives the initial value.
  guard !bytes.isEmpty else { return checksum }
  return UInt32(
    truncatingIfNeeded: crc32_z(
      UInt(checksum), bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
}
