import Compute

/// A convolution whose weights are scaled per sample and input channel by a style (StyleGAN2).
///
/// Inputs: image (N, Cin, H, W), weights (Cout, Cin, k, k), styles (N, Cin). With w' = scale w s and,
/// when demodulated, w'' = w' / sqrt(sum over Cin and taps of w'^2 + 1e-8) per output. Blurs that go
/// with resampling are nodes of their own.
public struct ModulatedConvolution: Operation {
  /// How the image is sampled.
  public enum Resampling: Sendable, Hashable {
    /// Stride 1, zeros around: k / 2 on each side.
    case same
    /// Transposed convolution of stride 2 without padding: (2 H - 2 + k) rows.
    case up
    /// Convolution of stride 2 without padding.
    case down
  }

  public let scale: Float
  public let demodulates: Bool
  public let resampling: Resampling
  public var name: String { "modulated convolution" }

  public init(scale: Float, demodulates: Bool, resampling: Resampling = .same) {
    self.scale = scale
    self.demodulates = demodulates
    self.resampling = resampling
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 3...3)
    let (x, w, style) = (inputs[0], inputs[1], inputs[2])
    try requireImage(x)
    try require(
      w.count == 4 && w[2] == w[3], "the weights are not Cout x Cin x k x k", found: "\(w)")
    try require(
      style == [x[0], x[1]], "the styles do not fit", expected: "\([x[0], x[1]])",
      found: "\(style)")
    return try plain([x[0], x[1], x[2], x[3]], w)
  }

  private func plain(_ x: [Int], _ w: [Int]) throws(ShapeError) -> [Int] {
    switch resampling {
    case .same: try Convolution(padding: Padding(w[2] / 2)).outputShape([x, w])
    case .down: try Convolution(stride: 2).outputShape([x, w])
    case .up: try TransposedConvolution(stride: 2).outputShape([x, [w[1], w[0], w[2], w[3]]])
    }
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let (x, w, styles) = (inputs[0], inputs[1].elements, inputs[2].elements)
    let (images, channels) = (x.shape[0], x.shape[1])
    let outputs = inputs[1].shape[0]
    let taps = inputs[1].shape[2] * inputs[1].shape[3]
    let shape = Self.accepted { () throws(ShapeError) in try outputShape(inputs.map(\.shape)) }
    let pixels = x.count / max(images, 1)
    var result: [Float] = []
    for image in 0..<images {
      var modulated = [Double](repeating: 0, count: w.count)
      for output in 0..<outputs {
        let block = output * channels * taps..<(output + 1) * channels * taps
        for index in block {
          let style = styles[image * channels + index / taps % channels]
          modulated[index] = Double(scale) * Double(w[index]) * Double(style)
        }
        guard demodulates else { continue }
        let norm = (modulated[block].reduce(1e-8) { $0 + $1 * $1 }).squareRoot()
        for index in block { modulated[index] /= norm }
      }
      let one = Tensor(
        shape: [1] + x.shape[1...], Array(x.elements[image * pixels..<(image + 1) * pixels]))
      let weights = Tensor(shape: inputs[1].shape, modulated.map { Float($0) })
      let made =
        switch resampling {
        case .same:
          Convolution(padding: Padding(weights.shape[2] / 2)).reference([one, weights])
        case .down: Convolution(stride: 2).reference([one, weights])
        case .up:
          TransposedConvolution(stride: 2).reference([
            one, Transpose([1, 0, 2, 3]).reference([weights]),
          ])
        }
      result += made.elements
    }
    return Tensor(shape: shape, result)
  }
}

extension Graph {
  /// A modulated convolution with weights (Cout, Cin, k, k) of plain normal scale, which are
  /// multiplied by 1 / sqrt(Cin k^2), and styles (N, Cin).
  public mutating func modulatedConvolution(
    _ x: Value, weight: Value, styles: Value, demodulates: Bool = true,
    resampling: ModulatedConvolution.Resampling = .same
  ) throws -> Value {
    let scale = 1 / Float(weight.shape.dropFirst().reduce(1, *)).squareRoot()
    return try apply(
      ModulatedConvolution(scale: scale, demodulates: demodulates, resampling: resampling),
      to: [x, weight, styles])
  }
}
