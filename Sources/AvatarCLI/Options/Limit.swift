import ArgumentParser
import Foundation
import Media

/// The numbers that an option takes: the same words in its help and in its error.
///
///     --fov <fov>   Vertical field of view, 1 to 120 degrees (default 25).
///     error: The value '500' is invalid for '--fov <fov>': it must be 1 to 120 degrees
struct Limit<Number: LosslessStringConvertible & Comparable & Sendable>: Sendable,
  CustomStringConvertible
{
  let range: ClosedRange<Number>
  /// What is counted, in the plural; empty for a bare number.
  let unit: String

  init(_ range: ClosedRange<Number>, _ unit: String = "") {
    self.range = range
    self.unit = unit
  }

  var description: String {
    "\(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
      + (unit.isEmpty ? "" : " \(unit)")
  }

  /// Throws for a text that is no number, and for a number outside of the range.
  @Sendable func parse(_ text: String) throws -> Number {
    // Hexadecimal numbers and the like are typing errors here; a NaN is in no range.
    let isPlain = text.unicodeScalars.allSatisfy { "0123456789+-.eE".unicodeScalars.contains($0) }
    guard isPlain, let number = Number(text), range.contains(number) else {
      throw ValidationError(
        "it must be \(Number.self is Int.Type ? "a whole number, " : "")\(self)")
    }
    return number
  }

  /// Without the ".0" of whole numbers.
  static func text(_ number: Number) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

/// Every option's numbers.
enum Limits {
  static let yaw = Limit<Float>(-3600...3600, "degrees")
  static let pitch = Limit<Float>(-89...89, "degrees")
  static let distance = Limit<Float>(0.1...1000, "metres")
  static let fieldOfView = Limit<Float>(1...120, "degrees")
  static let margin = Limit<Float>(0...90, "percent")
  static let coordinate = Limit<Float>(-10000...10000, "metres")
  static let supersample = Limit(1...4)
  static let side = Limit(1...16384, "pixels")
  static let crf = Limit(VideoFormat.qualityRange)
  static let seconds = Limit(0.001...36000.0, "seconds")
  static let turns = Limit<Float>(-1000...1000)
  static let start = Limit(0.0...1_000_000.0, "seconds")
  static let speed = Limit(0.001...1000.0)
  static let loop = Limit(1...100_000, "times")
  static let motionRate = Limit(0.01...100_000.0, "frames a second")
  static let motionScale = Limit(1e-6...1e6)
  static let smoothing = Limit(0.001...60.0, "seconds")
  static let facing = Limit(-3600.0...3600.0, "degrees")
  static let threads = Limit(1...1024, "threads")
  static let maskThreshold = Limit<Float>(0...1)
  static let budget = Limit(1.0...200.0, "decibels")
  static let reach = Limit(0...16384, "pixels")
  static let depth = Limit(1...1000, "levels")
  static let person = Limit(1...1000)
  static let height = Limit(0.4...2.7, "metres")
  static let focalLength = Limit(8.0...1200.0, "millimetres")
  static let textureSize = Limit(64...8192, "pixels")
  static let diffusionSteps = Limit(1...1000)
  static let eta = Limit(0.0...1.0)
  static let seed = Limit(0...Int.max)
  static let beta = Limit<Float>(-100...100)
}
