// The channels of a pixel as vectors of sixteen.

import CSIMD
import Compute

/// How many vectors channels fill: known to the compiler where they are few, so that it unrolls loops over them.
protocol VectorCount {
  /// nil where the number is only known as the program runs.
  static var count: Int? { get }
  /// Whether what lies a page ahead is asked for where pixels are read first.
  static var asksFirst: Bool { get }
}

extension VectorCount {
  static var asksFirst: Bool { true }
}

enum OneVector: VectorCount { static var count: Int? { 1 } }
enum TwoVectors: VectorCount { static var count: Int? { 2 } }
enum ThreeVectors: VectorCount { static var count: Int? { 3 } }
enum FourVectors: VectorCount { static var count: Int? { 4 } }
/// Of pixels that are read once.
enum ManyVectors: VectorCount { static var count: Int? { nil } }
/// Of pixels that are read several times: the later times ask for the next batch.
enum ManyVectorsAgain: VectorCount {
  static var count: Int? { nil }
  static var asksFirst: Bool { false }
}

/// What is made of a pixel's channels, sixteen at a time.
protocol ChannelFunction {
  func callAsFunction(_ value: SIMD16<Float>, _ channel: Int) -> SIMD16<Float>
}

/// Sixteen channels and more: whole vectors, and at the end one that overlaps those before it.
///
/// What comes next from memory is asked for meanwhile, a page or a batch ahead.
struct ChannelVectors<Count: VectorCount> {
  let channels: Int
  /// Pixels that are worked on together, a multiple of four; their floats stay in the first-level cache.
  let pixelsOfBatch: Int
  /// Bytes of a batch without gaps.
  private let batch: Int
  /// Lanes of the last vector that the one before it holds.
  private let known: Int32

  @inline(__always)
  init(_ channels: Int) {
    self.channels = channels
    pixelsOfBatch = min(16, max(4, 2048 / channels & ~3))
    batch = 4 &* channels &* pixelsOfBatch
    known = Int32(truncatingIfNeeded: (16 &- channels & 15) & 15)
  }

  /// Vectors in front of the last.
  @inline(__always)
  private var whole: Int { (Count.count ?? (channels &+ 15) / 16) &- 1 }

  /// The sums of all channels in sixteen lanes.
  @inline(__always)
  func sum(_ pixel: UnsafePointer<Float>) -> SIMD16<Float> {
    var odd = lastAsking(pixel)
    guard whole > 0 else { return odd }
    var even = loadAsking(pixel, 0)
    var vector = 1
    while vector &+ 2 <= whole {
      odd += loadAsking(pixel, vector)
      even += loadAsking(pixel, vector &+ 1)
      vector &+= 2
    }
    if vector < whole { odd += loadAsking(pixel, vector) }
    return even + odd
  }

  /// The sums of the channels' squares.
  @inline(__always)
  func squares(_ pixel: UnsafePointer<Float>) -> SIMD16<Float> {
    let last = lastAsking(pixel)
    var odd = last * last
    guard whole > 0 else { return odd }
    let first = loadAsking(pixel, 0)
    var even = first * first
    var vector = 1
    while vector &+ 2 <= whole {
      let (one, other) = (loadAsking(pixel, vector), loadAsking(pixel, vector &+ 1))
      odd = multiplyAdd(one, one, odd)
      even = multiplyAdd(other, other, even)
      vector &+= 2
    }
    if vector < whole {
      let one = loadAsking(pixel, vector)
      odd = multiplyAdd(one, one, odd)
    }
    return even + odd
  }

  /// The sums of what channels are above a number, and of the squares.
  @inline(__always)
  func differences(
    _ pixel: UnsafePointer<Float>, from number: Float
  ) -> (sum: SIMD16<Float>, squares: SIMD16<Float>) {
    let centre = SIMD16<Float>(repeating: number)
    var odd = csimd_join_f32(centre, load16(pixel + (channels &- 16)), known) - centre
    var oddSquares = odd * odd
    guard whole > 0 else { return (odd, oddSquares) }
    var even = load16(pixel) - centre
    var evenSquares = even * even
    var vector = 1
    while vector &+ 2 <= whole {
      askForBatch(pixel + 16 &* vector)
      askForBatch(pixel + (16 &* vector &+ 16))
      let one = load16(pixel + 16 &* vector) - centre
      let other = load16(pixel + (16 &* vector &+ 16)) - centre
      odd += one
      even += other
      oddSquares = multiplyAdd(one, one, oddSquares)
      evenSquares = multiplyAdd(other, other, evenSquares)
      vector &+= 2
    }
    if vector < whole {
      let one = load16(pixel + 16 &* vector) - centre
      odd += one
      oddSquares = multiplyAdd(one, one, oddSquares)
    }
    return (even + odd, evenSquares + oddSquares)
  }

  /// target = function(pixel, channel), sixteen channels at a time. They may be the same.
  @inline(__always)
  func map(
    _ pixel: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
    _ function: some ChannelFunction
  ) {
    let end = channels &- 16
    // Loaded before the vectors that it overlaps are written.
    let last = load16(pixel + end)
    var vector = 0
    while vector < whole {
      let channel = 16 &* vector
      askForBatch(pixel + channel)
      store16(function(load16(pixel + channel), channel), target + channel)
      vector &+= 1
    }
    store16(function(last, end), target + end)
  }

  @inline(__always)
  private func loadAsking(_ pixel: UnsafePointer<Float>, _ vector: Int) -> SIMD16<Float> {
    askForPage(pixel + 16 &* vector)
    return load16(pixel + 16 &* vector)
  }

  @inline(__always)
  private func lastAsking(_ pixel: UnsafePointer<Float>) -> SIMD16<Float> {
    let last = pixel + (channels &- 16)
    askForPage(last)
    return csimd_join_f32(.zero, load16(last), known)
  }

  @inline(__always)
  private func askForPage(_ place: UnsafePointer<Float>) {
    if Count.asksFirst { csimd_prefetch(UnsafeRawPointer(place) + prefetchDistance) }
  }

  @inline(__always)
  private func askForBatch(_ place: UnsafePointer<Float>) {
    if !Count.asksFirst { csimd_prefetch(UnsafeRawPointer(place) + batch) }
  }
}
