/// Sizes, shapes and errors of the networks that make DINAR's textures.
import Compute
import TensorFiles
import Testing

@testable import NeuralRender

@Suite struct DinarNetworkTests {
  static let encoder = DinarEncoderSizes(
    inputChannels: 5, channels: [6, 20, 24], finalChannels: 18, hiddenWidth: 10, styleWidth: 14)
  static let generator = DinarGeneratorSizes(
    styleWidth: 14, startHeight: 2, startWidth: 3, channels: [20, 17, 9], outputChannels: 4)
  static let compression = DinarCompressionSizes(
    textureChannels: 9, baseChannels: 16, levelChannels: [16, 32], encoderBlocks: 2,
    decoderBlocks: 1, attentionLevels: [1], encoderOutputs: 5, decoderInputs: 7, codeWidth: 3,
    codes: 11, colourChannels: 3, maskChannels: 2)

  /// Every parameter as zeros, behind a prefix.
  static func source(_ graphs: [Graph], _ prefix: String) -> [String: Tensor] {
    Dictionary(
      graphs.flatMap(\.parameters).map { (prefix + $0.key, Tensor(shape: $0.value.shape)) },
      uniquingKeysWith: { one, _ in one })
  }

  static func encoderSource(_ sizes: DinarEncoderSizes) throws -> [String: Tensor] {
    source([try DinarEncoder(sizes).graph()], DinarEncoder.checkpointPrefix)
  }

  static func generatorSource(_ sizes: DinarGeneratorSizes) throws -> [String: Tensor] {
    source([try DinarGenerator(sizes).graph(noise: .stored)], DinarGenerator.checkpointPrefix)
  }

  static func compressionSource(
    _ sizes: DinarCompressionSizes, prefix: String = DinarCompression.checkpointPrefixes[0]
  ) throws -> [String: Tensor] {
    let network = DinarCompression(sizes)
    return source(
      [
        try network.encoderGraph(height: sizes.unit, width: sizes.unit),
        try network.decoderGraph(height: 1, width: 1),
      ], prefix)
  }

  // MARK: Sizes

  @Test func sizesComeFromTheWeights() throws {
    for sizes in [Self.encoder, .released] {
      #expect(try DinarEncoderSizes(of: Self.encoderSource(sizes)) == sizes)
    }
    for sizes in [Self.generator, .released] {
      #expect(try DinarGeneratorSizes(of: Self.generatorSource(sizes)) == sizes)
    }
    for sizes in [Self.compression, .released] {
      for prefix in DinarCompression.checkpointPrefixes {
        let source = try Self.compressionSource(sizes, prefix: prefix)
        #expect(try DinarCompressionSizes(of: source) == sizes)
        #expect(DinarCompression.checkpointPrefix(in: source) == prefix)
      }
    }
  }

  /// As published: 7,377,760, 8,124,413 and 13,929,523 parameters.
  @Test func releasedNetworksHaveTheirParameters() throws {
    func count(_ source: [String: Tensor], without buffers: [String]) -> Int {
      source.filter { entry in !buffers.contains { entry.key.contains($0) } }
        .values.reduce(0) { $0 + $1.count }
    }
    #expect(count(try Self.encoderSource(.released), without: [".kernel"]) == 7_377_760)
    let generator = try Self.generatorSource(.released)
    #expect(count(generator, without: [".kernel", "noises."]) == 8_124_413)
    #expect(count(generator, without: []) == 8_124_413 + 174_928)
    #expect(count(try Self.compressionSource(.released), without: ["running_"]) == 13_929_523)
    #expect(DinarEncoderSizes.released.imageSize == 512)
    #expect(DinarGeneratorSizes.released.textureHeight == 256)
    #expect(DinarCompressionSizes.released.unit == 4)
  }

  @Test func shapesOfInputsAndOutputs() throws {
    func shapes(_ graph: Graph) -> [String: [Int]] {
      Dictionary(
        uniqueKeysWithValues: (graph.inputs + graph.outputs).map { ($0.name, $0.value.shape) })
    }
    #expect(
      shapes(try DinarEncoder(Self.encoder).graph(batch: 2))
        == ["picture": [2, 5, 16, 16], "style": [2, 14]])
    let generator = DinarGenerator(Self.generator)
    #expect(
      shapes(try generator.graph(batch: 3)) == [
        "style": [3, 14], "texture": [3, 4, 8, 12], "noise_0": [3, 1, 2, 3],
        "noise_1": [3, 1, 4, 6], "noise_2": [3, 1, 4, 6], "noise_3": [3, 1, 8, 12],
        "noise_4": [3, 1, 8, 12],
      ])
    #expect(
      shapes(try generator.graph(noise: .stored)) == ["style": [1, 14], "texture": [1, 4, 8, 12]])
    let compression = DinarCompression(Self.compression)
    #expect(
      shapes(try compression.encoderGraph(height: 6, width: 10))
        == ["texture": [1, 9, 6, 10], "z": [1, 3, 3, 5]])
    #expect(
      shapes(try compression.decoderGraph(batch: 2, height: 3, width: 5))
        == ["z": [2, 3, 3, 5], "texture": [2, 9, 6, 10], "codes": [2, 1, 3, 5]])
    #expect {
      _ = try compression.encoderGraph(height: 6, width: 9)
    } throws: {
      "\($0)" == "the compression network cannot encode textures of this size (expected multiples "
        + "of 2, found 9 x 6)"
    }
  }

  // MARK: Plans

  /// Two images each, rectangles where the network takes them.
  static func graphs() throws -> [Graph] {
    let network = DinarCompression(compression)
    return [
      try DinarEncoder(encoder).graph(batch: 2),
      try DinarGenerator(generator).graph(batch: 2),
      try DinarGenerator(generator).graph(noise: .stored),
      try network.encoderGraph(batch: 2, height: 6, width: 10),
      try network.decoderGraph(batch: 2, height: 3, width: 5),
    ]
  }

  @Test(arguments: 0..<5) func plansEqualTheirReference(index: Int) throws {
    let graph = try Self.graphs()[index]
    let parameters = PlanTests.parameters(of: [graph], seed: 7)
    #expect(try PlanTests.difference(graph, parameters, threads: 2) < 1e-4)
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1))
    #expect(plan.steps.allSatisfy { $0.kernel != "reference" })
  }

  // MARK: What is not theirs

  @Test func anotherNetworkIsNamed() throws {
    let other = ["enc_conv0.conv.weight": Tensor(1)]
    for (name, key, read) in [
      ("style encoder", "encoder.convs.0.0.weight", { _ = try DinarEncoderSizes(of: $0) }),
      ("texture generator", "generator.input.input", { _ = try DinarGeneratorSizes(of: $0) }),
      (
        "compression network", "compress_branch.quantize.embedding.weight",
        { _ = try DinarCompressionSizes(of: $0) }
      ),
    ] as [(String, String, ([String: Tensor]) throws -> Void)] {
      #expect {
        try read(other)
      } throws: {
        "\($0)".contains("the file holds no \(name) of DINAR")
          && "\($0)".contains("[first_stage.\(key)]")
      }
    }
  }

  @Test func otherShapesAreRefused() throws {
    func text(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    var encoder = try Self.encoderSource(Self.encoder)
    encoder["first_stage.encoder.final_linear.0.weight"] = Tensor(shape: [10, 289])
    #expect(
      text { _ = try DinarEncoderSizes(of: encoder) }
        .contains("reads another number of pixels (expected 288 inputs, found [10, 289])"))
    encoder["first_stage.encoder.convs.1.conv2.1.weight"] = Tensor(shape: [20, 6])
    #expect(
      text { _ = try DinarEncoderSizes(of: encoder) }
        .contains("the style encoder's weights are not filters (expected Cout x Cin x k x k"))
    // Blocks beyond number.
    for index in 1..<40 {
      encoder["first_stage.encoder.convs.\(index).conv2.1.weight"] = Tensor(shape: [1, 1, 1, 1])
    }
    #expect(
      text { _ = try DinarEncoderSizes(of: encoder) }.contains("halves the image too often"))

    var generator = try Self.generatorSource(Self.generator)
    generator["first_stage.generator.input.input"] = Tensor(shape: [2, 20, 2, 3])
    #expect(
      text { _ = try DinarGeneratorSizes(of: generator) }.contains("starts from several images"))
    generator["first_stage.generator.input.input"] = Tensor(shape: [1, 20, 0, 3])
    #expect(
      text { _ = try DinarGeneratorSizes(of: generator) }
        .contains("[first_stage.generator.input.input]"))

    var compression = try Self.compressionSource(Self.compression)
    let head = "first_stage.compress_branch.decoder.rgb_proc.2.weight"
    compression[head] = Tensor(shape: [8, 8, 3, 3])
    #expect(
      text { _ = try DinarCompressionSizes(of: compression) }
        .contains("makes more colours and masks than the texture has channels"))
    compression[head] = Tensor(shape: [3, 3, 3, 3])
    compression["first_stage.compress_branch.encoder.down.1.block.0.conv1.weight"] = Tensor(
      shape: [33, 16, 3, 3])
    // 33 channels make no 16 groups.
    let sizes = try DinarCompressionSizes(of: compression)
    #expect(
      text { _ = try DinarCompression(sizes).encoderGraph(height: 2, width: 2) }
        .contains("encoder.down.1.block.0.norm2"))
  }

  /// Missing, mis-shaped and unknown keys are all said at once.
  @Test func loadingIsStrict() throws {
    let prefix = DinarGenerator.checkpointPrefix
    var source = try Self.generatorSource(Self.generator)
    source[prefix + "convs.1.activate.bias"] = nil
    source[prefix + "convs.1.noise.weight"] = Tensor(shape: [2])
    source[prefix + "mapping.0.weight"] = Tensor(shape: [2, 2])
    let graph = try DinarGenerator(Self.generator).graph()
    #expect {
      _ = try Parameters(of: graph, from: source, prefix: prefix)
    } throws: {
      let text = "\($0)"
      return text.contains("missing: \(prefix)convs.1.activate.bias")
        && text.contains("unknown: \(prefix)mapping.0.weight")
        && text.contains("wrong shape: \(prefix)convs.1.noise.weight [2] for [1]")
    }
  }
}
