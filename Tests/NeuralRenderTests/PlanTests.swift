/// Plans against the reference executor.
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct PlanTests {
  /// Seeded values for a graph's parameters; variances positive.
  static func parameters(of graphs: [Graph], seed: UInt64) -> Parameters {
    var random = SeededGenerator(state: seed)
    var tensors: [String: Tensor] = [:]
    for (key, value) in graphs.flatMap(\.parameters) {
      let isVariance = key.hasSuffix("running_var")
      tensors[key] = Tensor(
        shape: value.shape,
        (0..<value.shape.reduce(1, *)).map { _ in
          isVariance
            ? Float.random(in: 0.3...2, using: &random)
            : Float.random(in: -1...1, using: &random)
        })
    }
    return Parameters(tensors)
  }

  static func inputs(of graph: Graph, seed: UInt64) -> [String: Tensor] {
    var random = SeededGenerator(state: seed)
    var tensors: [String: Tensor] = [:]
    for (name, value) in graph.inputs {
      tensors[name] = Tensor(
        shape: value.shape,
        (0..<value.shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) })
    }
    return tensors
  }

  /// The greatest difference of all outputs, as a share of the greatest value.
  static func difference(
    _ graph: Graph, _ parameters: Parameters, threads: Int = 1
  ) throws -> Float {
    let inputs = Self.inputs(of: graph, seed: 5)
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: threads))
    let results = try plan.run(inputs)
    let expected = try ReferenceExecutor(graph, parameters: parameters).run(inputs)
    #expect(results.keys.sorted() == expected.keys.sorted())
    var worst: Float = 0
    for (name, tensor) in expected {
      let other = try #require(results[name])
      #expect(other.shape == tensor.shape)
      let scale = max(tensor.elements.map(abs).max() ?? 0, 1e-6)
      for (a, b) in zip(tensor.elements, other.elements) {
        #expect(b.isFinite)
        worst = max(worst, abs(a - b) / scale)
      }
    }
    // A second run finds the inputs where they were and gives the same bits.
    let again = try plan.run(inputs)
    #expect(again == results)
    return worst
  }

  static let small = DinarRendererSizes(
    textureChannels: 5, uvChannels: 3, maskChannels: 2, baseChannels: 6, downsamplings: 2,
    blocks: 2, borderSize: 5, trunkChannels: 7, rgbHeadConvolutions: 1, segmHeadConvolutions: 2)

  @Test(arguments: [
    DinarComposition(), DinarComposition(addsUVMask: false, threshold: 0.5),
    DinarComposition(addsUVMask: false, threshold: 0.5, isExponential: false),
    DinarComposition(hasBackground: false),
  ]) func aRendererMatchesItsReference(composition: DinarComposition) throws {
    let renderer = DinarRenderer(Self.small)
    for (batch, height, width) in [(1, 16, 24), (2, 12, 8)] {
      let graph = try renderer.frameGraph(
        batch: batch, height: height, width: width, texture: (9, 7), composition: composition)
      let parameters = Self.parameters(of: [graph], seed: 3)
      #expect(try Self.difference(graph, parameters) < 2e-5)
    }
  }

  @Test func texturePreprocessingMatches() throws {
    let graph = try DinarRenderer(Self.small).textureGraph(height: 11, width: 6)
    #expect(try Self.difference(graph, Self.parameters(of: [graph], seed: 9)) < 1e-5)
  }

  @Test func threadsChangeNothing() throws {
    let graph = try DinarRenderer(Self.small).frameGraph(
      height: 40, width: 48, texture: (9, 7), composition: DinarComposition())
    let parameters = Self.parameters(of: [graph], seed: 4)
    let inputs = Self.inputs(of: graph, seed: 6)
    let results = try [1, 2, 5].map {
      try Plan(graph, parameters: parameters, pool: WorkerPool(threads: $0)).run(inputs)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  /// Convolutions, norms, pooling and resizing of several images, read by more than one node.
  @Test func layersOfManyKindsMatch() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [2, 4, 6, 8])
    let weight = try graph.parameter("weight", shape: [6, 4, 3, 3])
    let y = try graph.convolution(x, weight: weight, padding: Padding(1, .replicate))
    let z = try graph.averagePool(graph.instanceNormalization(y), size: 2, stride: 2)
    let doubled = try graph.doubledNearest(z)
    graph.output("sum", try graph.add(doubled, y))
    graph.output("low", try graph.channels(z, 1..<4))
    #expect(try Self.difference(graph, Self.parameters(of: [graph], seed: 1)) < 1e-5)
  }

  /// Layers with channels enough for Winograd's transforms, in sizes that no tile divides.
  @Test(arguments: [3, 7]) func transformedConvolutionsMatch(kernel: Int) throws {
    var graph = Graph()
    let x = graph.input("x", shape: [2, 40, 13, 18])
    let first = try graph.parameter("first", shape: [32, 40, kernel, kernel])
    let second = try graph.parameter("second", shape: [32, 32, kernel, kernel])
    let scale = 1 / (40 * Float(kernel * kernel)).squareRoot()
    let y = try graph.leakyReLU(
      graph.convolution(
        x, weight: graph.affine(first, scale: scale), padding: Padding(kernel / 2, .reflect)),
      slope: 0.2, gain: 1.4)
    let z = try graph.convolution(
      y, weight: graph.affine(second, scale: scale), padding: Padding(kernel / 2))
    graph.output("sum", try graph.add(y, z))
    #expect(try Self.difference(graph, Self.parameters(of: [graph], seed: 8), threads: 2) < 2e-5)
  }

  /// Softmax along axes whose neighbours lie apart: no copies where columns are enough for vectors.
  @Test(arguments: [
    ([1, 24, 9, 8], 2, true), ([2, 3, 5, 6], 3, false), ([1, 40, 3, 7], 3, true),
    ([6, 5, 33], 0, true), ([2, 7, 40], 1, true), ([2, 7, 5], 1, false), ([2, 1, 40], 1, false),
    ([2, 7, 40], 2, false),
  ]) func softmaxAlongAnyAxis(shape: [Int], axis: Int, isStrided: Bool) throws {
    var graph = Graph()
    let x = graph.input("x", shape: shape)
    let y = try graph.softmax(graph.affine(x, scale: 3), axis: axis)
    graph.output("y", try graph.affine(y, scale: 2))
    let parameters = Parameters()
    #expect(try Self.difference(graph, parameters, threads: 2) < 1e-6)
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1))
    #expect(plan.steps.contains { $0.kernel == "strided softmax" } == isStrided)
  }

  /// A layer of stride 2 with channels enough for transforms, in a size that no tile divides.
  @Test func stridedTransformsMatch() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 128, 11, 37])
    let weight = try graph.parameter("weight", shape: [20, 128, 3, 3])
    let y = try graph.convolution(
      x, weight: graph.affine(weight, scale: 0.03), stride: 2, padding: Padding(1))
    graph.output("y", try graph.leakyReLU(y, slope: 0.2))
    #expect(try Self.difference(graph, Self.parameters(of: [graph], seed: 5), threads: 2) < 2e-5)
  }

  /// Images that no input changes: in a concatenation, before an upsampling convolution, as a result.
  @Test func constantImagesWork() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 4, 6, 8])
    let image = try graph.parameter("image", shape: [1, 3, 6, 8])
    let weight = try graph.parameter("weight", shape: [5, 7, 3, 3])
    let joined = try graph.concatenate([x, image])
    graph.output("joined", try graph.concatenate([image, x, image]))
    graph.output(
      "doubled",
      try graph.convolution(graph.doubledBilinear(joined), weight: weight, padding: Padding(1)))
    graph.output("image", try graph.affine(image, scale: 2))
    #expect(try Self.difference(graph, Self.parameters(of: [graph], seed: 7)) < 1e-5)
  }

  @Test func wrongInputsAreErrors() throws {
    let graph = try DinarRenderer(Self.small).textureGraph(height: 11, width: 6)
    let plan = try Plan(
      graph, parameters: Self.parameters(of: [graph], seed: 9), pool: WorkerPool(threads: 1))
    #expect(throws: ProgramError.self) { try plan.run([:]) }
    #expect(throws: ProgramError.self) {
      try plan.run(["texture": Tensor(shape: [1, 5, 6, 11])])
    }
    #expect(throws: ProgramError.self) {
      try Plan(graph, parameters: Parameters(), pool: WorkerPool(threads: 1))
    }
  }

  @Test func buffersInUseTogetherDoNotOverlap() {
    var random = SeededGenerator(state: 2)
    for _ in 0..<50 {
      let buffers = (0..<20).map { _ in
        let first = Int.random(in: 0..<30, using: &random)
        return ArenaBuffer(
          count: Int.random(in: 1...500, using: &random), first: first,
          last: first + Int.random(in: 0..<6, using: &random))
      }
      let arena = Arena(buffers)
      var live = 0
      for step in 0..<36 {
        let ranges = buffers.indices
          .filter { buffers[$0].first <= step && buffers[$0].last >= step }
          .map { arena.offsets[$0]..<arena.offsets[$0] + buffers[$0].count }
          .sorted { $0.lowerBound < $1.lowerBound }
        for (one, other) in zip(ranges, ranges.dropFirst()) {
          #expect(one.upperBound <= other.lowerBound)
        }
        live = max(live, ranges.map(\.count).reduce(0, +))
      }
      #expect(arena.count < 2 * live + 20 * 32)
    }
  }
}
