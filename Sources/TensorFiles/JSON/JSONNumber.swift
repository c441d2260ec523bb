/// Decimal numbers of JSON, rounded to the nearest double as the C library does, several times as fast.
///
/// Method: up to 19 digits are an integer m; m / 10^k = m / 5^k / 2^k, whose quotient is found to 64 bits by a
/// product with 1 / 5^k (Lemire, "Number Parsing at a Gigabyte per Second", 2021), and by a division where
/// the last bit decides.
enum JSONNumber {
  /// The number that begins at `position`, which is then behind it; nil leaves it alone: another form, or a
  /// number that needs the C library.
  static func scan(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Double? {
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    let end = bytes.count
    var at = position
    let isNegative = at < end && base[at] == UInt8(ascii: "-")
    if isNegative { at += 1 }
    var mantissa: UInt64 = 0
    func digits() -> Int {
      let start = at
      while at < end {
        let digit = base[at] &- 0x30
        guard digit <= 9 else { break }
        mantissa = mantissa &* 10 &+ UInt64(digit)
        at &+= 1
      }
      return at &- start
    }
    let first = at
    var count = digits()
    guard count > 0 else { return nil }
    var scale = 0
    if at < end, base[at] == UInt8(ascii: ".") {
      at += 1
      scale = digits()
      count += scale
    }
    if count > 19 {
      // Zeros in front say nothing: 0.00012345678901234567.
      var leading = first
      while leading < at, base[leading] == UInt8(ascii: "0") || base[leading] == UInt8(ascii: ".") {
        if base[leading] != UInt8(ascii: ".") { count -= 1 }
        leading += 1
      }
      guard count <= 19 else { return nil }
    }
    if at < end, base[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      let isBelow = at < end && base[at] == UInt8(ascii: "-")
      if isBelow || at < end && base[at] == UInt8(ascii: "+") { at += 1 }
      let start = at
      var power = 0
      while at < end, at - start < 4, base[at] &- 0x30 <= 9 {
        power = power * 10 + Int(base[at] &- 0x30)
        at += 1
      }
      guard at > start else { return nil }
      scale += isBelow ? power : -power
    }
    // Whatever goes on is no number, which the slower way says.
    if at < end, goesOn(base[at]) { return nil }
    guard let value = value(mantissa, scale) else { return nil }
    position = at
    return isNegative ? -value : value
  }

  private static func goesOn(_ byte: UInt8) -> Bool {
    byte &- 0x30 <= 9 || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains(byte)
  }

  /// mantissa / 10^scale; nil beyond what is computed here.
  private static func value(_ mantissa: UInt64, _ scale: Int) -> Double? {
    guard mantissa != 0 else { return 0 }
    if mantissa < 1 << 53, (-22...22).contains(scale) {
      return scale < 0
        ? Double(mantissa) * tens[-scale] : Double(mantissa) / tens[scale]
    }
    guard (0..<inverses.count).contains(scale) else { return nil }
    let (five, inverse, shift) = inverses[scale]
    let zeros = mantissa.leadingZeroBitCount
    let whole = mantissa << UInt64(zeros)
    // whole / five, to 63 or 64 bits: one too small at most.
    var quotient = whole.multipliedFullWidth(by: inverse).high
    var exponent = shift - zeros - scale
    let bits = 64 - quotient.leadingZeroBitCount
    let spare = UInt64(bits - 53)
    let mask = (UInt64(1) << spare) - 1
    let half = (mask >> 1) + 1
    let rest = quotient & mask
    var isSticky = true
    if rest == mask || rest == half - 1 || rest == half {
      // The division says what lies behind the last bit.
      let divisor = five << UInt64(five.leadingZeroBitCount)
      let (exact, left) = divisor.dividingFullWidth((whole >> 1, whole << 63))
      quotient = exact
      exponent = five.leadingZeroBitCount - zeros - 63 - scale
      isSticky = left != 0
    }
    return rounded(quotient, isSticky: isSticky, exponent)
  }

  /// quotient 2^exponent, a little more if `isSticky`, to the nearest double, ties to even.
  private static func rounded(_ quotient: UInt64, isSticky: Bool, _ exponent: Int) -> Double {
    let spare = UInt64(11 - quotient.leadingZeroBitCount)
    var kept = quotient >> spare
    let rest = quotient & ((1 << spare) - 1)
    let half = UInt64(1) << (spare - 1)
    if rest > half || rest == half && (isSticky || kept & 1 == 1) { kept += 1 }
    // 10^-27 and 2^64 are far from a double's ends.
    let power = UInt64(1023 + exponent + Int(spare)) << 52
    return Double(kept) * Double(bitPattern: power)
  }

  /// Powers of ten that a double holds exactly.
  private static let tens: [Double] = (0..<22).reduce(into: [1.0]) { tens, _ in
    tens.append(tens[tens.count - 1] * 10)
  }

  /// 5^k, 2^64 times the inverse of its upper 64 bits halved, and the exponent of a product with it, for all
  /// powers of five that 64 bits hold.
  private static let inverses: [(five: UInt64, inverse: UInt64, shift: Int)] = {
    var five: UInt64 = 1
    return (0...27).map { power in
      if power > 0 { five *= 5 }
      let zeros = five.leadingZeroBitCount
      let divisor = five << UInt64(zeros)
      // 2^127 / divisor is in 2^63 ... 2^64; the one of 1 is the largest that there is room for.
      let inverse =
        divisor == 1 << 63 ? UInt64.max : divisor.dividingFullWidth((1 << 63, 0)).quotient
      return (five, inverse, zeros - 63)
    }
  }()
}
