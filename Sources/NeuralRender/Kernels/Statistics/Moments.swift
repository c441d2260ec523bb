// Sums over many numbers, in double precision, and how those of parts are put together.

import Compute

/// What is summed.
enum MomentKind: Sendable {
  case sum, squares
  /// Mean, and squared distances from it.
  case distances
}

/// Sums of one set of numbers.
struct Moments {
  var count = 0.0
  /// The sum, the sum of squares or the mean, by kind.
  var first = 0.0
  /// The sum of squared distances from the mean.
  var second = 0.0

  /// Takes in another set (Chan, Golub, LeVeque 1979: no sum is ever the difference of large ones).
  mutating func merge(_ other: Moments, _ kind: MomentKind) {
    guard other.count > 0 else { return }
    let weights = MergeWeights(count, other.count, kind)
    let distance = weights.isMean ? other.first - first : other.first
    first += distance * weights.share
    second += other.second + distance * distance * weights.spread
    count += other.count
  }
}

/// The factors of `Moments.merge`, the same for all sets of the same counts.
struct MergeWeights {
  /// Whether a mean is moved; else sums are added.
  let isMean: Bool
  let share: Double
  let spread: Double

  @inline(__always)
  init(_ count: Double, _ other: Double, _ kind: MomentKind) {
    isMean = kind == .distances
    share = isMean ? other / (count + other) : 1
    spread = isMean ? count * share : 0
  }
}

/// Sums of sixteen numbers side by side, in memory: sixteen of `Moments.first`, sixteen of `second`.
struct MomentLanes {
  static let doubles = 32
  let memory: UnsafeMutablePointer<Double>

  @inline(__always)
  func merge(
    first: (SIMD8<Double>, SIMD8<Double>), second: (SIMD8<Double>, SIMD8<Double>),
    _ weights: MergeWeights
  ) {
    merge(0, first.0, second.0, weights)
    merge(8, first.1, second.1, weights)
  }

  @inline(__always)
  private func merge(
    _ lane: Int, _ otherFirst: SIMD8<Double>, _ otherSecond: SIMD8<Double>,
    _ weights: MergeWeights
  ) {
    let raw = UnsafeMutableRawPointer(memory + lane)
    let secondRaw = UnsafeMutableRawPointer(memory + 16 + lane)
    let first = raw.loadUnaligned(as: SIMD8<Double>.self)
    let second = secondRaw.loadUnaligned(as: SIMD8<Double>.self)
    let distance = weights.isMean ? otherFirst - first : otherFirst
    raw.storeBytes(of: first + distance * weights.share, as: SIMD8<Double>.self)
    secondRaw.storeBytes(
      of: second + (otherSecond + distance * distance * weights.spread),
      as: SIMD8<Double>.self)
  }

  /// Takes in other lanes.
  func merge(_ other: MomentLanes, _ weights: MergeWeights) {
    let raw = UnsafeRawPointer(other.memory)
    for lane in stride(from: 0, to: 16, by: 8) {
      merge(
        lane, raw.loadUnaligned(fromByteOffset: 8 * lane, as: SIMD8<Double>.self),
        raw.loadUnaligned(fromByteOffset: 8 * (16 + lane), as: SIMD8<Double>.self), weights)
    }
  }
}
