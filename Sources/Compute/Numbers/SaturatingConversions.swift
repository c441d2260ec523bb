// The one place where numbers become bytes and integers. Swift's own conversions trap on what does
// not fit and on what is not a number; whatever depends on a file or on a network's arithmetic can
// be either, so it is converted here.

extension FixedWidthInteger {
  /// The integer nearest to a value by a rule: the nearest end of the range beyond it, 0 for what is not
  /// a number.
  @inlinable
  public init(
    saturating value: some BinaryFloatingPoint,
    _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
  ) {
    let rounded = value.rounded(rule)
    if let exact = Self(exactly: rounded) {
      self = exact
    } else {
      self = rounded > 0 ? .max : rounded < 0 ? .min : 0
    }
  }
}

extension Int {
  /// The same as for other integers, for loops.
  @inlinable @inline(__always)
  public init(
    saturating value: Float, _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
  ) {
    let rounded = value.rounded(rule)
    // What is not a number is neither.
    if rounded >= -0x1p63 && rounded < 0x1p63 {
      self = Int(rounded)
    } else {
      self = rounded > 0 ? .max : rounded < 0 ? .min : 0
    }
  }
}

extension UInt8 {
  /// The byte of a value of 0 ... 255: rounded by a rule, ends beyond the range, 0 for what is not a
  /// number. The same as for other integers, for loops over pixels.
  @inlinable @inline(__always)
  public init(
    saturating value: Float, _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
  ) {
    // The comparison sends what is not a number to 0, so that what is left always fits.
    let limited = value > 0 ? Swift.min(value, 255) : 0
    self = UInt8(limited.rounded(rule))
  }
}

extension Int8 {
  /// The byte of a value of -127 ... 127: rounded to nearest even, ends beyond the range, 0 for what is
  /// not a number.
  @inlinable @inline(__always)
  public init(symmetric value: Float) {
    let low = value > -127 ? value : (value <= -127 ? -127 : 0)
    self = Int8(Swift.min(low, 127).rounded(.toNearestOrEven))
  }
}

extension FloatingPoint {
  /// The value inside a range: the nearest end beyond it, the lower end for what is not a number.
  @inlinable @inline(__always)
  public func limited(to range: ClosedRange<Self>) -> Self {
    self > range.lowerBound ? min(self, range.upperBound) : range.lowerBound
  }
}
