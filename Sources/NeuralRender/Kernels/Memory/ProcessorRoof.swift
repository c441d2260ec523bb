// What the processor can do at most, measured: the share of it that a layer reaches says how much is
// left.

import CSIMD
import Compute

/// Operations a second of all workers of a pool, in units of 10^9, in registers alone.
public enum ProcessorRoof {
  private static let count = 1_000_000

  /// Multiplications and additions of float32.
  ///
  /// - Parameter seconds: how long work takes.
  public static func multiplyAdds(
    pool: WorkerPool, seconds: (() -> Void) -> Double = elapsed
  ) -> Double {
    measure(pool, operations: 2, seconds) {
      // Twelve sums of sixteen lanes are all registers of 64 bytes; of those of 32 bytes half as many fit.
      csimd_vector_bytes() == 64
        ? multiplyAddChain(count, SIMD16(repeating: 0.999))
        : narrowMultiplyAddChain(2 * count, SIMD16(repeating: 0.999))
    }
  }

  /// Multiplications and additions of bytes.
  public static func byteProducts(pool: WorkerPool) -> Double {
    measure(pool, operations: 8, elapsed) {
      let factor = SIMD16<Int32>(repeating: 0x0102_0304)
      return csimd_to_f32(
        csimd_vector_bytes() == 64
          ? productChain(count, factor, csimd_dot4_u8s8)
          : narrowProductChain(2 * count, factor, csimd_dot4_u8s8))
    }
  }

  /// Multiplications and additions of whole numbers of 16 bits.
  ///
  /// - Parameter seconds: how long work takes.
  public static func shortProducts(
    pool: WorkerPool, seconds: (() -> Void) -> Double = elapsed
  ) -> Double {
    measure(pool, operations: 4, seconds) {
      let factor = SIMD16<Int32>(repeating: 0x0001_0002)
      return csimd_to_f32(
        csimd_vector_bytes() == 64
          ? productChain(count, factor, csimd_dot2_i16)
          : narrowProductChain(2 * count, factor, csimd_dot2_i16))
    }
  }

  /// The seconds that go by.
  public static func elapsed(_ work: () -> Void) -> Double {
    ContinuousClock().measure(work) / .seconds(1)
  }

  private static func measure(
    _ pool: WorkerPool, operations: Int, _ seconds: (() -> Void) -> Double,
    _ chain: @escaping @Sendable () -> SIMD16<Float>
  ) -> Double {
    let workers = pool.threadCount
    let sink = AlignedBuffer<SIMD16<Float>>(count: workers)
    nonisolated(unsafe) let results = sink.pointer
    let time = seconds { pool.run(workers) { index, _ in results[index] = chain() } }
    return Double(count * 12 * 16 * operations * workers) / time * 1e-9
  }
}

/// Fused multiply-adds in registers only.
@inline(never)
private func multiplyAddChain(_ count: Int, _ factor: SIMD16<Float>) -> SIMD16<Float> {
  var a = factor
  var b = a + a
  var c = b + a
  var d = c + a
  var e = d + a
  var f = e + a
  var g = f + a
  var h = g + a
  var i = h + a
  var j = i + a
  var k = j + a
  var l = k + a
  for _ in 0..<count {
    a = multiplyAdd(a, factor, factor)
    b = multiplyAdd(b, factor, factor)
    c = multiplyAdd(c, factor, factor)
    d = multiplyAdd(d, factor, factor)
    e = multiplyAdd(e, factor, factor)
    f = multiplyAdd(f, factor, factor)
    g = multiplyAdd(g, factor, factor)
    h = multiplyAdd(h, factor, factor)
    i = multiplyAdd(i, factor, factor)
    j = multiplyAdd(j, factor, factor)
    k = multiplyAdd(k, factor, factor)
    l = multiplyAdd(l, factor, factor)
  }
  return a + b + c + d + e + f + (g + h + i + j + k + l)
}

/// The same of six sums.
@inline(never)
private func narrowMultiplyAddChain(_ count: Int, _ factor: SIMD16<Float>) -> SIMD16<Float> {
  var a = factor
  var b = a + a
  var c = b + a
  var d = c + a
  var e = d + a
  var f = e + a
  for _ in 0..<count {
    a = multiplyAdd(a, factor, factor)
    b = multiplyAdd(b, factor, factor)
    c = multiplyAdd(c, factor, factor)
    d = multiplyAdd(d, factor, factor)
    e = multiplyAdd(e, factor, factor)
    f = multiplyAdd(f, factor, factor)
  }
  return a + b + c + (d + e + f)
}

/// Adds the products of lanes' parts to a sum.
private typealias AddProducts = (
  _ sum: SIMD16<Int32>, _ values: SIMD16<Int32>, _ weights: SIMD16<Int32>
) -> SIMD16<Int32>

/// Sums of products of whole numbers in registers only. Every product is of other values: where products and
/// sums are instructions of their own, none is made once for all.
@inline(__always)
private func productChain(
  _ count: Int, _ factor: SIMD16<Int32>, _ add: AddProducts
) -> SIMD16<Int32> {
  var a = factor
  var b = a &+ a
  var c = b &+ a
  var d = c &+ a
  var e = d &+ a
  var f = e &+ a
  var g = f &+ a
  var h = g &+ a
  var i = h &+ a
  var j = i &+ a
  var k = j &+ a
  var l = k &+ a
  for _ in 0..<count {
    a = add(a, b, factor)
    b = add(b, c, factor)
    c = add(c, d, factor)
    d = add(d, e, factor)
    e = add(e, f, factor)
    f = add(f, g, factor)
    g = add(g, h, factor)
    h = add(h, i, factor)
    i = add(i, j, factor)
    j = add(j, k, factor)
    k = add(k, l, factor)
    l = add(l, a, factor)
  }
  return a &+ b &+ c &+ d &+ e &+ f &+ (g &+ h &+ i &+ j &+ k &+ l)
}

/// The same of six sums.
@inline(__always)
private func narrowProductChain(
  _ count: Int, _ factor: SIMD16<Int32>, _ add: AddProducts
) -> SIMD16<Int32> {
  var a = factor
  var b = a &+ a
  var c = b &+ a
  var d = c &+ a
  var e = d &+ a
  var f = e &+ a
  for _ in 0..<count {
    a = add(a, b, factor)
    b = add(b, c, factor)
    c = add(c, d, factor)
    d = add(d, e, factor)
    e = add(e, f, factor)
    f = add(f, a, factor)
  }
  return a &+ b &+ c &+ (d &+ e &+ f)
}
