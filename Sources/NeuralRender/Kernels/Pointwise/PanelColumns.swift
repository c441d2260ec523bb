// Outputs of one pixel side by side, in as many registers as a panel of weights is wide.

import CSIMD
import Compute

/// The sums of a pixel's outputs in a panel.
protocol PanelColumns {
  static var width: Int { get }
  /// Zeros.
  init()
  init(at pointer: UnsafePointer<Float>)
  /// self + x * weights, one fused multiply-add each.
  mutating func add(_ x: Float, _ weights: Self)
  /// Finishes the sums and writes the first `count`.
  ///
  /// - Parameters:
  ///   - residual: of the pixel, at the panel's first output.
  func write(
    to target: UnsafeMutablePointer<Float>, count: Int, _ factors: OutputFactors,
    _ end: some PanelEnd, residual: UnsafePointer<Float>?)
}

/// What happens to scale * sum + bias.
protocol PanelEnd {
  func apply(_ value: SIMD16<Float>) -> SIMD16<Float>
  /// With a residual before or after the function.
  func apply(_ value: SIMD16<Float>, _ residual: SIMD16<Float>) -> SIMD16<Float>
}

/// A function, then a residual.
struct ResidualLast<Function: EpilogueFunction>: PanelEnd {
  let function: Function

  @inline(__always)
  func apply(_ value: SIMD16<Float>) -> SIMD16<Float> { function.apply(value) }

  @inline(__always)
  func apply(_ value: SIMD16<Float>, _ residual: SIMD16<Float>) -> SIMD16<Float> {
    function.apply(value) + residual
  }
}

/// A residual, then a function.
struct ResidualFirst<Function: EpilogueFunction>: PanelEnd {
  let function: Function

  @inline(__always)
  func apply(_ value: SIMD16<Float>) -> SIMD16<Float> { function.apply(value) }

  @inline(__always)
  func apply(_ value: SIMD16<Float>, _ residual: SIMD16<Float>) -> SIMD16<Float> {
    function.apply(value + residual)
  }
}

/// Sixteen outputs: two registers of eight, or one of sixteen.
struct Columns16: PanelColumns {
  private var a = SIMD16<Float>.zero

  static var width: Int { 16 }

  @inline(__always)
  init() {}

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) { a = load16(pointer) }

  @inline(__always)
  mutating func add(_ x: Float, _ weights: Self) {
    a = multiplyAdd(SIMD16(repeating: x), weights.a, a)
  }

  @inline(__always)
  func write(
    to target: UnsafeMutablePointer<Float>, count: Int, _ factors: OutputFactors,
    _ end: some PanelEnd, residual: UnsafePointer<Float>?
  ) {
    finish16(a, to: target, count: count, factors, end, residual: residual)
  }
}

/// Twenty-four outputs: three registers of eight.
struct Columns24: PanelColumns {
  private var a = SIMD16<Float>.zero
  private var b = SIMD8<Float>.zero

  static var width: Int { 24 }

  @inline(__always)
  init() {}

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) {
    a = load16(pointer)
    b = SIMD8(at: pointer + 16)
  }

  @inline(__always)
  mutating func add(_ x: Float, _ weights: Self) {
    a = multiplyAdd(SIMD16(repeating: x), weights.a, a)
    b = SIMD8(repeating: x).times(weights.b, plus: b)
  }

  @inline(__always)
  func write(
    to target: UnsafeMutablePointer<Float>, count: Int, _ factors: OutputFactors,
    _ end: some PanelEnd, residual: UnsafePointer<Float>?
  ) {
    finish16(a, to: target, count: 16, factors, end, residual: residual)
    let value = b.times(
      SIMD8(at: factors.scale + 16), plus: SIMD8(at: factors.bias + 16)
    ).widened
    if count == 24 {
      let result =
        residual.map { end.apply(value, SIMD8(at: $0 + 16).widened) } ?? end.apply(value)
      result.lowHalf.store(to: target + 16)
    } else {
      let result =
        residual.map { end.apply(value, loadFirst16($0 + 16, count &- 16)) } ?? end.apply(value)
      storeFirst16(result, target + 16, count &- 16)
    }
  }
}

/// Thirty-two outputs: two registers of sixteen.
struct Columns32: PanelColumns {
  private var a = SIMD16<Float>.zero
  private var b = SIMD16<Float>.zero

  static var width: Int { 32 }

  @inline(__always)
  init() {}

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) {
    a = load16(pointer)
    b = load16(pointer + 16)
  }

  @inline(__always)
  mutating func add(_ x: Float, _ weights: Self) {
    let wide = SIMD16<Float>(repeating: x)
    a = multiplyAdd(wide, weights.a, a)
    b = multiplyAdd(wide, weights.b, b)
  }

  @inline(__always)
  func write(
    to target: UnsafeMutablePointer<Float>, count: Int, _ factors: OutputFactors,
    _ end: some PanelEnd, residual: UnsafePointer<Float>?
  ) {
    finish16(a, to: target, count: min(count, 16), factors, end, residual: residual)
    // Panels of few outputs are narrower today; writing more than there are would be silent.
    guard count > 16 else { return }
    finish16(
      b, to: target + 16, count: count &- 16, factors.advanced(by: 16), end,
      residual: residual.map { $0 + 16 })
  }
}

/// Forty-eight outputs: three registers of sixteen.
struct Columns48: PanelColumns {
  private var a = Columns32()
  private var b = Columns16()

  static var width: Int { 48 }

  @inline(__always)
  init() {}

  @inline(__always)
  init(at pointer: UnsafePointer<Float>) {
    a = Columns32(at: pointer)
    b = Columns16(at: pointer + 32)
  }

  @inline(__always)
  mutating func add(_ x: Float, _ weights: Self) {
    a.add(x, weights.a)
    b.add(x, weights.b)
  }

  @inline(__always)
  func write(
    to target: UnsafeMutablePointer<Float>, count: Int, _ factors: OutputFactors,
    _ end: some PanelEnd, residual: UnsafePointer<Float>?
  ) {
    a.write(to: target, count: 32, factors, end, residual: residual)
    b.write(
      to: target + 32, count: count &- 32, factors.advanced(by: 32), end,
      residual: residual.map { $0 + 32 })
  }
}

extension OutputFactors {
  @inline(__always)
  func advanced(by outputs: Int) -> OutputFactors {
    OutputFactors(scale: scale + outputs, bias: bias + outputs)
  }
}

/// Finishes sixteen sums and writes the first `count`.
@inline(__always)
func finish16(
  _ sum: SIMD16<Float>, to target: UnsafeMutablePointer<Float>, count: Int,
  _ factors: OutputFactors, _ end: some PanelEnd, residual: UnsafePointer<Float>?
) {
  let value = multiplyAdd(sum, load16(factors.scale), load16(factors.bias))
  if let residual {
    storeFirst16(end.apply(value, loadFirst16(residual, count)), target, count)
  } else {
    storeFirst16(end.apply(value), target, count)
  }
}
