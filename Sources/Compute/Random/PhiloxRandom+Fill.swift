import CSIMD

/// Whole runs of a stream, 32 elements at a time. Pieces of a run may be filled in any order and on any
/// threads: the offset of a piece in the whole is all that they need.
extension PhiloxRandom {
  /// Sets element k of the buffer to `uniform(at: offset + k)`.
  public func fillUniform(
    _ buffer: UnsafeMutableBufferPointer<Float>, from offset: UInt64 = 0
  ) {
    fill(buffer, from: offset) { even, odd in
      @inline(__always) func uniform(_ words: SIMD16<UInt32>) -> SIMD16<Float> {
        let top = csimd_shift_right_i32(
          unsafeBitCast(words, to: SIMD16<Int32>.self), SIMD16(repeating: 8))
        return csimd_to_f32(csimd_and_i32(top, SIMD16(repeating: 0x00FF_FFFF)))
          * SIMD16(repeating: 0x1p-24)
      }
      return (uniform(even), uniform(odd))
    }
  }

  /// Sets element k of the buffer to `normal(at: offset + k)`.
  public func fillNormal(
    _ buffer: UnsafeMutableBufferPointer<Float>, from offset: UInt64 = 0
  ) {
    fill(buffer, from: offset) { BoxMuller.pairs(first: $0, second: $1) }
  }

  /// - Parameter numbers: the elements with even numbers and those with odd ones, from such words.
  @inline(__always)
  private func fill(
    _ buffer: UnsafeMutableBufferPointer<Float>, from offset: UInt64,
    numbers: (SIMD16<UInt32>, SIMD16<UInt32>) -> (SIMD16<Float>, SIMD16<Float>)
  ) {
    guard let base = buffer.baseAddress else { return }
    var done = 0
    while done < buffer.count {
      let index = offset &+ UInt64(done)
      let lane = Int(index & 31)
      // Eight blocks hold 32 words.
      let words = Philox.pairs(first: 8 &* (index >> 5), high: stream, key: seed)
      let (even, odd) = numbers(words.even, words.odd)
      var values = SIMD32<Float>()
      values.evenHalf = even
      values.oddHalf = odd
      let count = min(32 - lane, buffer.count - done)
      if count == 32 {
        UnsafeMutableRawPointer(base + done).storeBytes(of: values, as: SIMD32<Float>.self)
      } else {
        for k in 0..<count { base[done + k] = values[lane + k] }
      }
      done += count
    }
  }
}
