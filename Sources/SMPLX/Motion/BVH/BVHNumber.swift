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

/// Reads a plain number (sign, digits, a point; at most 15 digits) that starts at `position`, exactly
/// rounded; `position` is then behind it. Nil leaves `position` alone: another form, for `scanWord`.
///
/// - Parameter powers: `exactPowersOfTen`.
@inline(__always)
func scanPlainNumber(
  _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int,
  _ powers: UnsafePointer<Double>
) -> Double? {
  var at = position
  let isNegative = bytes[at] == 0x2d
  if isNegative || bytes[at] == 0x2b { at += 1 }
  let start = at
  var mantissa: UInt64 = 0
  while at < end {
    let digit = bytes[at] &- 0x30
    if digit > 9 { break }
    mantissa = mantissa &* 10 &+ UInt64(digit)
    at += 1
  }
  var digits = at &- start
  var decimals = 0
  if at < end, bytes[at] == 0x2e {
    at += 1
    let point = at
    while at < end {
      let digit = bytes[at] &- 0x30
      if digit > 9 { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      at += 1
    }
    decimals = at &- point
    digits &+= decimals
  }
  // 15 digits are below 2^53: one division of two exact numbers is rounded once.
  guard digits > 0, digits <= 15, at == end || endsWord(bytes[at]) else { return nil }
  position = at
  let value = Double(Int64(bitPattern: mantissa)) / powers[decimals]
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
