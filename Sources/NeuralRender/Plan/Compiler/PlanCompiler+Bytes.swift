import Compute

extension PlanCompiler {
  /// Finds which values the quantized convolutions read. Throws when a quantization does not fit them.
  mutating func findByteRequests() throws {
    for index in graph.nodes.indices {
      guard let layer = quantized[name(index)],
        let (operation, operands) = planned(index), operation.takesBytes(operands, in: self)
      else { continue }
      let sources = convolutionSources(index, operands).0
      try check(layer, of: sources, name(index))
      for (source, quantization) in zip(sources, layer.inputs)
      where byteRequests[source]?.contains(quantization) != true {
        byteRequests[source, default: []].append(quantization)
      }
    }
  }

  /// Throws unless a quantization, which may come from a file, is one of these images.
  private func check(_ layer: LayerQuantization, of sources: [Int], _ name: String) throws {
    let channels = sources.map { shape($0)[1] }
    guard layer.inputs.map(\.scale.count) == channels, layer.inputs.map(\.zero.count) == channels
    else {
      throw ProgramError(
        .dataError, "a quantization is of another network", key: name,
        expected: "channels \(channels)", found: "\(layer.inputs.map(\.scale.count))")
    }
    for scale in layer.inputs.flatMap(\.scale) where !(scale.isNormal && scale > 0) {
      throw ProgramError(
        .dataError, "a quantization has no usable scale", key: name,
        expected: "positive numbers", found: "\(scale)")
    }
  }

  /// Whether something other than a quantized convolution reads a value.
  func needsFloats(_ index: Int) -> Bool {
    if byteRequests[index]?.count != 1 || analysis.outputs.contains(index) { return true }
    return analysis.consumers[index].contains { reader in
      let convolution = doubledConvolution(of: reader) ?? reader
      guard quantized[name(convolution)] != nil, let (operation, operands) = planned(convolution),
        operation.takesBytes(operands, in: self)
      else { return true }
      return !convolutionSources(convolution, operands).0.contains(index)
    }
  }

  /// Where a convolution's step writes its result: bytes if nothing reads floats.
  mutating func convolutionOutput(of index: Int) throws -> StepOutput {
    guard let quantization = byteRequests[index]?.first, !needsFloats(index) else {
      return .floats(try output(index))
    }
    return .bytes(try newBytePlace(of: index, quantization))
  }

  /// A value as bytes; made from its floats where no step writes them.
  mutating func bytePlace(
    of index: Int, _ quantization: ChannelQuantization
  ) throws -> BytePlace {
    if let found = bytePlaces[index]?.first(where: { $0.quantization == quantization }) {
      return found
    }
    let floats = try image(index)
    let bytes = try newBytePlace(of: index, quantization)
    append(QuantizeStep(name: name(index), input: floats, output: bytes))
    return bytes
  }

  /// A convolution that can also run in bytes, with places for its images as bytes.
  mutating func calibrationStep(
    _ source: ConvolutionSource, exact: any PlanStep, images: [Place]
  ) throws -> CalibrationStep {
    let words = try images.map {
      try newPlace([$0.images, ($0.channels + 3) / 4, $0.height, $0.width], source.name)
    }
    return CalibrationStep(source, exact: exact, images: images, words: words)
  }

  private mutating func newBytePlace(
    of index: Int, _ quantization: ChannelQuantization
  ) throws -> BytePlace {
    let shape = shape(index)
    let words = try newPlace(
      [shape[0], quantization.groups, shape[2], shape[3]], name(index))
    let place = BytePlace(
      words: words, quantization: quantization, scaling: ByteScaling(quantization))
    bytePlaces[index, default: []].append(place)
    return place
  }
}
