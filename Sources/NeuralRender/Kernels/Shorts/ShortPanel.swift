// Weights as whole numbers of 16 bits in the order in which tiles read them, and the tile itself.

import CSIMD
import Compute

enum ShortPanel {
  /// Packs the weights of sixteen outputs, [channel][16], as [pair of channels][16].
  ///
  /// - Parameter inverses: what each output's sums are to be multiplied with.
  @inline(never)
  static func pack(
    _ rows: UnsafePointer<Float>, depth: Int, to panel: UnsafeMutablePointer<Int32>,
    inverses: UnsafeMutablePointer<Float>
  ) -> RoundingError {
    var squares = SIMD16<Float>.zero
    for k in 0..<depth {
      let value = load16(rows + 16 &* k)
      squares = multiplyAdd(value, value, squares)
    }
    var factors = SIMD16<Float>.zero
    for lane in 0..<16 {
      let (factor, inverse) = ShortRows.factor(squares: squares[lane], count: depth)
      (factors[lane], inverses[lane]) = (factor, inverse)
    }
    let most = SIMD16<Int32>(repeating: 32767)
    var errors = SIMD16<Float>.zero
    @inline(__always)
    func rounded(_ k: Int) -> SIMD16<Int32> {
      let value = load16(rows + 16 &* k) * factors
      let whole = csimd_min_i32(csimd_max_i32(csimd_round_i32(value), .zero &- most), most)
      let error = csimd_to_f32(whole) - value
      errors = multiplyAdd(error, error, errors)
      return whole
    }
    for pair in 0..<ShortRows.words(depth) {
      let low = rounded(2 &* pair)
      let high = 2 &* pair &+ 1 < depth ? rounded(2 &* pair &+ 1) : .zero
      UnsafeMutableRawPointer(panel + 16 &* pair).storeBytes(
        of: (low & SIMD16(repeating: 0xffff)) | (high &<< SIMD16(repeating: 16)),
        as: SIMD16<Int32>.self)
    }
    var result = RoundingError()
    for lane in 0..<16 {
      let inverse = Double(inverses[lane])
      result.errors += Double(errors[lane]) * inverse * inverse
      result.power += Double(squares[lane])
    }
    return result
  }

  /// Calls `write` with the sums of each row.
  ///
  /// - Parameters:
  ///   - rows: the first row; others lie `stride` words apart.
  ///   - panel: a word of sixteen outputs every `step` words.
  @inline(__always)
  static func multiply(
    _ rows: UnsafePointer<Int32>, stride: Int, count: Int, panel: UnsafePointer<Int32>,
    step: Int = 16, words: Int, _ write: (_ row: Int, _ sums: SIMD16<Int32>) -> Void
  ) {
    var row = 0
    while row < count {
      let left = count &- row
      let first = rows + row &* stride
      if csimd_vector_bytes() == 64 && left > 6 {
        // Thirty-two registers hold twice as many sums.
        var low = SixRows(first, stride, last: 5)
        var high = SixRows(first + 6 &* stride, stride, last: min(left &- 7, 5))
        for k in 0..<words {
          let weights = loadWords16(panel + step &* k)
          low.add(k, weights)
          high.add(k, weights)
        }
        low.forEach(6) { write(row &+ $0, $1) }
        high.forEach(min(left &- 6, 6)) { write(row &+ 6 &+ $0, $1) }
        row &+= 12
      } else {
        var tile = SixRows(first, stride, last: min(left, 6) &- 1)
        for k in 0..<words { tile.add(k, loadWords16(panel + step &* k)) }
        tile.forEach(min(left, 6)) { write(row &+ $0, $1) }
        row &+= 6
      }
    }
  }
}

/// Sums of six rows and sixteen outputs.
private struct SixRows {
  private let p0: UnsafePointer<Int32>
  private let p1: UnsafePointer<Int32>
  private let p2: UnsafePointer<Int32>
  private let p3: UnsafePointer<Int32>
  private let p4: UnsafePointer<Int32>
  private let p5: UnsafePointer<Int32>
  private var s0 = SIMD16<Int32>.zero
  private var s1 = SIMD16<Int32>.zero
  private var s2 = SIMD16<Int32>.zero
  private var s3 = SIMD16<Int32>.zero
  private var s4 = SIMD16<Int32>.zero
  private var s5 = SIMD16<Int32>.zero

  /// Rows behind `last` repeat it.
  @inline(__always)
  init(_ rows: UnsafePointer<Int32>, _ stride: Int, last: Int) {
    p0 = rows
    p1 = rows + min(1, last) &* stride
    p2 = rows + min(2, last) &* stride
    p3 = rows + min(3, last) &* stride
    p4 = rows + min(4, last) &* stride
    p5 = rows + min(5, last) &* stride
  }

  @inline(__always)
  mutating func add(_ k: Int, _ weights: SIMD16<Int32>) {
    s0 = csimd_dot2_i16(s0, SIMD16(repeating: p0[k]), weights)
    s1 = csimd_dot2_i16(s1, SIMD16(repeating: p1[k]), weights)
    s2 = csimd_dot2_i16(s2, SIMD16(repeating: p2[k]), weights)
    s3 = csimd_dot2_i16(s3, SIMD16(repeating: p3[k]), weights)
    s4 = csimd_dot2_i16(s4, SIMD16(repeating: p4[k]), weights)
    s5 = csimd_dot2_i16(s5, SIMD16(repeating: p5[k]), weights)
  }

  @inline(__always)
  func forEach(_ count: Int, _ body: (Int, SIMD16<Int32>) -> Void) {
    body(0, s0)
    if count > 1 { body(1, s1) }
    if count > 2 { body(2, s2) }
    if count > 3 { body(3, s3) }
    if count > 4 { body(4, s4) }
    if count > 5 { body(5, s5) }
  }
}
