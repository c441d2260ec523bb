// Resampling of few channels: neighbours side by side in one vector, picked from a stretch of the source.

import CSIMD
import Compute

/// What an output reads along an axis: two sources, and their weights.
struct NeighbourTaps: BitwiseCopyable {
  var first: Int32
  var second: Int32
  var firstWeight: Float
  var secondWeight: Float
}

/// The floats of a row of outputs in groups of sixteen, or of as many whole pixels as fit, and where each
/// lane's sources lie in the stretch that a group reads. Groups that differ by their place only share a
/// pattern.
struct NeighbourGroups: Sendable {
  /// 0 where there are no groups.
  let channels: Int
  /// Floats of a group.
  private let width: Int
  /// Floats of a row of the source.
  private let rowFloats: Int
  /// The column that each group's stretch begins with.
  private let firsts: KernelTable<Int32>
  private let patternOfGroup: KernelTable<Int32>
  /// [pattern][first, second][lane], floats from the stretch's begin.
  private let places: KernelTable<Int32>
  private let weights: KernelTable<Float>
  /// Whether a stretch is one vector; it is two otherwise.
  let isNarrow: Bool

  /// - Parameters:
  ///   - channels: of packed pixels. Groups are only made where lanes are picked in one instruction, for
  ///     pixels that do not fill a vector, and where a group reads a short stretch.
  ///   - input: columns of the source.
  ///   - taps: of each output column; they never go back.
  init(channels: Int, input: Int, taps: KernelTable<NeighbourTaps>) {
    let isSupported = csimd_vector_bytes() == 64 && (2...8).contains(channels)
    let outputs = isSupported ? taps.count * channels : 0
    func tap(_ place: Int) -> NeighbourTaps { taps[min(place / channels, taps.count - 1)] }
    /// The most floats that a group reads.
    func reach(_ width: Int) -> Int {
      Swift.stride(from: 0, to: outputs, by: width).map { place in
        Int(tap(place + width - 1).second - tap(place).first + 1) * channels
      }.max() ?? 0
    }
    let wholePixels = isSupported ? 16 / channels * channels : 16
    let width = reach(16) <= 32 ? 16 : wholePixels
    let most = reach(width)
    let isUsed = most > 0 && most <= 32
    self.channels = isUsed ? channels : 0
    rowFloats = input * channels
    isNarrow = most <= 16
    self.width = width
    var patterns: [Pattern] = []
    var numbers: [Pattern: Int32] = [:]
    let groups = 0..<(isUsed ? (outputs + width - 1) / width : 0)
    let numberOfGroup = groups.map { group in
      let first = group * width
      let taps = (0..<16).map { tap(first + $0) }
      let pattern = Pattern(taps, first: first, channels: channels)
      let new = Int32(truncatingIfNeeded: patterns.count)
      if let number = numbers[pattern] { return number }
      numbers[pattern] = new
      patterns.append(pattern)
      return new
    }
    firsts = KernelTable(count: groups.count) { tap($0 * width).first }
    patternOfGroup = KernelTable(count: groups.count) { numberOfGroup[$0] }
    places = KernelTable(count: 32 * patterns.count) { patterns[$0 / 32].places[$0 % 32] }
    weights = KernelTable(count: 32 * patterns.count) { patterns[$0 / 32].weights[$0 % 32] }
  }

  private struct Pattern: Hashable {
    let places: [Int32]
    let weights: [Float]

    init(_ taps: [NeighbourTaps], first: Int, channels: Int) {
      let lanes = taps.indices
      func place(_ lane: Int, _ column: Int32) -> Int32 {
        let place = Int(column - taps[0].first) * channels + (first + lane) % channels
        // Lanes behind the group may lie far away; they are overwritten.
        return Int32(truncatingIfNeeded: min(place, 31))
      }
      places = lanes.map { place($0, taps[$0].first) } + lanes.map { place($0, taps[$0].second) }
      weights = taps.map(\.firstWeight) + taps.map(\.secondWeight)
    }
  }

  /// Whether rows of these images are computed by groups.
  @inline(__always)
  func areUsed(_ source: FeatureMap, _ target: FeatureMap) -> Bool {
    channels > 0 && target.channels == channels && source.pixelStride == channels
      && target.pixelStride == channels
  }

  /// Writes some pixels of a row, each group what `value` makes of a stretch.
  ///
  /// - Parameter isNarrow: the property, as a constant where loops are to be made for it.
  @inline(__always)
  func forEach(
    _ columns: Range<Int>, to row: UnsafeMutablePointer<Float>, isNarrow: Bool,
    _ value: (_ stretch: Stretch, _ pattern: Int) -> SIMD16<Float>
  ) {
    let (begin, end) = (columns.lowerBound &* channels, columns.upperBound &* channels)
    var group = begin / width
    while width &* group < end {
      let place = Int(firsts[group]) &* channels
      let stretch = Stretch(
        place: place, count: rowFloats &- place, isNarrow: isNarrow, rowBytes: 4 &* rowFloats)
      let result = value(stretch, Int(patternOfGroup[group]))
      let first = width &* group
      if first >= begin && first &+ 16 <= end {
        // What lies behind the group is overwritten.
        store16(result, row + first)
      } else {
        csimd_store_between_f32(
          row + first, result, Int32(truncatingIfNeeded: max(0, begin &- first)),
          Int32(truncatingIfNeeded: min(width, end &- first)))
      }
      group &+= 1
    }
  }

  /// The lanes that a pattern picks first.
  @inline(__always)
  func nearest(_ values: StretchValues, _ pattern: Int) -> SIMD16<Float> {
    values.pick(loadWords16(places.pointer + 32 &* pattern))
  }

  /// The sums of both sources' lanes times their weights.
  @inline(__always)
  func linear(_ values: StretchValues, _ pattern: Int) -> SIMD16<Float> {
    let second = values.pick(loadWords16(places.pointer + (32 &* pattern &+ 16)))
    return second.times(
      load16(weights.pointer + (32 &* pattern &+ 16)),
      plus: nearest(values, pattern) * load16(weights.pointer + 32 &* pattern))
  }
}

/// Where in its rows a group reads.
struct Stretch {
  let place: Int
  /// Floats to the end of the row: nothing behind it is read.
  let count: Int
  let isNarrow: Bool
  let rowBytes: Int

  @inline(__always)
  func load(_ row: UnsafePointer<Float>) -> StretchValues {
    let first = row + place
    if isNarrow { return StretchValues(low: loadFirst16(first, count), high: nil) }
    if count >= 32 { return StretchValues(low: load16(first), high: load16(first + 16)) }
    return StretchValues(
      low: loadFirst16(first, count),
      high: count > 16 ? loadFirst16(first + 16, count &- 16) : .zero)
  }

  /// Asks for what lies ahead in a row, or behind its end in the row that is read after it.
  @inline(__always)
  func prefetch(_ row: UnsafePointer<Float>, next: UnsafePointer<Float>) {
    let ahead = 4 &* place &+ prefetchDistance
    let address =
      ahead < rowBytes
      ? Int(bitPattern: row) &+ ahead : Int(bitPattern: next) &+ ahead &- rowBytes
    csimd_prefetch_lines(address, isNarrow ? 1 : 2, 64)
  }
}

/// The floats of a stretch: a vector or two.
struct StretchValues {
  let low: SIMD16<Float>
  let high: SIMD16<Float>?

  @inline(__always)
  init(low: SIMD16<Float>, high: SIMD16<Float>?) { (self.low, self.high) = (low, high) }

  @inline(__always)
  func pick(_ places: SIMD16<Int32>) -> SIMD16<Float> {
    guard let high else { return csimd_lookup16_f32(low, places) }
    return csimd_lookup32_f32(low, high, places)
  }

  /// self weight + other otherWeight.
  @inline(__always)
  func blended(
    _ weight: SIMD16<Float>, _ other: StretchValues, _ otherWeight: SIMD16<Float>
  ) -> StretchValues {
    let below = other.low.times(otherWeight, plus: low * weight)
    guard let high, let otherHigh = other.high else { return StretchValues(low: below, high: nil) }
    return StretchValues(low: below, high: otherHigh.times(otherWeight, plus: high * weight))
  }
}
