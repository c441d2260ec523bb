/// Sizes, kinds and errors of Sample&Refine's networks, and what its plans fuse.
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct SampleRefineNetworkTests {
  static let sampler = TextureSamplerSizes(width: 3, levels: 5)
  static let refiners: [(TextureRefinerSizes, RefinerInputs, RefinerMode)] = [
    (
      TextureRefinerSizes(
        inputChannels: 4, outputChannels: 4, width: 5, levels: 3, blocks: 2, isGated: true,
        hasSkips: true), .unseen, .blend
    ),
    (
      TextureRefinerSizes(
        inputChannels: 7, outputChannels: 3, width: 4, levels: 2, blocks: 1, isGated: true,
        hasSkips: false), .normalsAndMask, .noblend
    ),
    (
      TextureRefinerSizes(
        inputChannels: 3, outputChannels: 4, width: 6, levels: 1, blocks: 0, isGated: false,
        hasSkips: true), .none, .add
    ),
    (
      TextureRefinerSizes(
        inputChannels: 6, outputChannels: 4, width: 4, levels: 2, blocks: 3, isGated: false,
        hasSkips: false), .normals, .blend
    ),
  ]

  static func source(_ graph: Graph) -> [String: Tensor] {
    DinarNetworkTests.source([graph], "")
  }

  // MARK: Sizes

  @Test func publishedSizes() throws {
    func count(_ graph: Graph) -> (tensors: Int, values: Int) {
      (
        graph.parameters.count,
        graph.parameters.reduce(0) { $0 + $1.value.shape.reduce(1, *) }
      )
    }
    #expect(try count(TextureSampler(.released).graph(size: 64)) == (81, 37_361_762))
    let refiner = try TextureRefiner(.released, inputs: .unseen, mode: .blend)
    #expect(try count(refiner.graph(size: 64)) == (104, 23_591_816))
  }

  @Test func sizesComeFromTheWeights() throws {
    for sizes in [Self.sampler, .released, TextureSamplerSizes(width: 2, levels: 3)] {
      let graph = try TextureSampler(sizes).graph(size: 2 * sizes.unit)
      #expect(try TextureSamplerSizes(of: Self.source(graph)) == sizes)
    }
    for (sizes, inputs, mode) in Self.refiners {
      let graph = try TextureRefiner(sizes, inputs: inputs, mode: mode).graph(size: 32)
      #expect(try TextureRefinerSizes(of: Self.source(graph)) == sizes)
    }
  }

  @Test func inputsComeFromNames() {
    #expect(RefinerInputs(runName: "R1-mirror-vis_mask_c") == .unseen)
    #expect(RefinerInputs(runName: "S1-mirror-norm_map_vis_mask") == .normalsAndMask)
    #expect(RefinerInputs(runName: "vis_mask") == .mask)
    for name in ["", "R1", "R1-vis_mask-", "R1-vis_mask_c-old"] {
      #expect(RefinerInputs(runName: name) == nil, "\(name)")
    }
    #expect(RefinerInputs.allCases.map(\.channels) == [3, 4, 4, 6, 7, 7])
  }

  // MARK: What they compute

  /// Plans equal the scalar twins for all modes, inputs, with and without gates and skips.
  @Test(arguments: SampleRefineNetworkTests.refiners.indices) func refinersEqualTheirReference(
    index: Int
  ) throws {
    let (sizes, inputs, mode) = Self.refiners[index]
    let graph = try TextureRefiner(sizes, inputs: inputs, mode: mode).graph(size: 32)
    #expect(graph.outputs.contains { $0.name == "blend_mask" } == (mode != .noblend))
    try Self.check(graph)
  }

  @Test(arguments: [64, 96]) func samplersEqualTheirReference(size: Int) throws {
    let graph = try TextureSampler(Self.sampler).graph(size: size)
    let results = try Self.planned(graph)
    let expected = try ReferenceExecutor(graph, parameters: Self.parameters(of: graph))
      .run(PlanTests.inputs(of: graph, seed: 6))
    // Of a texture of noise a place's error counts as often as texels are wide.
    for (name, bound) in [("flow", Float(5e-5)), ("sampled", 5e-5 * Float(size))] {
      let error = try relativeError(#require(results[name]), #require(expected[name]))
      #expect(error < bound, "\(name)")
    }
  }

  private static func check(_ graph: Graph) throws {
    #expect(try PlanTests.difference(graph, parameters(of: graph), threads: 2) < 1e-4)
    _ = try planned(graph)
  }

  /// Filters whose outputs are as large as their inputs, and biases.
  private static func parameters(of graph: Graph) -> Parameters {
    let plain = PlanTests.parameters(of: [graph], seed: 5)
    return Parameters(
      Dictionary(
        uniqueKeysWithValues: graph.parameters.compactMap { key, value in
          let scale = (6 / Float(value.shape.dropFirst().reduce(1, *))).squareRoot()
          return plain[key].map { tensor in
            (key, Tensor(shape: value.shape, tensor.elements.map { $0 * min(scale, 1) }))
          }
        }))
  }

  /// By plans of 1, 2 and 5 threads, which have a kernel for every step and agree in every bit.
  private static func planned(_ graph: Graph) throws -> [String: Tensor] {
    let parameters = parameters(of: graph)
    let inputs = PlanTests.inputs(of: graph, seed: 6)
    let results = try [1, 2, 5].map { threads in
      let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: threads))
      #expect(plan.steps.allSatisfy { $0.kernel != "reference" })
      return try plan.run(inputs)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    return results[0]
  }

  /// The modes' formulas, of the same weights.
  @Test func modesCombineTheSameColours() throws {
    let (sizes, inputs, _) = Self.refiners[0]
    var results: [[String: Tensor]] = []
    let given = PlanTests.inputs(
      of: try TextureRefiner(sizes, inputs: inputs, mode: .blend).graph(size: 16), seed: 1)
    for mode in [RefinerMode.blend, .add] {
      let graph = try TextureRefiner(sizes, inputs: inputs, mode: mode).graph(size: 16)
      let parameters = PlanTests.parameters(of: [graph], seed: 2)
      results.append(try ReferenceExecutor(graph, parameters: parameters).run(given))
    }
    let (refined, mask) = (results[0]["refined"]?.elements, results[0]["blend_mask"]?.elements)
    #expect(results[1]["refined"]?.elements == refined)
    let r = try #require(refined)
    let m = try #require(mask)
    let s = try #require(given["sampled"]).elements
    for (index, mode) in [RefinerMode.blend, .add].enumerated() {
      let final = try #require(results[index]["final"]).elements
      for texel in final.indices {
        let keep = m[texel % 256]
        let expected = (mode == .blend ? s[texel] * keep : s[texel]) + r[texel] * (1 - keep)
        #expect(abs(final[texel] - expected) < 1e-6)
      }
    }
  }

  /// The sampler reads the normals' blue where its authors meant the mask.
  @Test func samplersReadBlueForTheMask() throws {
    let graph = try TextureSampler(Self.sampler).graph(size: 64)
    #expect(graph.inputs.map(\.name) == ["texture", "normals"])
    #expect(graph.parameters.first?.key == "enc_conv0.conv.weight")
    #expect(graph.parameters.first?.value.shape == [3, 4, 7, 7])
  }

  // MARK: What does not fit

  @Test(arguments: [0, -32, 32, 63, 65, 80, 1 << 40]) func otherSizesAreRefused(size: Int) throws {
    #expect(throws: ProgramError.self) {
      _ = try TextureSampler(Self.sampler).graph(size: size)
    }
  }

  @Test func otherKindsAreRefused() throws {
    let (sizes, _, _) = Self.refiners[0]
    for inputs in RefinerInputs.allCases where inputs.channels != sizes.inputChannels {
      #expect {
        _ = try TextureRefiner(sizes, inputs: inputs, mode: .blend)
      } throws: {
        "\($0)".contains(inputs.rawValue) && "\($0)".contains("found 4")
      }
    }
    #expect {
      _ = try TextureRefiner(sizes, inputs: .unseen, mode: .noblend)
    } throws: {
      "\($0)".contains("noblend")
    }
  }

  /// Missing, unknown and misshapen keys are all named.
  @Test func weightsAreReadStrictly() throws {
    let graph = try TextureSampler(Self.sampler).graph(size: 64)
    var source = Self.source(graph)
    source["dec_conv2.conv_block.1.conv.bias"] = nil
    source["toGrid.conv.weight"] = Tensor(shape: [2, 3, 5, 5])
    source["enc_conv6.conv.weight"] = Tensor(shape: [1])
    #expect {
      _ = try Parameters(of: graph, from: source)
    } throws: {
      let text = "\($0)"
      return text.contains("missing: dec_conv2.conv_block.1.conv.bias")
        && text.contains("unknown: enc_conv6.conv.weight")
        && text.contains("wrong shape: toGrid.conv.weight [2, 3, 5, 5] for [2, 3, 3, 3]")
    }
  }

  @Test func hostileShapesAreRefused() throws {
    let graph = try TextureRefiner(Self.refiners[0].0, inputs: .unseen, mode: .blend)
      .graph(size: 32)
    for (key, shape) in [
      ("tEncoder.conv0.0.conv.weight", [0, 4, 7, 7]),
      ("tEncoder.conv0.0.conv.weight", [65535, 4, 7, 7]),
      ("tEncoder.conv0.0.conv.weight", [5, 4, 7]),
      ("tDecoder.upconv3.0.conv.weight", [5, 5, 7, 7]),
      ("tDecoder.upconv0.1.conv.weight", [20, 60, 3, 3]),
    ] {
      var source = Self.source(graph)
      source[key] = Tensor(shape: shape)
      #expect(throws: ProgramError.self, "\(key) \(shape)") {
        _ = try TextureRefinerSizes(of: source)
      }
    }
    for key in ["tEncoder.conv0.0.conv.weight", "tDecoder.upconv3.0.conv.weight"] {
      var source = Self.source(graph)
      source[key] = nil
      #expect(throws: ProgramError.self) { _ = try TextureRefinerSizes(of: source) }
    }
  }
}
