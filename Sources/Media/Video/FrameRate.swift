// Frames a second as an exact fraction.

import Compute

/// A frame rate that a video file can state exactly: 30, 30000/1001 (29.97), 24000/1001 (23.976).
public struct FrameRate: Sendable, Equatable, CustomStringConvertible {
  /// Frames in `denominator` seconds, in lowest terms.
  public let numerator: Int
  public let denominator: Int

  /// Rates outside are refused: 0.01 ... 1000 frames a second.
  public static let range = 0.01...1000.0

  /// - Throws: when the rate is out of bounds, or the terms (reduced) exceed 1,000,000.
  public init(_ numerator: Int, _ denominator: Int = 1) throws {
    guard numerator > 0, denominator > 0 else {
      throw FrameRate.outOfBounds("\(numerator)/\(denominator)")
    }
    var (a, b) = (numerator, denominator)
    while b != 0 { (a, b) = (b, a % b) }
    let divisor = a
    guard numerator / divisor <= 1_000_000,
      denominator / divisor <= 1_000_000,
      FrameRate.range.contains(Double(numerator) / Double(denominator))
    else { throw FrameRate.outOfBounds("\(numerator)/\(denominator)") }
    self.numerator = numerator / divisor
    self.denominator = denominator / divisor
  }

  /// The nearest rate that people mean: a whole number, a whole number times 1000/1001 ("29.97",
  /// "23.98"), else the nearest fraction with a denominator up to 1001.
  public init(_ framesPerSecond: Double) throws {
    guard FrameRate.range.contains(framesPerSecond) else {
      throw FrameRate.outOfBounds("\(framesPerSecond)")
    }
    let whole = framesPerSecond.rounded()
    if abs(framesPerSecond - whole) < 1e-6 {
      try self.init(Int(whole))
      return
    }
    // Two decimals of 23.976... are 23.98.
    let slowed = (framesPerSecond * 1.001).rounded()
    if slowed >= 1, abs(framesPerSecond - slowed / 1.001) < 0.006 {
      try self.init(Int(slowed) * 1000, 1001)
      return
    }
    var best = (numerator: 1, denominator: 1, error: Double.infinity)
    for denominator in 1...1001 {
      let numerator = max((framesPerSecond * Double(denominator)).rounded(), 1)
      let error = abs(numerator / Double(denominator) - framesPerSecond)
      if error < best.error - 1e-12 { best = (Int(numerator), denominator, error) }
    }
    try self.init(best.numerator, best.denominator)
  }

  private static func outOfBounds(_ found: String) -> ProgramError {
    ProgramError(
      .usage, "the frame rate is out of bounds",
      expected: "\(range.lowerBound) to \(Int(range.upperBound)) frames a second", found: found)
  }

  public var framesPerSecond: Double { Double(numerator) / Double(denominator) }

  public var description: String {
    denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)"
  }
}
