/// Decimal numbers out of bytes: most of a BVH file is these.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What stands where a number should be.
enum BVHNumber {
  case number(Double)
  /// "nan", "-1.#IND", "inf", or one that no double holds.
  case notFinite
  /// Anything else.
  case text
}

/// Powers of ten that a double holds exactly.
let exactPowersOfTen: [Double] = {
  var powers = [1.0]
  while powers.count < 23 { powers.append(powers[powers.count - 1] * 10) }
  return powers
}()

/// Space, tab, carriage return.
@inline(__always)
func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }

/// Whether a byte ends a word.
@inline(__always)
func endsWord(_ byte: UInt8) -> Bool { isBlank(byte) || byte == 0x0a }

/// The digits that eight bytes begin with: how many, and the number they make.
///
/// All eight are looked at at once in a register, without a branch that numbers of changing length
/// would make the processor guess wrongly. Little-endian: the first byte is the lowest.
@inline(__always)
private func leadingDigits(_ bytes: UnsafePointer<UInt8>) -> (count: Int, value: UInt64) {
  let word = UInt64(
    littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
  let digits = word ^ 0x3030_3030_3030_3030
  // A byte that is no digit has a bit above its low four, or carries into it when 6 is added.
  let others = ((digits &+ 0x0606_0606_0606_0606) | digits) & 0xf0f0_f0f0_f0f0_f0f0
  let count = others.trailingZeroBitCount >> 3
  guard count > 0 else { return (0, 0) }
  // To the upper end, zeros before them; then pairs, fours and all eight are put together.
  var value = digits << UInt64(64 - 8 * count)
  value = (value &* 10 &+ value >> 8) & 0x00ff_00ff_00ff_00ff
  value = (value &* 100 &+ value >> 16) & 0x0000_ffff_0000_ffff
  value = (value &* 10000 &+ value >> 32) & 0xffff_ffff
  return (count, value)
}

/// Bytes that `scanPlainNumber` may look at from where it starts.
let plainNumberReach = 32

/// Reads a plain number (sign, up to 7 digits, a point, up to 7 digits) that starts at `position`,
/// exactly rounded; `position` is then behind it. Nil leaves `position` alone: another form, for
/// `scanWord`.
///
/// - Parameters:
///   - bytes: readable for `plainNumberReach` bytes from `position`.
///   - powers: `exactPowersOfTen`.
@inline(__always)
func scanPlainNumber(
  _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ powers: UnsafePointer<Double>
) -> Double? {
  let isNegative = bytes[position] == 0x2d
  var at = position &+ (isNegative ? 1 : 0)
  let whole = leadingDigits(bytes + at)
  at &+= whole.count
  let hasPoint = bytes[at] == 0x2e
  at &+= hasPoint ? 1 : 0
  let part = hasPoint ? leadingDigits(bytes + at) : (count: 0, value: 0)
  at &+= part.count
  // Eight digits may be followed by more. 14 digits are below 2^53: one division of two exact numbers is
  // rounded once.
  guard whole.count < 8, part.count < 8, whole.count &+ part.count > 0, endsWord(bytes[at]) else {
    return nil
  }
  position = at
  let scale = powers[part.count]
  let mantissa = Double(whole.value) * scale + Double(part.value)
  let value = mantissa / scale
  return isNegative ? -value : value
}

/// Reads a number of up to 18 digits with sign and point; as `scanPlainNumber`, rounded to a double
/// twice at most, for those that it leaves.
func scanLongNumber(
  _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int, _ powers: UnsafePointer<Double>
) -> Double? {
  var at = position
  let isNegative = bytes[at] == 0x2d
  if isNegative || bytes[at] == 0x2b { at += 1 }
  var mantissa: UInt64 = 0
  func digits() -> Int {
    let start = at
    while at < end {
      let digit = bytes[at] &- 0x30
      if digit > 9 { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      at += 1
    }
    return at - start
  }
  let whole = digits()
  var decimals = 0
  if at < end, bytes[at] == 0x2e {
    at += 1
    decimals = digits()
  }
  guard (1...18).contains(whole + decimals), at == end || endsWord(bytes[at]) else { return nil }
  position = at
  let value = Double(mantissa) / powers[decimals]
  return isNegative ? -value : value
}

/// Reads the word that starts at `position` as a number of any form; `position` is then behind it.
func scanWord(_ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int) -> BVHNumber {
  let start = position
  while position < end, !endsWord(bytes[position]) { position += 1 }
  let length = position - start
  // A number has no more characters than a double has digits.
  guard length > 0, length < 1200 else { return .text }
  let word = UnsafeBufferPointer(start: bytes + start, count: length)
  if word.allSatisfy({ (0x30...0x39).contains($0) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains($0) })
  {
    let value = Double(String(decoding: word, as: UTF8.self))
    return value.map { $0.isFinite ? .number($0) : .notFinite } ?? .text
  }
  let text = String(decoding: word, as: UTF8.self).lowercased()
  let isNotFinite = ["nan", "inf", "#ind", "#qnan", "#inf", "#snan"].contains(where: text.contains)
  return isNotFinite ? .notFinite : .text
}
