// Pixels of three channels in vectors of four, where another pixel follows.

import Compute

/// Three lanes that are loaded and stored with the float behind them: of pixels that another follows,
/// which is written after them.
struct OverlappingThreeLanes: FloatLanes {
  static var width: Int { 3 }
  private var lanes: SIMD4<Float>

  @inline(__always)
  private init(_ lanes: SIMD4<Float>) { self.lanes = lanes }

  @inline(__always)
  init(repeating value: Float) { lanes = SIMD4(repeating: value) }

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) { lanes = SIMD4(at: pointer) }

  @inline(__always)
  init(firstOf vector: SIMD16<Float>) { lanes = vector.lowHalf.lowHalf }

  @inline(__always)
  var widened: SIMD16<Float> { lanes.widened }

  @inline(__always)
  func store(to pointer: UnsafeMutablePointer<Float>) { lanes.store(to: pointer) }

  @inline(__always)
  func plus(_ other: Self) -> Self { Self(lanes + other.lanes) }

  @inline(__always)
  func minus(_ other: Self) -> Self { Self(lanes - other.lanes) }

  @inline(__always)
  func times(_ other: Self) -> Self { Self(lanes * other.lanes) }

  @inline(__always)
  func times(_ factor: Self, plus sum: Self) -> Self {
    Self(multiplyAdd(lanes, factor.lanes, sum.lanes))
  }

  @inline(__always)
  func larger(_ other: Self) -> Self { Self(lanes.larger(other.lanes)) }

  @inline(__always)
  var numbers: Self { Self(lanes.numbers) }

  @inline(__always)
  func keeping(_ count: Int, of other: Self) -> Self { Self(lanes.keeping(count, of: other.lanes)) }
}

extension FeatureMap {
  /// Of some pixels of a row of three channels, those that may be computed in `OverlappingThreeLanes`: not
  /// the last, behind which others write, and none that reads the last pixel of a row of the source.
  ///
  /// - Parameter end: the column of the source behind those that an output reads; it never falls.
  @inline(__always)
  func overlapping(
    _ columns: Range<Int>, from source: FeatureMap, _ end: (_ x: Int) -> Int
  ) -> Range<Int> {
    guard pixelStride == 3 && source.pixelStride >= 3 else {
      return columns.lowerBound..<columns.lowerBound
    }
    var last = max(columns.lowerBound, columns.upperBound &- 1)
    while last > columns.lowerBound && end(last &- 1) >= source.width { last &-= 1 }
    return columns.lowerBound..<last
  }
}
