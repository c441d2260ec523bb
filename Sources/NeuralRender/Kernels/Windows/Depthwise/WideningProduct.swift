import Compute

/// What makes the channels of a `WideningConvolution`, a block of them at a time.
enum WideningProduct: Sendable {
  /// A product of pixels for each block; inputs' rows follow each other.
  case pointwise([PointwiseConvolution], Activation)
  /// All channels, of few.
  case patches(PatchConvolution)
  case direct(DirectConvolution, Activation)

  /// - Parameter weights: (outputs, channels, kernelHeight, kernelWidth), PyTorch's order.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, shape: ConvolutionShape,
    scale: [Float], bias: [Float], activation: Activation
  ) {
    let width = WideningConvolution.blockWidth
    if outputs <= width, PatchConvolution.supports(shape, channels: channels, activation) {
      self = .patches(
        PatchConvolution(
          weights, outputs: outputs, channels: channels, shape: shape, scale: scale, bias: bias,
          activation: activation))
      return
    }
    guard PointwiseConvolution.supports(shape, activation) else {
      self = .direct(
        DirectConvolution(
          weights, outputs: outputs, parts: (channels, 0), shape: shape, scale: scale, bias: bias),
        activation)
      return
    }
    let products = stride(from: 0, to: outputs, by: width).map { first in
      let block = first..<min(first + width, outputs)
      return PointwiseConvolution(
        weights + first * channels, outputs: block.count, channels: channels,
        scale: Array(scale[block]), bias: Array(bias[block]))
    }
    self = .pointwise(products, activation)
  }

  var scratchBytes: Int {
    switch self {
    case .pointwise: 0
    case .patches(let convolution): convolution.scratchBytes
    case .direct(let convolution, _): convolution.scratchBytes
    }
  }

  /// The rows of the input that a row between reads.
  func rowsRead(_ y: Int) -> Range<Int> {
    switch self {
    case .pointwise: y..<y + 1
    case .patches(let convolution): convolution.shape.rowsRead(y)
    case .direct(let convolution, _): convolution.shape.rowsRead(y)
    }
  }
}
