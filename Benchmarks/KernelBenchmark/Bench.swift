// Runs a layer and the roof in turn.

import CSIMD
import Compute
import Foundation
import NeuralRender

func milliseconds(_ work: () -> Void) -> Double {
  let (seconds, attoseconds) = ContinuousClock().measure(work).components
  return Double(seconds) * 1e3 + Double(attoseconds) * 1e-15
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Fused multiply-adds in registers only.
@inline(never)
func multiplyAddChain(_ count: Int, _ factor: SIMD16<Float>) -> SIMD16<Float> {
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

/// Sums of four byte products in registers only.
@inline(never)
func byteProductChain(_ count: Int, _ factor: SIMD16<Int32>) -> SIMD16<Int32> {
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
    a = csimd_dot4_u8s8(a, factor, factor)
    b = csimd_dot4_u8s8(b, factor, factor)
    c = csimd_dot4_u8s8(c, factor, factor)
    d = csimd_dot4_u8s8(d, factor, factor)
    e = csimd_dot4_u8s8(e, factor, factor)
    f = csimd_dot4_u8s8(f, factor, factor)
    g = csimd_dot4_u8s8(g, factor, factor)
    h = csimd_dot4_u8s8(h, factor, factor)
    i = csimd_dot4_u8s8(i, factor, factor)
    j = csimd_dot4_u8s8(j, factor, factor)
    k = csimd_dot4_u8s8(k, factor, factor)
    l = csimd_dot4_u8s8(l, factor, factor)
  }
  return a &+ b &+ c &+ d &+ e &+ f &+ (g &+ h &+ i &+ j &+ k &+ l)
}

final class Bench {
  private let pool: WorkerPool
  private let repeats: Int

  init(pool: WorkerPool, repeats: Int) {
    self.pool = pool
    self.repeats = repeats
  }

  /// GFLOP/s of all workers, Gop/s for bytes.
  private func roof(_ precision: Layer.Precision) -> Double {
    let count = 2_000_000
    let workers = pool.threadCount
    let sink = AlignedBuffer<SIMD16<Float>>(count: workers)
    nonisolated(unsafe) let results = sink.pointer
    let time = milliseconds {
      pool.run(workers) { index, _ in
        switch precision {
        case .float32: results[index] = multiplyAddChain(count, SIMD16(repeating: 0.999))
        case .int8:
          let sums = byteProductChain(count, SIMD16(repeating: 0x0102_0304))
          results[index] = csimd_to_f32(sums)
        }
      }
    }
    let operations = precision == .int8 ? 8 : 2
    return Double(count * 12 * 16 * operations * workers) / time * 1e-6
  }

  func run(_ layer: Layer) {
    let prepared = PreparedLayer(layer, pool: pool)
    prepared.run()
    var times: [Double] = []
    var roofs: [Double] = []
    for _ in 0..<repeats {
      roofs.append(roof(layer.precision))
      times.append(milliseconds { prepared.run() })
    }
    let name = "kernel-\(layer.name)-\(pool.threadCount)"
    let time = median(times)
    let real = layer.real / time * 1e3
    print("\(name),ms_median,\(time)")
    print("\(name),ms_min,\(times.min() ?? time)")
    print("\(name),nominal_gflops,\(layer.nominal / time * 1e3)")
    print("\(name),real_gflops,\(real)")
    print("\(name),share_of_roof,\(real / median(roofs))")
  }
}
