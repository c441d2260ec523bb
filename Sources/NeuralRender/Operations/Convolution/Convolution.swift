import Compute

/// Cross-correlation of an image with a bank of filters, as `torch.nn.functional.conv2d`.
///
/// Inputs: image (N, Cin, H, W), weights (Cout, Cin / groups, kh, kw), optionally bias (Cout).
/// Output: (N, Cout, H', W') with H' = (H + padding - dilation (kh - 1) - 1) / stride + 1.
public struct Convolution: Operation {
  public let stride: Int
  public let dilation: Int
  public let groups: Int
  public let padding: Padding
  public var name: String { "convolution" }

  public init(stride: Int = 1, dilation: Int = 1, groups: Int = 1, padding: Padding = .none) {
    precondition(stride > 0 && dilation > 0 && groups > 0)
    self.stride = stride
    self.dilation = dilation
    self.groups = groups
    self.padding = padding
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...3)
    let (x, w) = (inputs[0], inputs[1])
    try requireImage(x)
    try require(w.count == 4, "the weights are not Cout x Cin x kh x kw", found: "\(w)")
    try require(w.allSatisfy { $0 > 0 }, "the weights are empty", found: "\(w)")
    try require(
      x[1] == w[1] * groups, "the weights are for another number of channels",
      expected: "\(w[1] * groups)", found: "\(x[1])")
    try require(
      w[0] % groups == 0, "the outputs cannot be divided into \(groups) groups", found: "\(w[0])")
    if inputs.count == 3 {
      try require(
        inputs[2] == [w[0]], "the bias does not fit", expected: "\([w[0]])", found: "\(inputs[2])")
    }
    try padding.check(x[2], x[3])
    let height = x[2] + padding.top + padding.bottom - dilation * (w[2] - 1) - 1
    let width = x[3] + padding.left + padding.right - dilation * (w[3] - 1) - 1
    try require(
      height >= 0 && width >= 0, "the image is smaller than the filter",
      expected: "at least \(w[2]) x \(w[3]) with padding", found: "\(x[2]) x \(x[3])")
    return [x[0], w[0], height / stride + 1, width / stride + 1]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0].elements
    let w = inputs[1].elements
    let bias = inputs.count == 3 ? inputs[2].elements : nil
    let (channels, height, width) = (inputs[0].shape[1], inputs[0].shape[2], inputs[0].shape[3])
    let filter = inputs[1].shape
    let outputsPerGroup = filter[0] / groups
    let shape = Self.accepted { () throws(ShapeError) in try outputShape(inputs.map(\.shape)) }
    return Tensor(shape: shape) { position in
      let (image, output) = (position[0], position[1])
      let first = output / outputsPerGroup * filter[1]
      var sum = Double(bias?[output] ?? 0)
      for row in 0..<filter[2] {
        let from = position[2] * stride + row * dilation - padding.top
        guard let y = padding.source(from, height) else { continue }
        for column in 0..<filter[3] {
          let from = position[3] * stride + column * dilation - padding.left
          guard let xx = padding.source(from, width) else { continue }
          for channel in 0..<filter[1] {
            let pixel = ((image * channels + first + channel) * height + y) * width + xx
            let tap = ((output * filter[1] + channel) * filter[2] + row) * filter[3] + column
            sum += Double(x[pixel]) * Double(w[tap])
          }
        }
      }
      return Float(sum)
    }
  }
}

extension Operation {
  /// The result of shape inference on shapes that were accepted when the node was added.
  static func accepted(_ body: () throws(ShapeError) -> [Int]) -> [Int] {
    do {
      return try body()
    } catch {
      preconditionFailure("a reference was given shapes that inference refuses: \(error.what)")
    }
  }
}

extension Graph {
  /// A convolution; the padding is zeros unless it says otherwise.
  public mutating func convolution(
    _ x: Value, weight: Value, bias: Value? = nil, stride: Int = 1, dilation: Int = 1,
    groups: Int = 1, padding: Padding = .none
  ) throws -> Value {
    try apply(
      Convolution(stride: stride, dilation: dilation, groups: groups, padding: padding),
      to: [x, weight] + (bias.map { [$0] } ?? []))
  }
}
