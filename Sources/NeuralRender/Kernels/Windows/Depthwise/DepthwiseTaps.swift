// Rows of taps of a depthwise convolution.

import CSIMD

/// How a row of taps is added to the sums of a tile; the weights of neighbouring taps are 16 floats apart.
protocol TapRow {
  /// - Parameters:
  ///   - next: floats between the tile's pixels.
  ///   - across: floats between taps.
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int)
}

enum ThreeNeighbours: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    sums.addThree(pixel, next, weights)
  }
}

enum FiveNeighbours: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    sums.addFive(pixel, next, weights)
  }
}

enum ThreeApart: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    sums.add(pixel, next, weights)
    sums.add(pixel + across, next, weights + 16)
    sums.add(pixel + 2 &* across, next, weights + 32)
  }
}

enum FiveApart: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    ThreeApart.add(&sums, pixel, next: next, across: across, weights, count: 3)
    sums.add(pixel + 3 &* across, next, weights + 48)
    sums.add(pixel + 4 &* across, next, weights + 64)
  }
}

enum AnyApart: TapRow {
  @inline(__always)
  static func add(
    _ sums: inout some TileSums, _ pixel: UnsafePointer<Float>, next: Int, across: Int,
    _ weights: UnsafePointer<Float>, count: Int
  ) {
    var (pixel, weights) = (pixel, weights)
    let end = weights + 16 &* count
    while weights < end {
      sums.add(pixel, next, weights)
      pixel += across
      weights += 16
    }
  }
}
