import Compute
import Foundation

/// A function of every element.
final class ElementwiseStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let function: Elementwise.Function

  init(name: String, function: Elementwise.Function, input: Place, output: Place) {
    self.function = function
    super.init(name: name, inputs: [input], output: output)
  }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let (source, target) = (sources[image][0], targets[image])
    if case .affine(let scale, let offset) = function {
      let (factor, sum) = (SIMD16<Float>(repeating: scale), SIMD16<Float>(repeating: offset))
      target.forEachRun(y, columns, like: source, source) { x, count in
        let (from, to) = (source.pixel(y, x), target.pixel(y, x))
        for first in stride(from: 0, to: count, by: 16) {
          let held = min(16, count - first)
          storeFirst16(loadFirst16(from + first, held) * factor + sum, to + first, held)
        }
      }
      return
    }
    // Masks of frames depend on the last bit of these: the library's.
    guard case .exp = function else {
      FunctionRows(function).row(y, columns, from: source, to: target)
      return
    }
    for x in columns {
      let (from, to) = (source.pixel(y, x), target.pixel(y, x))
      for channel in 0..<output.channels { to[channel] = Foundation.exp(from[channel]) }
    }
  }
}

/// Arithmetic of two images of the same size; one of them may have a single channel.
final class ArithmeticStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let function: Arithmetic.Function

  init(name: String, function: Arithmetic.Function, inputs: [Place], output: Place) {
    self.function = function
    super.init(name: name, inputs: inputs, output: output)
  }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let (a, b) = (sources[image][0], sources[image][1])
    let target = targets[image]
    switch function {
    case .add: return combine(a, b, target, y, columns) { $0 + $1 }
    case .subtract: return combine(a, b, target, y, columns) { $0 - $1 }
    case .multiply: return combine(a, b, target, y, columns) { $0 * $1 }
    default: break
    }
    let (stepA, stepB) = (a.channels == 1 ? 0 : 1, b.channels == 1 ? 0 : 1)
    for x in columns {
      let (left, right, to) = (a.pixel(y, x), b.pixel(y, x), target.pixel(y, x))
      for channel in 0..<output.channels {
        to[channel] = value(left[channel * stepA], right[channel * stepB])
      }
    }
  }

  @inline(__always)
  private func combine(
    _ a: FeatureMap, _ b: FeatureMap, _ target: FeatureMap, _ y: Int, _ columns: Range<Int>,
    _ function: (SIMD16<Float>, SIMD16<Float>) -> SIMD16<Float>
  ) {
    let (isNarrowA, isNarrowB) = (
      a.channels < target.channels, b.channels < target.channels
    )
    target.forEachRun(y, columns, like: a, b) { x, count in
      let (left, right, to) = (a.pixel(y, x), b.pixel(y, x), target.pixel(y, x))
      for first in stride(from: 0, to: count, by: 16) {
        let held = min(16, count - first)
        let one =
          isNarrowA ? SIMD16<Float>(repeating: left[0]) : loadFirst16(left + first, held)
        let other =
          isNarrowB ? SIMD16<Float>(repeating: right[0]) : loadFirst16(right + first, held)
        storeFirst16(function(one, other), to + first, held)
      }
    }
  }

  @inline(__always)
  private func value(_ x: Float, _ y: Float) -> Float {
    switch function {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .minimum: Swift.min(x, y)
    case .maximum: Swift.max(x, y)
    case .less: x < y ? 1 : 0
    }
  }
}

extension FeatureMap {
  /// The floats of some pixels of a row in stretches without a gap: all pixels at once where this and the
  /// two others are packed alike, one by one elsewhere.
  @inline(__always)
  fileprivate func forEachRun(
    _ y: Int, _ columns: Range<Int>, like one: FeatureMap, _ other: FeatureMap,
    _ body: (_ x: Int, _ count: Int) -> Void
  ) {
    let isPacked =
      pixelStride == channels && one.channels == channels && one.pixelStride == channels
      && other.channels == channels && other.pixelStride == channels
    if isPacked {
      body(columns.lowerBound, columns.count * channels)
    } else {
      for x in columns { body(x, channels) }
    }
  }
}
