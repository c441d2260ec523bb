import Compute

/// The transpose of a zero-padded convolution, as `torch.nn.functional.conv_transpose2d`.
///
/// Inputs: image (N, Cin, H, W), weights (Cin, Cout / groups, kh, kw), optionally bias (Cout).
/// Output height: (H - 1) stride - 2 padding + dilation (kh - 1) + outputPadding + 1.
public struct TransposedConvolution: Operation {
  public let stride: Int
  public let dilation: Int
  public let groups: Int
  public let padding: Int
  public let outputPadding: Int
  public var name: String { "transposed convolution" }

  public init(
    stride: Int = 1, dilation: Int = 1, groups: Int = 1, padding: Int = 0, outputPadding: Int = 0
  ) {
    precondition(stride > 0 && dilation > 0 && groups > 0)
    self.stride = stride
    self.dilation = dilation
    self.groups = groups
    self.padding = padding
    self.outputPadding = outputPadding
  }

  public func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    try requireInputs(inputs, 2...3)
    let (x, w) = (inputs[0], inputs[1])
    try requireImage(x)
    try require(w.count == 4, "the weights are not Cin x Cout x kh x kw", found: "\(w)")
    try require(w.allSatisfy { $0 > 0 }, "the weights are empty", found: "\(w)")
    try require(
      x[1] == w[0], "the weights are for another number of channels", expected: "\(w[0])",
      found: "\(x[1])")
    try require(
      w[0] % groups == 0, "the inputs cannot be divided into \(groups) groups", found: "\(w[0])")
    let channels = w[1] * groups
    if inputs.count == 3 {
      try require(
        inputs[2] == [channels], "the bias does not fit", expected: "\([channels])",
        found: "\(inputs[2])")
    }
    let height = (x[2] - 1) * stride - 2 * padding + dilation * (w[2] - 1) + outputPadding + 1
    let width = (x[3] - 1) * stride - 2 * padding + dilation * (w[3] - 1) + outputPadding + 1
    try require(height > 0 && width > 0, "nothing is left", found: "\(height) x \(width)")
    return [x[0], channels, height, width]
  }

  public func reference(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0].elements
    let w = inputs[1].elements
    let bias = inputs.count == 3 ? inputs[2].elements : nil
    let (channels, height, width) = (inputs[0].shape[1], inputs[0].shape[2], inputs[0].shape[3])
    let filter = inputs[1].shape
    let inputsPerGroup = filter[0] / groups
    let shape = Self.accepted { () throws(ShapeError) in try outputShape(inputs.map(\.shape)) }
    return Tensor(shape: shape) { position in
      let (image, output) = (position[0], position[1])
      let group = output / filter[1]
      var sum = Double(bias?[output] ?? 0)
      for row in 0..<filter[2] {
        let y = position[2] + padding - row * dilation
        guard y >= 0, y % stride == 0, y / stride < height else { continue }
        for column in 0..<filter[3] {
          let xx = position[3] + padding - column * dilation
          guard xx >= 0, xx % stride == 0, xx / stride < width else { continue }
          for channel in group * inputsPerGroup..<(group + 1) * inputsPerGroup {
            let pixel =
              ((image * channels + channel) * height + y / stride) * width + xx / stride
            let tap = (channel * filter[1] + output % filter[1]) * filter[2] + row
            sum += Double(x[pixel]) * Double(w[tap * filter[3] + column])
          }
        }
      }
      return Float(sum)
    }
  }
}

extension Graph {
  public mutating func transposedConvolution(
    _ x: Value, weight: Value, bias: Value? = nil, stride: Int = 1, dilation: Int = 1,
    groups: Int = 1, padding: Int = 0, outputPadding: Int = 0
  ) throws -> Value {
    try apply(
      TransposedConvolution(
        stride: stride, dilation: dilation, groups: groups, padding: padding,
        outputPadding: outputPadding), to: [x, weight] + (bias.map { [$0] } ?? []))
  }
}
