// Rounding of filters such that their transforms fit 16 bits.

import CSIMD
import Compute

extension ShortFilters {
  /// Rounds a block of outputs.
  func pack(_ source: UnsafePointer<Float>, _ block: Int) -> RoundingError {
    let columns = min(16, outputs - 16 * block)
    let rows = AlignedBuffer<Float>(count: (Self.stretch + 1) * Self.tapWords)
    let step = blocks(block / 2)
    var error = RoundingError()
    for stretch in 0..<stretches {
      let width = width(stretch)
      transposeRows(
        source + (16 * block * channels + stretch * Self.stretch) * 9, stride: 9 * channels,
        rows: columns, depth: 9 * width, rows.pointer, width: 16)
      if width % 2 == 1 {
        (rows.pointer + width * Self.tapWords).update(repeating: 0, count: Self.tapWords)
      }
      error += Self.round(
        rows.pointer, width: width,
        to: values.pointer + first(block / 2, stretch) + block % 2 * 16, step: 16 * step,
        inverses: inverses(block, stretch))
    }
    return error
  }

  /// The largest number of a transformed filter, less what the transform makes of rounding (21 halves).
  private static var most: Float { 32750 }

  /// Rounds the filters of a stretch, [channel][tap][16], such that their transforms fit 16 bits.
  private static func round(
    _ rows: UnsafePointer<Float>, width: Int, to target: UnsafeMutablePointer<Int32>, step: Int,
    inverses: UnsafeMutablePointer<Float>
  ) -> RoundingError {
    var largest = SIMD16<Float>.zero
    for channel in 0..<width {
      largest = larger(largest, largestTransform(rows + channel &* tapWords))
    }
    var factors = SIMD16<Float>.zero
    for lane in 0..<16 {
      let most = largest[lane]
      let isUsual = most > 1e-30 && most.isFinite
      factors[lane] = isUsual ? Self.most / most : 0
      inverses[lane] = isUsual ? most / Self.most : 0
    }
    var (errors, power) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    let back = load16(inverses)
    @inline(__always)
    func rounded(_ place: Int) -> SIMD16<Int32> {
      let value = load16(rows + place)
      let whole = csimd_round_i32(value * factors)
      let error = multiplyAdd(csimd_to_f32(whole), back, SIMD16<Float>.zero - value)
      errors = multiplyAdd(error, error, errors)
      power = multiplyAdd(value, value, power)
      return whole
    }
    var words = target
    for pair in 0..<ShortRows.words(width) {
      for tap in 0..<9 {
        let place = 2 &* pair &* tapWords &+ 16 &* tap
        let (low, high) = (rounded(place), rounded(place &+ tapWords))
        UnsafeMutableRawPointer(words).storeBytes(
          of: (low & SIMD16(repeating: 0xffff)) | (high &<< SIMD16(repeating: 16)),
          as: SIMD16<Int32>.self)
        words += step
      }
    }
    return RoundingError(errors: Double(sumOfLanes(errors)), power: Double(sumOfLanes(power)))
  }

  /// The largest magnitude of a filter's transform: of points of opposite sign, the sum of the magnitudes of what
  /// they share.
  @inline(__always)
  private static func largestTransform(_ filter: UnsafePointer<Float>) -> SIMD16<Float> {
    let a = FloatColumn(filter)
    let b = FloatColumn(filter + 16)
    let c = FloatColumn(filter + 32)
    @inline(__always)
    func across(_ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>) -> SIMD16<Float> {
      larger(larger(magnitude(a), magnitude(c)), magnitude(a + c) + magnitude(b))
    }
    var result = larger(across(a.u0, b.u0, c.u0), across(a.u5, b.u5, c.u5))
    result = larger(result, across(a.even + a.odd, b.even + b.odd, c.even + c.odd))
    result = larger(result, across(a.even - a.odd, b.even - b.odd, c.even - c.odd))
    result = larger(result, across(a.far + a.farOdd, b.far + b.farOdd, c.far + c.farOdd))
    return larger(result, across(a.far - a.farOdd, b.far - b.farOdd, c.far - c.farOdd))
  }
}

@inline(__always)
private func magnitude(_ value: SIMD16<Float>) -> SIMD16<Float> {
  value.replacing(with: SIMD16<Float>.zero - value, where: value .< SIMD16<Float>.zero)
}

/// A column of a filter down: what points of opposite sign share.
private struct FloatColumn {
  let u0: SIMD16<Float>
  let u5: SIMD16<Float>
  let even: SIMD16<Float>
  let odd: SIMD16<Float>
  let far: SIMD16<Float>
  let farOdd: SIMD16<Float>

  @inline(__always)
  init(_ taps: UnsafePointer<Float>) {
    u0 = load16(taps)
    odd = load16(taps + 48)
    u5 = load16(taps + 96)
    even = u0 + u5
    far = multiplyAdd(SIMD16(repeating: 4), u5, u0)
    farOdd = odd + odd
  }
}
