// A function of every element, row by row.

import CSIMD
import Compute

/// Rows of any of `Elementwise`'s functions. Images are of the same size and may be the same.
struct FunctionRows: Sendable {
  let function: Elementwise.Function

  init(_ function: Elementwise.Function) { self.function = function }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    VectorRuns.forEach(y, columns, source, target) { from, to, count in
      apply(count, from, to)
    }
  }

  /// target[i] = f(source[i]), of `count` floats; they may be the same.
  func apply(
    _ count: Int, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    @inline(__always)
    func each(_ body: (SIMD16<Float>) -> SIMD16<Float>) {
      VectorRuns.map(count, source, target, body)
    }
    switch function {
    case .leakyReLU(let slope, let gain):
      each { VectorFunctions.leakyReLU($0, slope: slope, gain: gain) }
    case .silu: each(VectorFunctions.silu)
    case .gelu(approximate: false): each(VectorFunctions.gelu)
    case .gelu(approximate: true): each(VectorFunctions.geluByTanh)
    case .tanh: each(hyperbolicTangent)
    case .sigmoid: each(logistic)
    case .softplus: each(VectorFunctions.softplus)
    case .exp: each(VectorFunctions.exponential)
    case .log: each(VectorFunctions.logarithm)
    case .absolute: each(VectorFunctions.absolute)
    case .square: each { $0 * $0 }
    case .squareRoot: each(VectorFunctions.squareRoot)
    case .reciprocalSquareRoot:
      each { csimd_divide_f32(SIMD16(repeating: 1), VectorFunctions.squareRoot($0)) }
    case .clamp(let range):
      let (low, high) = (
        SIMD16<Float>(repeating: range.lowerBound), SIMD16<Float>(repeating: range.upperBound)
      )
      each { $0.clamped(lowerBound: low, upperBound: high) }
    case .affine(let scale, let offset):
      let (factor, sum) = (SIMD16<Float>(repeating: scale), SIMD16<Float>(repeating: offset))
      each { multiplyAdd($0, factor, sum) }
    }
  }
}
