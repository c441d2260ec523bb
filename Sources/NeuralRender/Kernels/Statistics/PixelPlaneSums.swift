// Sums over fewer channels than fill a vector: pixels are transposed, a lane of every plane is a pixel.

import CSIMD
import Compute

extension PixelPlanes: SixteenPixels {
  @inline(__always)
  var reciprocal: SIMD16<Float> { SIMD16(repeating: 1 / Float(channels)) }

  @inline(__always)
  var sum: SIMD16<Float> { total(ChannelItself()) }

  @inline(__always)
  var squares: SIMD16<Float> { total(ChannelSquare()) }

  @inline(__always)
  func differences(
    from centres: SIMD16<Float>
  ) -> (sum: SIMD16<Float>, squares: SIMD16<Float>) {
    (total(ChannelDistance(centres: centres)), total(ChannelDistanceSquare(centres: centres)))
  }

  /// Up to sixteen channels, added up as lanes are.
  @inline(__always)
  private func total(_ term: some ChannelTerm) -> SIMD16<Float> {
    (quarter(0, term) + quarter(1, term)) + (quarter(2, term) + quarter(3, term))
  }

  @inline(__always)
  private func quarter(_ c: Int, _ term: some ChannelTerm) -> SIMD16<Float> {
    guard c < channels else { return .zero }
    return c &+ 4 < channels ? half(c, term) + half(c &+ 4, term) : half(c, term)
  }

  @inline(__always)
  private func half(_ c: Int, _ term: some ChannelTerm) -> SIMD16<Float> {
    let one = term(self[sixteen: c])
    return c &+ 8 < channels ? one + term(self[sixteen: c &+ 8]) : one
  }
}

/// What is summed of a channel. As types, not as closures: these keep vectors in memory, in pieces.
private protocol ChannelTerm {
  func callAsFunction(_ value: SIMD16<Float>) -> SIMD16<Float>
}

private struct ChannelItself: ChannelTerm {
  @inline(__always)
  func callAsFunction(_ value: SIMD16<Float>) -> SIMD16<Float> { value }
}

private struct ChannelSquare: ChannelTerm {
  @inline(__always)
  func callAsFunction(_ value: SIMD16<Float>) -> SIMD16<Float> { value * value }
}

private struct ChannelDistance: ChannelTerm {
  let centres: SIMD16<Float>
  @inline(__always)
  func callAsFunction(_ value: SIMD16<Float>) -> SIMD16<Float> { value - centres }
}

private struct ChannelDistanceSquare: ChannelTerm {
  let centres: SIMD16<Float>
  @inline(__always)
  func callAsFunction(_ value: SIMD16<Float>) -> SIMD16<Float> {
    (value - centres) * (value - centres)
  }
}
