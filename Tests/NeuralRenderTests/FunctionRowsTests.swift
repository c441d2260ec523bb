// Functions of elements against their values in double precision.

import Compute
import Testing

@testable import NeuralRender

let elementwiseFunctions: [Elementwise.Function] = [
  .leakyReLU(slope: 0.2, gain: 1.5), .leakyReLU(slope: 0, gain: 1), .silu,
  .gelu(approximate: false), .gelu(approximate: true), .tanh, .sigmoid, .softplus, .exp, .log,
  .absolute, .square, .squareRoot, .reciprocalSquareRoot, .clamp(-0.5...0.75),
  .affine(scale: -1.25, offset: 0.3),
]

@Suite struct FunctionRowsTests {
  /// Every function over all magnitudes, within 3e-7 of the value where nothing else is said.
  @Test(arguments: elementwiseFunctions) func functions(_ function: Elementwise.Function) {
    var inputs: [Float] = []
    for bits in stride(from: Float(0x1p-30).bitPattern, to: Float(128).bitPattern, by: 4111) {
      inputs += [Float(bitPattern: bits), -Float(bitPattern: bits)]
    }
    for bits in stride(from: UInt32(1), to: Float.infinity.bitPattern, by: 190_001) {
      inputs += [Float(bitPattern: bits), -Float(bitPattern: bits)]
    }
    var outputs = [Float](repeating: 0, count: inputs.count)
    FunctionRows(function).apply(inputs.count, inputs, &outputs)
    var worst = (share: 0.0, input: Float(0), output: Float(0))
    for (input, output) in zip(inputs, outputs) {
      let exact = function.value(Double(input))
      if Float(exact) == output || (exact.isNaN && output.isNaN) { continue }
      let allowed: Double =
        switch function {
        case .gelu: 1e-6 * max(1, Double(abs(input)))
        case .tanh, .sigmoid: 2e-7
        case .affine: 3e-7 * max(abs(exact), 0.3)
        // Beyond 88 the exponential in the denominator overflows.
        case .silu: max(3e-7 * abs(exact), 1e-36)
        default: max(3e-7 * abs(exact), 3e-45)
        }
      let share = abs(Double(output) - exact) / allowed
      if !(share <= worst.share) { worst = (share, input, output) }
    }
    #expect(worst.share <= 1, "\(function): \(worst)")
  }

  @Test(arguments: elementwiseFunctions) func specialValues(_ function: Elementwise.Function) {
    let inputs: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, -.nan, .leastNonzeroMagnitude,
      -Float.leastNonzeroMagnitude, 88.7, 88.8,
      -103.9, -104.1, 1e30,
      -1e30, 3e38, -3e38, 1,
    ]
    var outputs = [Float](repeating: 0, count: inputs.count)
    FunctionRows(function).apply(inputs.count, inputs, &outputs)
    for (input, output) in zip(inputs, outputs) {
      let expected = Float(function.value(Double(input)))
      if expected.isNaN || !expected.isFinite {
        #expect(
          expected.isNaN ? output.isNaN : output == expected, "\(function)(\(input)): \(output)")
      } else {
        #expect(
          abs(output - expected) <= 1e-6 * max(abs(expected), 1e-30),
          "\(function)(\(input)): \(output)")
      }
    }
  }

  @Test(arguments: imageShapes) func functionRows(_ shape: [Int]) {
    let x = randomImage(shape[0], shape[1], shape[2])
    for function in elementwiseFunctions {
      let found = computeRows(of: x) { FunctionRows(function).row($0, $1, from: $2, to: $3) }
      let expected = Elementwise(function).reference([x])
      #expect(found.map { largestError($0, expected) } ?? .infinity <= 1e-6, "\(function)")
    }
  }
}
