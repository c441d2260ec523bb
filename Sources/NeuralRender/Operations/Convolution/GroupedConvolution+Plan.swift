import Compute

extension PlanCompiler {
  /// Plans a convolution of several groups: each a product over slices of channels.
  mutating func planGroups(
    _ index: Int, _ convolution: Convolution, _ operands: [Int]
  ) throws {
    let weights = try constant(operands[1])
    let outputs = weights.shape[0]
    var chain = try chain(of: operands, outputs: outputs)
    let last = try extend(&chain, from: index, by: [.constants, .residual])
    let (input, output) = (try image(operands[0]), try output(last))
    let residual = try chain.residual.map { try image($0) }
    let shape = ConvolutionShape(convolution, weights)
    if weights.shape[1] == 1 && outputs == convolution.groups {
      let kernel = weights.withUnsafeBuffer { buffer -> DepthwiseConvolution in
        guard let values = buffer.baseAddress else { preconditionFailure("tensors have memory") }
        return DepthwiseConvolution(
          values, channels: outputs, shape: WindowShape(shape), input: ImageSize(input),
          output: ImageSize(output), scale: chain.scale, bias: chain.bias,
          activation: chain.activation)
      }
      append(
        KernelStep(
          name: name(index), kernel: "depthwise", kernel, input: input, output: output,
          residual: residual, operations: operationCount(index, weights)))
      return
    }
    let each = outputs / convolution.groups
    let (width, size) = (weights.shape[1], weights.count / convolution.groups)
    for group in 0..<convolution.groups {
      let part = Tensor(
        shape: [each] + weights.shape[1...],
        Array(weights.elements[group * size..<(group + 1) * size]))
      let source = ConvolutionSource(
        name: name(index), weights: part, shape: shape, isUpsampled: false,
        chain: chain.part(from: group * each, count: each), parts: (width, 0),
        output: ImageSize(output),
        activation: chain.activation,
        residual: residual.map { $0.channels(from: group * each, count: each) },
        operations: operationCount(index, weights) / convolution.groups)
      append(
        source.step(
          from: input.channels(from: group * width, count: width),
          to: output.channels(from: group * each, count: each), pool: pool))
    }
  }
}
