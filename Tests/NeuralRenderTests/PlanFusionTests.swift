// What plans fuse and fold, and that it changes no more than rounding.

import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct PlanFusionTests {
  private static func steps(_ graph: Graph, _ parameters: Parameters) throws -> [String] {
    try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1)).steps.map(\.name)
  }

  /// Noise, bias and activation after a convolution and after a blur: one step each.
  @Test(arguments: [false, true], [1, 3]) func noiseMakesOneStep(
    isInput: Bool, images: Int
  ) throws {
    var graph = Graph()
    let x = graph.input("x", shape: [images, 20, 7, 9])
    let map =
      try isInput
      ? graph.input("noise", shape: [images, 1, 7, 9])
      : graph.parameter("noise", shape: [1, 1, 7, 9])
    let noise = try graph.multiply(map, graph.parameter("strength", shape: [1]))
    let bias = try graph.perChannel(graph.parameter("bias", shape: [20]), rank: 4)
    let convolved = try graph.convolution(
      x, weight: graph.parameter("weight", shape: [20, 20, 3, 3]), padding: Padding(1))
    for (name, value) in [("convolved", convolved), ("pooled", x)] {
      let source =
        name == "pooled" ? try graph.averagePool(value, size: 3, stride: 1, padding: 1) : value
      graph.output(
        name,
        try graph.leakyReLU(graph.add(graph.add(source, noise), bias), slope: 0.2, gain: 1.4))
    }
    let parameters = PlanTests.parameters(of: [graph], seed: 4)
    #expect(try PlanTests.difference(graph, parameters, threads: 2) < 1e-5)
    // A convolution, a pooling, the two sums; the noise, a step of its own or a constant.
    #expect(try Self.steps(graph, parameters).count == 5)
  }

  /// A filter of each of many channels is a step with the convolution that makes them; what rectifies a sum is
  /// part of it.
  @Test(arguments: [(1, 20, 11, 9), (2, 70, 8, 8), (1, 33, 30, 40)], [1, 2])
  func widenedChannelsStayInside(_ size: (Int, Int, Int, Int), stride: Int) throws {
    let (images, channels, height, width) = size
    var graph = Graph()
    let x = graph.input("x", shape: [images, 12, height, width])
    let skip = stride == 1 ? x : try graph.maximumPool(x, size: 2, stride: 2)
    let wide = try graph.convolution(
      x, weight: graph.parameter("wide", shape: [channels, 12, 1, 1]),
      bias: graph.parameter("bias", shape: [channels]))
    // As many pixels as pooling leaves.
    let filtered = try graph.clamp(
      graph.convolution(
        graph.clamp(wide, to: 0...2),
        weight: graph.parameter("filters", shape: [channels, 1, 3, 3]), stride: stride,
        groups: channels,
        padding: stride == 1
          ? Padding(1)
          : Padding(left: 0, right: 1 - width % 2, top: 1 - height % 2, bottom: 0)), to: -1...1)
    let narrow = try graph.convolution(
      filtered, weight: graph.parameter("narrow", shape: [12, channels, 1, 1]))
    graph.output("y", try graph.clamp(graph.add(skip, narrow), to: 0...3))
    let parameters = PlanTests.parameters(of: [graph], seed: 9)
    #expect(try PlanTests.difference(graph, parameters, threads: 3) < 1e-5)
    let names = try Self.steps(graph, parameters)
    #expect(names.contains("convolution, convolution 2"))
    #expect(names.contains("convolution 3"))
    #expect(!names.contains { $0.contains("clamp") || $0.contains("add") })
    let inputs = PlanTests.inputs(of: graph, seed: 7)
    let results = try [1, 2, 5].map {
      try Plan(graph, parameters: parameters, pool: WorkerPool(threads: $0)).run(inputs)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  /// At most eight outputs of one pixel, and one output of any window, have kernels of their own.
  @Test(arguments: [1, 3, 8], [Float(0), 1]) func fewOutputs(outputs: Int, residual: Float) throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 16, 7, 13])
    let y = graph.input("y", shape: [1, outputs, 7, 13])
    let narrow = try graph.convolution(
      x, weight: graph.parameter("narrow", shape: [outputs, 16, 1, 1]),
      bias: graph.parameter("bias", shape: [outputs]))
    let sum = residual == 0 ? narrow : try graph.add(narrow, y)
    graph.output("first", try graph.clamp(sum, to: -2...1))
    graph.output("last", try graph.add(graph.sigmoid(narrow), y))
    graph.output(
      "single",
      try graph.convolution(
        x, weight: graph.parameter("single", shape: [1, 16, 3, 5]), stride: 2,
        padding: Padding(left: 2, right: 1, top: 1, bottom: 0)))
    let parameters = PlanTests.parameters(of: [graph], seed: 10)
    #expect(try PlanTests.difference(graph, parameters, threads: 2) < 1e-5)
    let kernels = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1))
      .steps.map(\.kernel)
    #expect(kernels.contains("narrow") && kernels.contains("single"))
  }

  /// A part of a plan computes the outputs that it is for, to the same bits.
  @Test func partsComputeTheirOutputs() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 6, 8, 8])
    func convolution(_ x: Graph.Value, _ key: String) throws -> Graph.Value {
      try graph.tanh(
        graph.convolution(
          x, weight: graph.parameter(key, shape: [6, 6, 3, 3]), padding: Padding(1)))
    }
    let shared = try convolution(x, "shared")
    graph.output("one", try convolution(shared, "one"))
    graph.output("other", try graph.concatenate([convolution(shared, "other"), x]))
    let parameters = PlanTests.parameters(of: [graph], seed: 11)
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 2))
    let inputs = PlanTests.inputs(of: graph, seed: 3)
    let whole = try plan.run(inputs)
    let zeros = try plan.run(["x": Tensor(shape: x.shape)])
    for name in ["one", "other"] {
      let part = plan.part(for: [name])
      #expect(part.steps.count < plan.steps.count)
      try #require(plan.input("x")).write(try #require(inputs["x"]), image: 0)
      try plan.run(part)
      let map = try #require(plan.output(name))
      let expected = try #require(whole[name])
      #expect(expected != zeros[name])
      let found = Tensor(shape: expected.shape) { map.read(into: $0, image: 0) }
      #expect(found == expected)
    }
    #expect(plan.part(for: []).steps.isEmpty)
  }

  /// What is added at the end must have been written before the step begins.
  @Test func residualsOfLaterNodesAreSteps() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 24, 8, 8])
    func convolution(_ key: String) throws -> Graph.Value {
      try graph.convolution(
        x, weight: graph.parameter(key, shape: [24, 24, 3, 3]), padding: Padding(1))
    }
    let one = try convolution("one")
    let other = try convolution("other")
    graph.output("sum", try graph.add(graph.affine(one, scale: 2), other))
    graph.output("other", other)
    #expect(try PlanTests.difference(graph, PlanTests.parameters(of: [graph], seed: 5)) < 1e-5)
  }

  /// Weights and tables that are computed from parameters equal what their twins compute.
  @Test func constantsAreFoldedByKernels() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [2, 10, 6, 8])
    let weight = try graph.parameter("weight", shape: [12, 10, 3, 3])
    let norm = try graph.reduce(graph.elementwise(weight, .square), .sum, axes: [1, 2, 3])
    let scale = try graph.elementwise(graph.affine(norm, offset: 1e-8), .reciprocalSquareRoot)
    let normal = try graph.multiply(weight, graph.reshape(scale, [12, 1, 1, 1]))
    let table = try graph.bilinearResize(
      graph.convolution(
        graph.parameter("table", shape: [1, 4, 3, 4]),
        weight: graph.affine(graph.parameter("mix", shape: [12, 4, 1, 1]), scale: 0.5)),
      height: 6, width: 8)
    let modulated = try graph.modulatedConvolution(
      graph.parameter("image", shape: [1, 5, 6, 8]),
      weight: graph.parameter("filter", shape: [12, 5, 3, 3]),
      styles: graph.parameter("style", shape: [1, 5]))
    let seen = try graph.softmax(
      graph.matrixProduct(
        graph.parameter("queries", shape: [1, 9, 12]),
        graph.transpose(graph.parameter("keys", shape: [1, 12, 12]), [0, 2, 1])), axis: 1)
    let y = try graph.add(graph.convolution(x, weight: normal, padding: Padding(1)), table)
    graph.output("y", try graph.add(y, modulated))
    graph.output("seen", try graph.affine(seen, scale: 2))
    let parameters = PlanTests.parameters(of: [graph], seed: 6)
    #expect(try PlanTests.difference(graph, parameters, threads: 2) < 2e-5)
  }

  /// The same bits as the same node has at run time.
  @Test func foldedFunctionsHaveTheBitsOfRunTime() throws {
    let tensor = randomImage(7, 5, 6, seed: 3)
    for function in elementwiseFunctions {
      var graph = Graph()
      graph.output("y", try graph.elementwise(graph.input("x", shape: tensor.shape), function))
      let pool = WorkerPool(threads: 1)
      let atRunTime = try Plan(graph, parameters: Parameters(), pool: pool).run(["x": tensor])["y"]
      let folded = try Elementwise(function).folded([tensor], on: pool)
      let bits = atRunTime?.elements.map { $0.isNaN ? 0 : $0.bitPattern }
      #expect(bits == folded.elements.map { $0.isNaN ? 0 : $0.bitPattern }, "\(function)")
    }
  }

  @Test func constantsWithoutElementsAreTheTwins() throws {
    let folded = try Elementwise(.affine(scale: 2, offset: 1))
      .folded([Tensor(shape: [0, 3])], on: WorkerPool(threads: 1))
    #expect(folded.shape == [0, 3])
  }
}
