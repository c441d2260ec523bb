import Compute

extension PlanCompiler {
  /// Plans a convolution that makes few channels, for which products of sixteen are too wide, or reads few; false where it is
  /// not one.
  mutating func planNarrow(
    _ source: ConvolutionSource, operands: [Int], until last: Int
  ) throws -> Bool {
    guard operands.count == 1, source.factors == nil, source.kind == .direct,
      source.shape.border == .zero
    else { return false }
    let (input, output) = (try image(operands[0]), try output(last))
    let shape = WindowShape(source.shape)
    if NarrowConvolution.supports(
      shape, outputs: output.channels, channels: input.channels)
    {
      let kernel = source.withWeights {
        NarrowConvolution(
          $0, outputs: output.channels, channels: input.channels, scale: source.chain.scale,
          bias: source.chain.bias, activation: source.activation,
          addsResidualFirst: source.chain.addsResidualFirst)
      }
      append(
        KernelStep(
          name: source.name, kernel: "narrow", kernel, input: input, output: output,
          residual: source.residual, operations: source.operations))
      return true
    }
    guard source.residual == nil else { return false }
    if PatchConvolution.supports(
      source.shape, channels: input.channels, source.activation), output.channels > 16
    {
      let kernel = source.withWeights {
        PatchConvolution(
          $0, outputs: output.channels, channels: input.channels, shape: source.shape,
          scale: source.chain.scale, bias: source.chain.bias, activation: source.activation)
      }
      append(
        KernelStep(
          name: source.name, kernel: "patches", kernel, input: input, output: output,
          operations: source.operations))
      return true
    }
    guard
      SingleConvolution.supports(shape, outputs: output.channels, channels: input.channels)
    else { return false }
    let kernel = source.withWeights {
      SingleConvolution(
        $0, channels: input.channels, shape: shape, input: ImageSize(input),
        output: ImageSize(output), scale: source.chain.scale[0], bias: source.chain.bias[0],
        activation: source.activation)
    }
    append(
      KernelStep(
        name: source.name, kernel: "single", kernel, input: input, output: output,
        operations: source.operations))
    return true
  }
}
