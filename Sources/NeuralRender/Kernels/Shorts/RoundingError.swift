// What rounding takes from weights, which decides whether a layer may have them so.

import CSIMD
import Compute
import Foundation

/// Squares of what rounding changed, and of what was rounded.
struct RoundingError: Sendable {
  var errors = 0.0
  var power = 0.0

  /// Weights that lose more than this stay floats. Numbers of 16 bits with a scale of their own keep 68 and
  /// more, halves 73: what fails is weights of very different size, or beyond the range of halves.
  static let leastDecibels = 60.0

  /// Whether weights may be so.
  var isSmall: Bool { decibels >= Self.leastDecibels }

  /// Signal to noise; minus infinity where squares leave the range of floats.
  var decibels: Double {
    guard power.isFinite, errors.isFinite else { return -.infinity }
    return errors > 0 ? 10 * log10(power / errors) : 200
  }

  static func += (one: inout RoundingError, other: RoundingError) {
    one.errors += other.errors
    one.power += other.power
  }

  /// Floats of a piece of work: fixed, so that sums are the same with any number of threads.
  private static let pieceCount = 1 << 16

  /// Of floats as halves.
  static func ofHalves(
    _ values: UnsafePointer<Float>, count: Int, pool: WorkerPool
  ) -> RoundingError {
    let pieces = (count + pieceCount - 1) / pieceCount
    let parts = AlignedBuffer<RoundingError>(count: pieces)
    nonisolated(unsafe) let (source, found) = (values, parts.pointer)
    pool.run(pieces) { piece, _ in
      let first = piece * pieceCount
      found[piece] = ofHalves(source + first, min(pieceCount, count - first))
    }
    var result = RoundingError()
    for piece in 0..<pieces { result += parts[piece] }
    return result
  }

  private static func ofHalves(_ values: UnsafePointer<Float>, _ count: Int) -> RoundingError {
    var (errors, power) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 16) { halves in
      guard let halves = halves.baseAddress else { return }
      for index in Swift.stride(from: 0, to: count, by: 16) {
        let value = loadFirst16(values + index, count - index)
        csimd_store_halves(halves, value)
        let error = csimd_load_halves(halves, halves + 8) - value
        errors = multiplyAdd(error, error, errors)
        power = multiplyAdd(value, value, power)
      }
    }
    return RoundingError(errors: Double(sumOfLanes(errors)), power: Double(sumOfLanes(power)))
  }
}
