// Tiles made of other tiles.

import Compute

/// The neighbours of one tile and those of another behind it.
struct JoinedSums<First: TileSums, Second: TileSums>: TileSums where First.Lanes == Second.Lanes {
  private var first = First()
  private var second = Second()

  static var pixels: Int { First.pixels &+ Second.pixels }
  static var stride: Int { First.stride }

  @inline(__always)
  static func forEachVector(_ channels: Int, _ body: (_ first: Int, _ shared: Int) -> Void) {
    First.forEachVector(channels, body)
  }

  @inline(__always)
  init() {}

  @inline(__always)
  mutating func add(_ pixel: UnsafePointer<Float>, _ next: Int, _ weight: UnsafePointer<Float>) {
    first.add(pixel, next, weight)
    second.add(pixel + First.pixels &* next, next, weight)
  }

  @inline(__always)
  mutating func addThree(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    first.addThree(pixel, next, weights)
    second.addThree(pixel + First.pixels &* next, next, weights)
  }

  @inline(__always)
  mutating func addFive(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    first.addFive(pixel, next, weights)
    second.addFive(pixel + First.pixels &* next, next, weights)
  }

  @inline(__always)
  func forEach(_ body: (_ pixel: Int, _ sum: First.Lanes) -> Void) {
    first.forEach(body)
    second.forEach { body($0 &+ First.pixels, $1) }
  }
}

typealias EightSums<Lanes: FloatLanes> = JoinedSums<FourSums<Lanes>, FourSums<Lanes>>

/// Four neighbours of sixteen channels in registers of eight: one half after the other, so that the
/// weights of one find room beside the sums of both.
struct HalvedSums: TileSums {
  private var low = FourSums<SIMD8<Float>>()
  private var high = FourSums<SIMD8<Float>>()

  static var pixels: Int { 4 }

  @inline(__always)
  init() {}

  @inline(__always)
  mutating func add(_ pixel: UnsafePointer<Float>, _ next: Int, _ weight: UnsafePointer<Float>) {
    low.add(pixel, next, weight)
    high.add(pixel + 8, next, weight + 8)
  }

  @inline(__always)
  mutating func addThree(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    low.addThree(pixel, next, weights)
    high.addThree(pixel + 8, next, weights + 8)
  }

  @inline(__always)
  mutating func addFive(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    low.addFive(pixel, next, weights)
    high.addFive(pixel + 8, next, weights + 8)
  }

  @inline(__always)
  func forEach(_ body: (_ pixel: Int, _ sum: SIMD16<Float>) -> Void) {
    low.forEach { pixel, sum in
      high.forEach { other, upper in
        if pixel == other { body(pixel, SIMD16(lowHalf: sum, highHalf: upper)) }
      }
    }
  }
}
