// Inputs, options and float64 twins of the convolution kernels.

import Compute
import Foundation
import TestSupport
import Testing

@testable import NeuralRender

/// Shape and options of a convolution under test.
struct KernelCase: CustomTestStringConvertible, Sendable {
  var height: Int
  var width: Int
  var parts: (Int, Int)
  var outputs: Int
  var shape: ConvolutionShape
  var activation: Activation = .none
  var residual = false
  var upsampled = false

  var testDescription: String {
    "\(height)x\(width), \(parts.0)+\(parts.1) -> \(outputs), \(shape), \(activation)"
      + (residual ? ", residual" : "") + (upsampled ? ", upsampled" : "")
  }

  var channels: Int { parts.0 + parts.1 }
  var convolvedHeight: Int { upsampled ? 2 * height : height }
  var convolvedWidth: Int { upsampled ? 2 * width : width }
  var outputHeight: Int {
    shape.outputSize(input: convolvedHeight, kernel: shape.kernelHeight)
  }
  var outputWidth: Int { shape.outputSize(input: convolvedWidth, kernel: shape.kernelWidth) }
}

/// Random arrays of a case.
struct KernelData {
  /// (height, width, channels) of both parts, one array.
  var input: [Float]
  /// (outputs, channels, kernelHeight, kernelWidth).
  var weights: [Float]
  var scale: [Float]
  var bias: [Float]
  /// (outputHeight, outputWidth, outputs).
  var residual: [Float]

  init(_ test: KernelCase, seed: UInt64 = 1) {
    var generator = SeededGenerator(state: seed)
    func values(_ count: Int, _ range: ClosedRange<Float>) -> [Float] {
      (0..<count).map { _ in .random(in: range, using: &generator) }
    }
    input = values(test.height * test.width * test.channels, -1...1)
    weights = values(test.outputs * test.channels * test.shape.taps, -0.5...0.5)
    scale = values(test.outputs, 0.5...1.5)
    bias = values(test.outputs, -1...1)
    residual = values(test.outputHeight * test.outputWidth * test.outputs, -1...1)
  }
}

extension Activation {
  func twin(_ x: Double) -> Double {
    switch self {
    case .none: return x
    case .leakyReLU(let slope, let gain): return Double(gain) * (x < 0 ? Double(slope) * x : x)
    case .tanh: return Foundation.tanh(x)
    case .sigmoid: return 1 / (1 + Foundation.exp(-x))
    case .silu: return x / (1 + Foundation.exp(-x))
    case .clamp(let low, let high): return min(max(x, Double(low)), Double(high))
    }
  }
}

/// The convolution in float64, (outputHeight, outputWidth, outputs), and for each value the sum of
/// magnitudes that it was summed from, times its scale: what rounding errors are proportional to.
func convolutionTwin(_ test: KernelCase, _ data: KernelData) -> (
  values: [Double], magnitudes: [Double]
) {
  let shape = test.shape
  let channels = test.channels
  func low(_ y: Int, _ x: Int, _ c: Int) -> Double {
    let y = min(max(y, 0), test.height - 1)
    let x = min(max(x, 0), test.width - 1)
    return Double(data.input[(y * test.width + x) * channels + c])
  }
  func sample(_ y: Int, _ x: Int, _ c: Int) -> Double {
    guard test.upsampled else { return low(y, x, c) }
    // Output 2i lies a quarter before low pixel i, output 2i + 1 a quarter behind it.
    let otherY = y / 2 + (y % 2 == 0 ? -1 : 1)
    let otherX = x / 2 + (x % 2 == 0 ? -1 : 1)
    return 0.5625 * low(y / 2, x / 2, c) + 0.1875 * low(otherY, x / 2, c)
      + 0.1875 * low(y / 2, otherX, c) + 0.0625 * low(otherY, otherX, c)
  }
  func mirrored(_ index: Int, _ count: Int) -> Int? {
    if index >= 0 && index < count { return index }
    switch shape.border {
    case .zero: return nil
    case .reflect: return index < 0 ? -index : 2 * (count - 1) - index
    case .replicate: return index < 0 ? 0 : count - 1
    }
  }
  var samples = [Double](
    repeating: 0, count: test.convolvedHeight * test.convolvedWidth * channels)
  for y in 0..<test.convolvedHeight {
    for x in 0..<test.convolvedWidth {
      for c in 0..<channels {
        samples[(y * test.convolvedWidth + x) * channels + c] = sample(y, x, c)
      }
    }
  }
  let count = test.outputHeight * test.outputWidth * test.outputs
  var values = [Double](repeating: 0, count: count)
  var magnitudes = values
  for oy in 0..<test.outputHeight {
    for ox in 0..<test.outputWidth {
      for ky in 0..<shape.kernelHeight {
        for kx in 0..<shape.kernelWidth {
          let inputY = oy * shape.stride - shape.top + ky * shape.dilation
          let inputX = ox * shape.stride - shape.left + kx * shape.dilation
          guard let y = mirrored(inputY, test.convolvedHeight),
            let x = mirrored(inputX, test.convolvedWidth)
          else { continue }
          for o in 0..<test.outputs {
            let place = (oy * test.outputWidth + ox) * test.outputs + o
            for c in 0..<channels {
              let weight = Double(
                data.weights[(o * channels + c) * shape.taps + ky * shape.kernelWidth + kx])
              let product = weight * samples[(y * test.convolvedWidth + x) * channels + c]
              values[place] += product
              magnitudes[place] += abs(product)
            }
          }
        }
      }
    }
  }
  for place in 0..<count {
    let o = place % test.outputs
    let value = values[place] * Double(data.scale[o]) + Double(data.bias[o])
    values[place] =
      test.activation.twin(value) + (test.residual ? Double(data.residual[place]) : 0)
    magnitudes[place] = magnitudes[place] * Double(data.scale[o]) + abs(Double(data.bias[o])) + 1
  }
  return (values, magnitudes)
}
