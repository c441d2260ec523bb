import Compute

// Operations and places as kernels see them.

extension ConvolutionShape {
  init(_ convolution: Convolution, _ weights: Tensor) { self.init(convolution, weights.shape) }

  /// - Parameter weights: Cout x Cin x kh x kw.
  init(_ convolution: Convolution, _ weights: [Int]) {
    self.init(
      kernelHeight: weights[2], kernelWidth: weights[3], stride: convolution.stride,
      dilation: convolution.dilation, top: convolution.padding.top, left: convolution.padding.left,
      border: convolution.padding.mode.border)
  }
}

extension Padding.Mode {
  var border: BorderMode {
    switch self {
    case .zeros: .zero
    case .reflect: .reflect
    case .replicate: .replicate
    }
  }
}

extension WindowShape {
  init(_ shape: ConvolutionShape) {
    self.init(
      kernelHeight: shape.kernelHeight, kernelWidth: shape.kernelWidth, stride: shape.stride,
      dilation: shape.dilation, top: shape.top, left: shape.left, border: shape.border)
  }
}

extension ImageSize {
  init(_ place: Place) { self.init(height: place.height, width: place.width) }

  /// Of N x C x H x W.
  init(_ shape: [Int]) { self.init(height: shape[2], width: shape[3]) }
}
