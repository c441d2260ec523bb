import Compute

/// What makes the channels of a `WideningConvolution`, a block of them at a time.
enum WideningProduct: Sendable {
  /// A product of pixels for each block; inputs' rows follow each other.
  case pointwise([PointwiseConvolution], Activation)
  case direct(DirectConvolution, Activation)

  /// - Parameter weights: (outputs, channels, kernelHeight, kernelWidth), PyTorch's order.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    scale: [Float], bias: [Float], activation: Activation
  ) {
    guard PointwiseConvolution.supports(shape, activation) else {
      self = .direct(
        DirectConvolution(
          weights, outputs: outputs, parts: (channels, 0), shape: shape, scale: scale, bias: bias),
        activation)
      return
    }
    let width = WideningConvolution.blockWidth
    let products = stride(from: 0, to: outputs, by: width).map { first in
      let block = first..<min(first + width, outputs)
      return PointwiseConvolution(
        weights + first * channels, outputs: block.count, channels: channels,
        scale: Array(scale[block]), bias: Array(bias[block]))
    }
    self = .pointwise(products, activation)
  }

  var scratchBytes: Int {
    if case .direct(let convolution, _) = self { convolution.scratchBytes } else { 0 }
  }

  /// The rows of the input that a row between reads.
  func rowsRead(_ y: Int) -> Range<Int> {
    if case .direct(let convolution, _) = self { convolution.shape.rowsRead(y) } else { y..<y + 1 }
  }
}
