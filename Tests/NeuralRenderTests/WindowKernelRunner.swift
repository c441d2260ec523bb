// Runs a kernel of windows on a tensor in several layouts and pieces, all of which must agree.

import Compute
import TestSupport

@testable import NeuralRender

/// The rows of a kernel under test.
typealias WindowRow = (
  _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
) -> Void

/// What a kernel wrote, and what is wrong about how; nil for nothing.
struct WindowResult {
  var output: Tensor
  var problem: String?
}

/// Runs a kernel on a 1 x C x H x W tensor: packed and with margins of NaN around pixels and rows, in whole
/// rows and in pieces of rows. The bits must be the same and the margins stay as they were.
///
/// - Parameter start: what the target holds before; of the output's shape.
func runWindowKernel(
  _ input: Tensor, to shape: [Int], start: Tensor? = nil, _ row: WindowRow
) -> WindowResult {
  var result: WindowResult?
  for margin in [0, 3] {
    for pieceLength in [Int.max, 1, 7] {
      let source = MarginedImage(input.shape, margin: margin, fill: .nan)
      source.set(input)
      let target = MarginedImage(shape, margin: margin, fill: margin == 0 ? 0 : -7777)
      if let start { target.set(start) }
      for y in 0..<shape[2] {
        var x = 0
        while x < shape[3] {
          let end = min(shape[3], x &+ min(pieceLength, shape[3]))
          row(y, x..<end, source.map, target.map)
          x = end
        }
      }
      let output = target.tensor()
      let place = "margin \(margin), pieces of \(pieceLength)"
      if let first = result {
        let isSame = zip(first.output.elements, output.elements).allSatisfy {
          $0.bitPattern == $1.bitPattern
        }
        if !isSame { result?.problem = "other bits with \(place)" }
      } else {
        result = WindowResult(output: output)
      }
      if !target.isUntouchedOutside() { result?.problem = "wrote outside with \(place)" }
    }
  }
  return result ?? WindowResult(output: input, problem: "not run")
}

/// An image with unused floats behind every pixel and row.
final class MarginedImage {
  let map: FeatureMap
  private let memory: AlignedBuffer<Float>
  private let fill: Float

  init(_ shape: [Int], margin: Int, fill: Float) {
    let pixel = shape[1] + margin
    let row = shape[3] * pixel + 2 * margin
    memory = AlignedBuffer(count: shape[2] * row, filledWith: fill)
    map = FeatureMap(
      memory.pointer, height: shape[2], width: shape[3], channels: shape[1], pixelStride: pixel,
      rowStride: row)
    self.fill = fill
  }

  func set(_ tensor: Tensor) {
    let elements = tensor.elements
    for (c, y, x) in positions() {
      map.pixel(y, x)[c] = elements[(c * map.height + y) * map.width + x]
    }
  }

  func tensor() -> Tensor {
    Tensor(
      shape: [1, map.channels, map.height, map.width],
      positions().map { map.pixel($1, $2)[$0] })
  }

  func isUntouchedOutside() -> Bool {
    (0..<map.height * map.rowStride).allSatisfy { index in
      let place = index % map.rowStride
      let isInside =
        place < map.width * map.pixelStride && place % map.pixelStride < map.channels
      return isInside || memory[index] == fill
    }
  }

  private func positions() -> [(Int, Int, Int)] {
    (0..<map.channels).flatMap { c in
      (0..<map.height).flatMap { y in (0..<map.width).map { (c, y, $0) } }
    }
  }
}

/// Random numbers between -1 and 1.
func randomTensor(_ shape: [Int], seed: UInt64) -> Tensor {
  var generator = SeededGenerator(state: seed)
  return Tensor(
    shape: shape, (0..<shape.reduce(1, *)).map { _ in .random(in: -1...1, using: &generator) })
}

/// The largest difference over the largest magnitude.
func errorOverLargest(_ result: Tensor, _ expected: Tensor) -> Float {
  guard result.shape == expected.shape else { return .infinity }
  var error: Float = 0
  for (one, other) in zip(result.elements, expected.elements) {
    let difference = abs(one - other)
    error = difference.isNaN ? .infinity : max(error, difference)
  }
  return error / max(expected.elements.map(abs).max() ?? 0, .leastNormalMagnitude)
}

/// Whether all bits are the same.
func haveSameBits(_ one: Tensor, _ other: Tensor) -> Bool {
  one.shape == other.shape
    && zip(one.elements, other.elements).allSatisfy { $0.bitPattern == $1.bitPattern }
}

extension Padding {
  var borderMode: BorderMode {
    switch mode {
    case .zeros: .zero
    case .reflect: .reflect
    case .replicate: .replicate
    }
  }
}

extension Tensor {
  var imageSize: ImageSize { ImageSize(height: shape[2], width: shape[3]) }
}
