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
    ArithmeticRows(function).row(y, columns, a, b, to: targets[image])
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
