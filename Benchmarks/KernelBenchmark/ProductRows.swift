// Convolutions that are products of many channels, in floats and in 16 bits, as plans choose their kernels.

import Compute
import NeuralRender

/// What a kernel multiplies: all taps, or the points of F(4 x 4, 3 x 3), of which there are 36 for 16 pixels.
private enum Form {
  case taps, points

  func multiplications(_ pixels: Int, kernel: Int) -> Int {
    switch self {
    case .taps: pixels * kernel * kernel
    case .points: pixels * 36 / 16
    }
  }
}

/// A convolution of an image of `side` x `side` pixels; operations are those that the kernel makes.
private func product(
  _ title: String, _ side: Int, _ channels: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1,
  form: Form = .taps, precision: PlanPrecision = .exact,
  arithmetic: OperationRow.Arithmetic = .floats
) -> OperationRow {
  let pixels = side / stride * (side / stride)
  return OperationRow(
    "\(title)-\(side)x\(side)-\(channels)-\(outputs)",
    operations: 2 * form.multiplications(pixels, kernel: kernel) * channels * outputs,
    floatsRead: side * side * channels + kernel * kernel * channels * outputs,
    written: pixels * outputs, precision: precision, arithmetic: arithmetic
  ) { graph in
    let x = graph.input("x", shape: [1, channels, side, side])
    return try graph.convolution(
      x, weight: graph.weights(outputs, channels, kernel, kernel), bias: graph.weights(outputs),
      stride: stride, padding: Padding(kernel / 2))
  }
}

let productRows: [OperationRow] = [
  product("pointwise", 64, 256, 256),
  product("pointwise", 256, 32, 64),
  product("patch-3x3-stride2", 512, 3, 32, kernel: 3, stride: 2),
  product("compact-winograd", 16, 512, 512, kernel: 3, form: .points),
  product("compact-winograd", 8, 1024, 1024, kernel: 3, form: .points),
  // Weights are halves there, products of floats.
  product(
    "compact-winograd-16bits", 8, 1024, 1024, kernel: 3, form: .points, precision: .sixteenBits),
  product(
    "pointwise-16bits", 64, 256, 256, precision: .sixteenBits, arithmetic: .shorts),
  product(
    "pointwise-16bits", 32, 512, 512, precision: .sixteenBits, arithmetic: .shorts),
  product(
    "winograd-16bits", 64, 256, 256, kernel: 3, form: .points, precision: .sixteenBits,
    arithmetic: .shorts),
]
