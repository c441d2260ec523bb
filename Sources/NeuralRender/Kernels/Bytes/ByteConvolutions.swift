// The convolutions that also multiply bytes: their weights rounded, their images bytes.

import Compute

extension DirectConvolution {
  /// The convolution of images of bytes.
  ///
  /// - Parameters:
  ///   - inputs: how the bytes of one or two images are meant.
  ///   - pool: shares out the packing of the weights.
  public convenience init(
    quantizing weights: UnsafePointer<Float>, outputs: Int, inputs: [ChannelQuantization],
    shape: ConvolutionShape, scale: [Float]? = nil, bias: [Float]? = nil, pool: WorkerPool? = nil
  ) {
    let packed = QuantizedWeights(
      weights, outputs: outputs, inputs: inputs, taps: shape.taps, isTapwise: false, scale: scale,
      bias: bias, pool: pool)
    self.init(
      .bytes(packed), parts: (inputs[0].channels, inputs.count == 2 ? inputs[1].channels : 0),
      steps: packed.groups, shape: shape)
  }

  /// Computes an item of images of bytes.
  public func run(
    item: Int, pieces: RowPieces, inputs: (ByteMap, ByteMap?), output: FeatureMap?,
    epilogue: Epilogue, scratch: UnsafeMutableRawPointer
  ) {
    run(
      item: item, pieces: pieces, sources: (PixelSource(inputs.0), inputs.1.map(PixelSource.init)),
      output: output, epilogue: epilogue, scratch: scratch)
  }
}

extension UpsampledConvolution {
  /// The convolution of images of bytes.
  ///
  /// - Parameters:
  ///   - inputs: how the bytes of one or two images are meant.
  ///   - pool: shares out the packing of the weights.
  public convenience init(
    quantizing weights: UnsafePointer<Float>, outputs: Int, inputs: [ChannelQuantization],
    scale: [Float]? = nil, bias: [Float]? = nil, pool: WorkerPool? = nil
  ) {
    let packed = QuantizedWeights(
      weights, outputs: outputs, inputs: inputs, taps: 9, isTapwise: true, scale: scale,
      bias: bias, pool: pool)
    self.init(
      .bytes(packed), parts: (inputs[0].channels, inputs.count == 2 ? inputs[1].channels : 0),
      steps: packed.groups)
  }

  public func itemCount(_ input: ByteMap) -> Int { itemCount(input.height, input.width) }

  /// Computes an item of images of bytes.
  public func run(
    item: Int, pieces: RowPieces, inputs: (ByteMap, ByteMap?), output: FeatureMap?,
    epilogue: Epilogue, scratch: UnsafeMutableRawPointer
  ) {
    run(
      item: item, pieces: pieces, sources: (PixelSource(inputs.0), inputs.1.map(PixelSource.init)),
      output: output, epilogue: epilogue, scratch: scratch)
  }
}
