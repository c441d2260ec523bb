// Pixels of eight packed channels, two a vector of sixteen.

import CSIMD
import Compute

/// Eight neighbours at stride 1: taps are half a vector apart.
struct PairedSums: TileSums {
  private var s0 = SIMD16<Float>.zero
  private var s1 = SIMD16<Float>.zero
  private var s2 = SIMD16<Float>.zero
  private var s3 = SIMD16<Float>.zero

  static var pixels: Int { 8 }

  @inline(__always)
  init() {}

  @inline(__always)
  static func forEachVector(_ channels: Int, _ body: (_ first: Int, _ shared: Int) -> Void) {
    body(0, 0)
  }

  @inline(__always)
  mutating func add(_ pixel: UnsafePointer<Float>, _ next: Int, _ weight: UnsafePointer<Float>) {
    let factor = load16(weight)
    s0 = multiplyAdd(load16(pixel), factor, s0)
    s1 = multiplyAdd(load16(pixel + 16), factor, s1)
    s2 = multiplyAdd(load16(pixel + 32), factor, s2)
    s3 = multiplyAdd(load16(pixel + 48), factor, s3)
  }

  // The compiler loads what two taps read once.

  @inline(__always)
  mutating func addThree(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    add(pixel, next, weights)
    add(pixel + 8, next, weights + 16)
    add(pixel + 16, next, weights + 32)
  }

  @inline(__always)
  mutating func addFive(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    addThree(pixel, next, weights)
    add(pixel + 24, next, weights + 48)
    add(pixel + 32, next, weights + 64)
  }

  @inline(__always)
  func forEach(_ body: (_ pixel: Int, _ sum: SIMD16<Float>) -> Void) {
    body(0, s0)
    body(2, s1)
    body(4, s2)
    body(6, s3)
  }
}

/// Eight neighbours at stride 2: a vector holds what two taps read of one pixel, and is parted.
struct SkippingPairedSums: TileSums {
  private var s0 = SIMD16<Float>.zero
  private var s1 = SIMD16<Float>.zero
  private var s2 = SIMD16<Float>.zero
  private var s3 = SIMD16<Float>.zero

  static var pixels: Int { 8 }
  static var stride: Int { 2 }

  @inline(__always)
  init() {}

  @inline(__always)
  static func forEachVector(_ channels: Int, _ body: (_ first: Int, _ shared: Int) -> Void) {
    body(0, 0)
  }

  @inline(__always)
  mutating func add(_ pixel: UnsafePointer<Float>, _ next: Int, _ weight: UnsafePointer<Float>) {
    let factor = load16(weight)
    @inline(__always)
    func two(_ first: Int) -> SIMD16<Float> {
      SIMD16(
        lowHalf: SIMD8(at: pixel + first &* next), highHalf: SIMD8(at: pixel + (first &+ 1) &* next)
      )
    }
    s0 = multiplyAdd(two(0), factor, s0)
    s1 = multiplyAdd(two(2), factor, s1)
    s2 = multiplyAdd(two(4), factor, s2)
    s3 = multiplyAdd(two(6), factor, s3)
  }

  /// Adds two taps, of pixels side by side.
  @inline(__always)
  private mutating func addTwo(
    _ pixel: UnsafePointer<Float>, _ weights: UnsafePointer<Float>
  ) {
    let (first, second) = (load16(weights), load16(weights + 16))
    @inline(__always)
    func add(_ sum: inout SIMD16<Float>, _ place: Int) {
      let (left, right) = (load16(pixel + place), load16(pixel + (place &+ 16)))
      sum = multiplyAdd(
        SIMD16(lowHalf: left.lowHalf, highHalf: right.lowHalf), first, sum)
      sum = multiplyAdd(
        SIMD16(lowHalf: left.highHalf, highHalf: right.highHalf), second, sum)
    }
    add(&s0, 0)
    add(&s1, 32)
    add(&s2, 64)
    add(&s3, 96)
  }

  @inline(__always)
  mutating func addThree(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    addTwo(pixel, weights)
    add(pixel + 16, next, weights + 32)
  }

  @inline(__always)
  mutating func addFive(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    addTwo(pixel, weights)
    addTwo(pixel + 16, weights + 32)
    add(pixel + 32, next, weights + 64)
  }

  @inline(__always)
  func forEach(_ body: (_ pixel: Int, _ sum: SIMD16<Float>) -> Void) {
    body(0, s0)
    body(2, s1)
    body(4, s2)
    body(6, s3)
  }
}
