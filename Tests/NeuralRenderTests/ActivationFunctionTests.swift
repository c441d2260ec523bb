import Foundation
import Testing

@testable import NeuralRender

@Suite struct ActivationFunctionTests {
  /// Every 64th float from 2^-30 to 2^7 and its negative, sixteen at a time.
  private static let inputs: [SIMD16<Float>] = stride(
    from: Float(0x1p-30).bitPattern, to: Float(128).bitPattern, by: 1024
  ).map { bits in
    var lanes = SIMD16<Float>()
    for lane in 0..<16 {
      let value = Float(bitPattern: bits + UInt32(lane * 64))
      lanes[lane] = lane % 2 == 0 ? value : -value
    }
    return lanes
  }

  @Test func tanhIsWithin2e7() {
    var worst = (error: 0.0, input: Float(0))
    for input in Self.inputs {
      let result = hyperbolicTangent(input)
      for lane in 0..<16 {
        let error = abs(Double(result[lane]) - tanh(Double(input[lane])))
        if !(error <= worst.error) { worst = (error, input[lane]) }
      }
    }
    #expect(worst.error <= 2e-7, "at \(worst.input)")
  }

  @Test func sigmoidIsWithin2e7() {
    var worst = (error: 0.0, input: Float(0))
    for input in Self.inputs {
      let result = logistic(input)
      for lane in 0..<16 {
        let error = abs(Double(result[lane]) - 1 / (1 + exp(-Double(input[lane]))))
        if !(error <= worst.error) { worst = (error, input[lane]) }
      }
    }
    #expect(worst.error <= 2e-7, "at \(worst.input)")
  }

  @Test func extremes() {
    let input = SIMD16<Float>(
      0, -0.0, 1e30, -1e30, .infinity, -.infinity, .nan, 9.2, -9.2, 1e-38, -1e-38, 88, -88, 104,
      -104, 1e-45)
    let tangent = hyperbolicTangent(input)
    let sigmoid = logistic(input)
    for lane in 0..<16 where lane != 6 {
      #expect(abs(tangent[lane]) <= 1)
      #expect(abs(Double(tangent[lane]) - tanh(Double(input[lane]))) <= 2e-7)
      #expect(sigmoid[lane] >= 0 && sigmoid[lane] <= 1)
      #expect(abs(Double(sigmoid[lane]) - 1 / (1 + exp(-Double(input[lane])))) <= 2e-7)
    }
    #expect(tangent[6].isNaN && sigmoid[6].isNaN)
  }
}
