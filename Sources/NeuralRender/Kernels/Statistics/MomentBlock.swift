// Sums of sixteen channels over a few pixels: lanes in single precision, which double precision takes
// over before they grow inaccurate.

import CSIMD
import Compute

/// Up to `pixels` pixels of sixteen channels.
struct MomentBlock {
  static let pixels = 128

  /// The first pixel's first channel, the floats between pixels, and how many pixels there are.
  let base: UnsafePointer<Float>
  let stride: Int
  let count: Int

  /// Merges the block into `lanes`, that have seen `before` pixels.
  ///
  /// - Parameter load: reads sixteen channels of a pixel.
  @inline(__always)
  func merge(
    into lanes: MomentLanes, before: Double, _ kind: MomentKind,
    load: (UnsafePointer<Float>) -> SIMD16<Float>
  ) {
    let weights = MergeWeights(before, Double(count), kind)
    let zero = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    switch kind {
    case .sum:
      lanes.merge(first: Self.widened(sum(load) { $0 + $1 }), second: zero, weights)
    case .squares:
      lanes.merge(
        first: Self.widened(sum(load) { multiplyAdd($1, $1, $0) }), second: zero, weights)
    case .distances:
      // The second pass finds the block in the first-level cache. What the rounded mean is wrong by is
      // in the sum of the distances.
      let centre = sum(load) { $0 + $1 } * SIMD16<Float>(repeating: 1 / Float(count))
      let (distances, squares) = distances(from: centre, load)
      let (d, q, c) = (Self.widened(distances), Self.widened(squares), Self.widened(centre))
      let inverse = 1 / Double(count)
      lanes.merge(
        first: (c.0 + d.0 * inverse, c.1 + d.1 * inverse),
        second: (q.0 - d.0 * d.0 * inverse, q.1 - d.1 * d.1 * inverse), weights)
    }
  }

  /// The sum over all pixels, four chains side by side.
  @inline(__always)
  private func sum(
    _ load: (UnsafePointer<Float>) -> SIMD16<Float>,
    _ add: (_ sum: SIMD16<Float>, _ value: SIMD16<Float>) -> SIMD16<Float>
  ) -> SIMD16<Float> {
    var (a, b, c, d) = (
      SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero
    )
    var pixel = base
    var left = count
    while left >= 4 {
      a = add(a, load(pixel))
      b = add(b, load(pixel + stride))
      c = add(c, load(pixel + 2 &* stride))
      d = add(d, load(pixel + 3 &* stride))
      pixel += 4 &* stride
      left &-= 4
    }
    while left > 0 {
      a = add(a, load(pixel))
      pixel += stride
      left &-= 1
    }
    return (a + b) + (c + d)
  }

  /// The sums of the distances and of their squares.
  @inline(__always)
  private func distances(
    from centre: SIMD16<Float>, _ load: (UnsafePointer<Float>) -> SIMD16<Float>
  ) -> (SIMD16<Float>, SIMD16<Float>) {
    var (a, b) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var (squaresA, squaresB) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var pixel = base
    var left = count
    // The next block's pixels come from memory meanwhile: here they would be waited for.
    let ahead = 4 &* count &* stride
    while left >= 2 {
      prefetch(Int(bitPattern: pixel) &+ ahead, 64)
      prefetch(Int(bitPattern: pixel + stride) &+ ahead, 64)
      let one = load(pixel) - centre
      let other = load(pixel + stride) - centre
      a += one
      b += other
      squaresA = multiplyAdd(one, one, squaresA)
      squaresB = multiplyAdd(other, other, squaresB)
      pixel += 2 &* stride
      left &-= 2
    }
    if left > 0 {
      let one = load(pixel) - centre
      a += one
      squaresA = multiplyAdd(one, one, squaresA)
    }
    return (a + b, squaresA + squaresB)
  }

  @inline(__always)
  private static func widened(_ value: SIMD16<Float>) -> (SIMD8<Double>, SIMD8<Double>) {
    (csimd_widen_f32(value.lowHalf), csimd_widen_f32(value.highHalf))
  }
}
