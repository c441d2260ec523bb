// The blend of tap products that interpolates: what every upsampling convolution ends with.

import Compute

/// The even and the odd output along an axis from the products of the low positions before, at and
/// after it, `tap` floats between taps. The first even output has no upsampled position before it,
/// the last odd one none behind it: that tap is left out.
@inline(__always)
func blended(
  _ before: UnsafePointer<Float>, _ here: UnsafePointer<Float>, _ after: UnsafePointer<Float>,
  tap: Int, first: Bool, last: Bool
) -> (even: SIMD16<Float>, odd: SIMD16<Float>) {
  let near = SIMD16<Float>(repeating: 0.75)
  let far = SIMD16<Float>(repeating: 0.25)
  let b0 = load16(before)
  let b1 = load16(before + tap)
  let h0 = load16(here)
  let h1 = load16(here + tap)
  let h2 = load16(here + 2 * tap)
  let a1 = load16(after + tap)
  let a2 = load16(after + 2 * tap)
  let zero = SIMD16<Float>.zero
  // Up 2i - 1, 2i and 2i + 1 meet taps 0, 1 and 2 of output 2i; one more of output 2i + 1.
  let even = multiplyAdd(
    near, (first ? zero : b0) + (h1 + h2), far * (b1 + (first ? zero : h0) + a2))
  let odd = multiplyAdd(
    near, h0 + (h1 + (last ? zero : a2)), far * (b0 + a1 + (last ? zero : h2)))
  return (even, odd)
}
