// The sums of a tile of neighbours, and how taps are added to them.

import CSIMD
import Compute

/// The sums of some neighbours at some channels. Every sum takes its taps in the order of the weights.
protocol TileSums {
  associatedtype Lanes: FloatLanes
  /// Pixels of a tile.
  static var pixels: Int { get }
  /// Of the convolution, with which `addThree` and `addFive` work.
  static var stride: Int { get }
  init()

  /// Calls `body` with the first channel of each vector of a pixel, and how many of its lanes belong to the
  /// vector before, too.
  static func forEachVector(_ channels: Int, _ body: (_ first: Int, _ shared: Int) -> Void)

  /// Adds a tap.
  ///
  /// - Parameters:
  ///   - pixel: what the tap reads for the first of the tile's pixels.
  ///   - next: floats to what it reads for the following one.
  mutating func add(_ pixel: UnsafePointer<Float>, _ next: Int, _ weight: UnsafePointer<Float>)

  /// Adds three neighbouring taps, every pixel loaded once. The weights of neighbouring
  /// taps are 16 floats apart.
  mutating func addThree(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>)

  /// Adds five.
  mutating func addFive(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>)

  /// Calls `body` with the number of each pixel and its sum.
  func forEach(_ body: (_ pixel: Int, _ sum: Lanes) -> Void)
}

extension TileSums {
  static var stride: Int { 1 }

  @inline(__always)
  static func forEachVector(_ channels: Int, _ body: (_ first: Int, _ shared: Int) -> Void) {
    Lanes.forEach(channels, body)
  }
}

/// Four neighbours.
struct FourSums<Lanes: FloatLanes>: TileSums {
  private var s0 = Lanes(repeating: 0)
  private var s1 = Lanes(repeating: 0)
  private var s2 = Lanes(repeating: 0)
  private var s3 = Lanes(repeating: 0)

  static var pixels: Int { 4 }

  @inline(__always)
  init() {}

  @inline(__always)
  mutating func add(_ pixel: UnsafePointer<Float>, _ next: Int, _ weight: UnsafePointer<Float>) {
    let factor = Lanes(at: weight)
    s0 = Lanes(at: pixel).times(factor, plus: s0)
    s1 = Lanes(at: pixel + next).times(factor, plus: s1)
    s2 = Lanes(at: pixel + 2 &* next).times(factor, plus: s2)
    s3 = Lanes(at: pixel + 3 &* next).times(factor, plus: s3)
  }

  @inline(__always)
  mutating func addThree(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    let (w0, w1, w2) = (
      Lanes(at: weights), Lanes(at: weights + 16), Lanes(at: weights + 32)
    )
    s0 = Lanes(at: pixel).times(w0, plus: s0)
    let second = Lanes(at: pixel + next)
    s0 = second.times(w1, plus: s0)
    s1 = second.times(w0, plus: s1)
    let third = Lanes(at: pixel + 2 &* next)
    s0 = third.times(w2, plus: s0)
    s1 = third.times(w1, plus: s1)
    s2 = third.times(w0, plus: s2)
    let fourth = Lanes(at: pixel + 3 &* next)
    s1 = fourth.times(w2, plus: s1)
    s2 = fourth.times(w1, plus: s2)
    s3 = fourth.times(w0, plus: s3)
    let fifth = Lanes(at: pixel + 4 &* next)
    s2 = fifth.times(w2, plus: s2)
    s3 = fifth.times(w1, plus: s3)
    s3 = Lanes(at: pixel + 5 &* next).times(w2, plus: s3)
  }

  @inline(__always)
  mutating func addFive(
    _ pixel: UnsafePointer<Float>, _ next: Int, _ weights: UnsafePointer<Float>
  ) {
    let (w0, w1, w2) = (
      Lanes(at: weights), Lanes(at: weights + 16), Lanes(at: weights + 32)
    )
    let (w3, w4) = (Lanes(at: weights + 48), Lanes(at: weights + 64))
    s0 = Lanes(at: pixel).times(w0, plus: s0)
    let second = Lanes(at: pixel + next)
    s0 = second.times(w1, plus: s0)
    s1 = second.times(w0, plus: s1)
    let third = Lanes(at: pixel + 2 &* next)
    s0 = third.times(w2, plus: s0)
    s1 = third.times(w1, plus: s1)
    s2 = third.times(w0, plus: s2)
    let fourth = Lanes(at: pixel + 3 &* next)
    s0 = fourth.times(w3, plus: s0)
    s1 = fourth.times(w2, plus: s1)
    s2 = fourth.times(w1, plus: s2)
    s3 = fourth.times(w0, plus: s3)
    let fifth = Lanes(at: pixel + 4 &* next)
    s0 = fifth.times(w4, plus: s0)
    s1 = fifth.times(w3, plus: s1)
    s2 = fifth.times(w2, plus: s2)
    s3 = fifth.times(w1, plus: s3)
    let sixth = Lanes(at: pixel + 5 &* next)
    s1 = sixth.times(w4, plus: s1)
    s2 = sixth.times(w3, plus: s2)
    s3 = sixth.times(w2, plus: s3)
    let seventh = Lanes(at: pixel + 6 &* next)
    s2 = seventh.times(w4, plus: s2)
    s3 = seventh.times(w3, plus: s3)
    s3 = Lanes(at: pixel + 7 &* next).times(w4, plus: s3)
  }

  @inline(__always)
  func forEach(_ body: (_ pixel: Int, _ sum: Lanes) -> Void) {
    body(0, s0)
    body(1, s1)
    body(2, s2)
    body(3, s3)
  }
}
